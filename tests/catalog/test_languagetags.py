from __future__ import annotations

import pytest

from catalog.languages import LANGUAGES
from catalog.languagetags import iso639_2


def test_every_language_that_a_film_can_speak_has_its_three_letters() -> None:
    letters = {language.code: iso639_2(language.code) for language in LANGUAGES}
    assert all(len(code) == 3 and code != "und" for code in letters.values()), letters


@pytest.mark.parametrize(
    ("tag", "letters"),
    [("de", "deu"), ("fr-CA", "fra"), ("zh-Hant-TW", "zho"), ("EN_us", "eng"), ("yue", "yue"), ("no", "nor"),
     ("iw", "heb"), ("xh", "xho"), ("", "und"), ("klingon", "und"), ("d3", "und"), ("x-private", "und")],
)  # fmt: skip
def test_a_tag_in_any_spelling_gives_three_letters_or_none(tag: str, letters: str) -> None:
    assert iso639_2(tag) == letters
