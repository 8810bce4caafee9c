"""Whether sentences end where a reader would end them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.sentences import judge, sentences

_SET = Path(__file__).with_name("sentences.txt")


def read_set() -> list[tuple[str, list[str]]]:
    """Return the checked-in texts: language, true sentences."""
    rows = []
    for line in _SET.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, _, marked = line.partition("\t")
            rows.append((language, marked.split(" ‖ ")))
    return rows


def joined(language: str, true: list[str]) -> str:
    return ("" if language in ("zh", "ja") else " ").join(true)


@pytest.mark.parametrize("told", ["own", "en"])
def test_at_least_98_of_100_sentences_end_where_they_end(told: str) -> None:
    rows = read_set()
    wrong = []
    total = right = 0
    for language, true in rows:
        found = sentences(joined(language, true), language if told == "own" else "en")
        total += len(true)
        right += len(set(true) & set(found))
        if found != true:
            wrong.append((language, found))
    assert total >= 200
    assert {language for language, _ in rows} >= {
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "pl",
        "ru",
        "zh",
        "ja",
        "ar",
        "hi",
    }
    assert right / total >= 0.98, wrong
    assert len(wrong) / len(rows) <= 0.02, wrong


@given(st.text(max_size=200))
def test_no_letter_is_lost_whatever_the_text(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
    assert all(0 < at <= len(text) for at in judge(text).soft)
