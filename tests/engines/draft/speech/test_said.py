"""Whether numbers, amounts, dates, addresses, rulers and abbreviations are said as people say them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.draft.speech.spelled.spell import changes, spell

_ROWS = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("said.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru"])
def test_what_is_written_is_said_as_the_table_says(language: str) -> None:
    rows = [row for row in _ROWS if row[0] == language]
    wrong = [
        (written, spell(written, language)) for _, written, said in rows if spell(written, language) != said
    ]
    assert wrong == []


def test_the_table_has_enough_rows_of_each_language() -> None:
    counts = Counter(row[0] for row in _ROWS)
    assert all(counts[language] >= 100 for language in ("en", "de"))
    assert all(counts[language] >= 30 for language in ("fr", "es", "it", "pt", "nl", "pl", "ru"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It has 5 legs.", "sv"),
        ("Nothing to do here, is there?", "en"),
        ("I am fine. No. I was fine.", "en"),
        ("Malcolm X met a man in a mix of D and C.", "en"),
        ("Das ist gut. Der Hund schläft.", "de"),
    ],
)
def test_what_needs_no_words_stays(text: str, language: str) -> None:
    assert spell(text, language) == text


@given(
    st.text(st.sampled_from("0123456789.,:/-–+%$€£°ºª½ IVXLC.abehmkstDrNoz@#&\n"), max_size=60),
    st.sampled_from(["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru"]),
)
def test_any_text_can_be_said(text: str, language: str) -> None:
    found = changes(text, language)
    ends = [0]
    for change in found:
        assert ends[-1] <= change.start < change.end <= len(text)
        ends.append(change.end)
    assert spell(text, language) is not None
