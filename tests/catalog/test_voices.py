"""Whether voices are found by id and alias, and who speaks when nobody is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.languages import FIRST_CLASS_CODES, LANGUAGES, find_language
from catalog.voices import (
    ANY_LANGUAGE,
    TRAINED,
    TRAINED_LANGUAGES,
    VOICES,
    default_voice,
    find_voice,
    nearest_voice,
    trained_voice,
)
from catalog.weights.speech import KOKORO_VOICES


def test_no_name_means_two_voices() -> None:
    names = [name.casefold() for voice in VOICES for name in (voice.id, *voice.aliases)]
    assert len(names) == len(set(names))


def test_every_voice_speaks_a_language_of_the_catalogue() -> None:
    assert all(voice.language == ANY_LANGUAGE or find_language(voice.language) for voice in VOICES)


def test_every_language_has_a_woman_and_a_man() -> None:
    for language in LANGUAGES:
        genders = {voice.gender for voice in VOICES if voice.language == language.code}
        assert genders == {"female", "male"}


@pytest.mark.parametrize("language", FIRST_CLASS_CODES)
def test_a_default_voice_needs_nothing_but_the_wheels(language: str) -> None:
    voice = default_voice(language)
    assert voice.language == language
    assert voice.engine == "espeak-ng"


def test_there_is_no_default_voice_for_an_unknown_language() -> None:
    with pytest.raises(KeyError):
        default_voice("xx")


@pytest.mark.parametrize(
    ("name", "voice_id"),
    [
        ("fr-FR-Denise", "fr-female"),
        ("fr-FR-Henri", "fr-male"),
        ("fr-FR-DeniseNeural", "fr-female"),
        ("EN-us-jenny", "en-US-female"),
        ("alloy", "narrator"),
        ("en-US-slt", "en-US-slt"),
    ],
)
def test_voices_are_known_under_the_names_people_bring(name: str, voice_id: str) -> None:
    voice = find_voice(name)
    assert voice is not None
    assert voice.id == voice_id


@pytest.mark.parametrize(
    ("name", "voice_id"), [("fr-FR-Denis", "fr-female"), ("fr-FR-Yvette", "fr-male"), ("naratot", "narrator")]
)
def test_an_unknown_voice_has_a_nearest_name(name: str, voice_id: str) -> None:
    assert find_voice(name) is None
    assert nearest_voice(name) == voice_id


@given(st.text(max_size=60))
def test_there_is_always_a_nearest_voice(name: str) -> None:
    assert find_voice(nearest_voice(name)) is not None


@pytest.mark.parametrize(
    ("name", "language", "voice_id"),
    [
        (None, None, "af_heart"),
        (None, "en-GB", "bf_emma"),
        (None, "fr-CA", "ff_siwis"),
        (None, "pt", "pf_dora"),
        (None, "pt-PT", None),
        (None, "de", None),
        ("alloy", "en", "am_michael"),
        ("nova", "en", "af_heart"),
        ("narrator", "es", "ef_dora"),
        ("fr-female", "en", "ff_siwis"),
        ("fr-male", "fr", None),
        ("en-GB-male", "en-GB", None),
        ("am_michael", "en", "am_michael"),
        ("AM_Michael", None, "am_michael"),
        ("am_michael", "fr", None),
        ("elder", "en", None),
        ("en-US-rms", "en", None),
        ("nobody", "en", None),
        (None, "xx", None),
    ],
)
def test_a_trained_voice_speaks_for_a_role_or_a_gender_of_its_language_and_for_no_other_timbre(
    name: str | None, language: str | None, voice_id: str | None
) -> None:
    found = trained_voice(name, language)
    assert (found.id if found else None) == voice_id


def test_each_trained_voice_is_among_the_weights_and_its_language_among_those_that_are_told() -> None:
    styles = {file.path.removesuffix(".bin") for file in KOKORO_VOICES.files if file.path.endswith(".bin")}
    assert {voice.timbre for voice in TRAINED} == styles
    for language in LANGUAGES:
        assert (trained_voice(None, language.code) is not None) == (language.code in TRAINED_LANGUAGES)
