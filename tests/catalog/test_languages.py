"""Whether the list of languages is whole and forgiving where it should be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.languages import FIRST_CLASS_CODES, LANGUAGES, find_language, nearest_language


def test_codes_are_unique_and_there_are_more_than_thirty() -> None:
    codes = [language.code.casefold() for language in LANGUAGES]
    assert len(codes) == len(set(codes))
    assert len(codes) >= 30


def test_the_nine_first_class_languages_are_there() -> None:
    assert FIRST_CLASS_CODES == ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "ru")


@pytest.mark.parametrize(
    ("given_code", "code"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-FR", "fr"),
        ("en_us", "en-US"),
        ("en-AU", "en"),
        ("no", "nb"),
        ("zh-Hans-CN", "zh"),
    ],
)
def test_a_code_is_found_in_any_spelling_with_or_without_region(given_code: str, code: str) -> None:
    language = find_language(given_code)
    assert language is not None
    assert language.code == code


@pytest.mark.parametrize("code", ["", "xx", "french", "fr-", "fr-!", "klingon"])
def test_what_is_no_code_of_ours_is_not_found(code: str) -> None:
    assert find_language(code) is None


@pytest.mark.parametrize(
    ("name", "code"), [("french", "fr"), ("Germn", "de"), ("portugese", "pt"), ("chinese", "zh")]
)
def test_the_nearest_language_is_named_by_its_english_name_too(name: str, code: str) -> None:
    found = find_language(nearest_language(name))
    assert found is not None
    assert found.code.split("-")[0] in (code, "yue")


@given(st.text(max_size=40))
def test_there_is_always_a_nearest_language(name: str) -> None:
    assert find_language(nearest_language(name)) is not None
