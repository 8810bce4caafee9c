"""Whether a voice reads what is meant, and each word keeps its place in what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.draft.speech import japanese
from engines.draft.speech.reading import reading_of


def test_marks_are_not_read() -> None:
    reading = reading_of("---\n**Welcome** to the _harbour_.\n\n* We `sail` at ~~dawn~~.", "en")
    assert " ".join(reading.said.split()) == "Welcome to the harbour. We sail at dawn."


def test_marks_that_close_nothing_have_no_sound() -> None:
    assert " ".join(reading_of("*Note: hello_ there", "en").said.split()) == "Note: hello there"


def test_a_title_without_a_mark_gets_a_pause() -> None:
    assert reading_of("# The Sea\nIt is blue.", "en").said.split() == ["The", "Sea.", "It", "is", "blue."]


def test_a_stop_that_ends_no_sentence_makes_no_pause() -> None:
    assert "." not in reading_of("He met old Adm. Nelson there", "en").said


def test_what_is_said_points_to_what_was_written() -> None:
    written = "It costs $19.99 in **1984**."
    reading = reading_of(written, "en")
    at = reading.said.index("ninety-nine")
    assert reading.shown[reading.said_at[at] :].startswith("$19.99")
    year = reading.said_at[reading.said.index("nineteen eighty")]
    assert written[reading.shown_at[year] :].startswith("1984")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("灯台とくじらの物語。", "トウダイト クジラノ モノガタリ。"),
        ("私は東京へ行った。", "ワタクシワ トウキョウエ イッタ。"),
        ("今日は雨です。", "キョウワ アメデス。"),
        ("2024年4月5日、3人", "にせんにじゅうよんネンシガツイツカ、さんニン"),
        ("9時に1人で来た。", "クジニ ヒトリデ キタ。"),
        ("$19.99と50%", "じゅうきゅうテンきゅうきゅうドルト ごじゅうパーセント"),
        ("「こんにちは」", "「コンニチワ」"),
    ],
)
def test_japanese_is_read_from_kana(written: str, said: str) -> None:
    assert japanese.can_read()
    assert reading_of(written, "ja").said == said


@pytest.mark.parametrize(
    ("text", "language", "left"),
    [
        ("The word 狐狸 means fox.", "en", "The word means fox."),
        ("한국 漢字 있다", "ko", "한국 있다"),
        ("He said Привет to us.", "en", "He said to us."),
        ("Der Tee heißt お茶 dort.", "de", "Der Tee heißt dort."),
    ],
)
def test_letters_that_a_voice_only_names_are_left_out_and_told(text: str, language: str, left: str) -> None:
    reading = reading_of(text, language)
    assert " ".join(reading.said.split()) == left
    assert len(reading.degraded) == 1
    assert "not spoken" in reading.degraded[0]


@pytest.mark.parametrize(
    ("text", "language"), [("你好 world", "zh"), ("The angle α is π", "en"), ("Привет, world", "ru")]
)
def test_what_a_voice_reads_itself_stays(text: str, language: str) -> None:
    assert reading_of(text, language).said == text
    assert reading_of(text, language).degraded == ()


@given(st.text(max_size=120), st.sampled_from(["en", "de", "ja", "zh", "ru", "th"]))
def test_every_text_has_a_reading(text: str, language: str) -> None:
    reading = reading_of(text, language)
    assert len(reading.said) == len(reading.said_at)
    assert len(reading.shown) == len(reading.shown_at)
    assert all(0 <= at < len(reading.shown) for at in reading.said_at)
    assert list(reading.said_at) == sorted(reading.said_at)
