"""Whether words are cut so that every visible character belongs to one."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.draft.speech.espeak import WordEvent
from engines.draft.speech.timing import table, time_words
from engines.draft.speech.wording import has_speech, readable, words_of


def _texts(text: str) -> list[str]:
    return [text[word.start : word.end] for word in words_of(text)]


def test_punctuation_stays_with_its_word() -> None:
    assert _texts("« Wait — what ? »") == ["« Wait —", "what ? »"]


def test_scripts_without_spaces_are_cut_into_short_pieces() -> None:
    pieces = _texts("今日はいい天気です。")
    assert "".join(pieces) == "今日はいい天気です。"
    assert max(len(piece) for piece in pieces) <= 5


def test_emoji_and_control_characters_are_not_read() -> None:
    assert readable("a😀\x00\u202eb") == "a   b"
    assert not has_speech("😀 \x07 …")
    assert has_speech("50%")


@given(st.text(max_size=300), st.frozensets(st.integers(0, 300)))
def test_every_visible_character_belongs_to_exactly_one_word(text: str, heard_at: frozenset[int]) -> None:
    words = words_of(text, heard_at)
    covered = "".join(text[word.start : word.end] for word in words)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(left.end <= right.start for left, right in pairwise(words))
    assert len(readable(text)) == len(text)


@given(
    st.text(min_size=1, max_size=200),
    st.lists(st.tuples(st.integers(-5, 250), st.floats(0, 9)), max_size=40),
    st.integers(1, 24_000),
)
def test_times_never_fall_and_stay_inside_whatever_the_voice_reports(
    text: str, events: list[tuple[int, float]], count: int
) -> None:
    samples = np.sin(np.arange(count) / 30).astype(np.float32)
    timed = time_words(words_of(text), [WordEvent(*event) for event in events], samples, 24_000)
    times = [time for entry in timed for time in (entry.start_s, entry.end_s)]
    assert times == sorted(times)
    assert all(0 <= time <= count / 24_000 for time in times)


def test_the_table_of_a_long_text_fits_into_64_kilobytes() -> None:
    for text in ("a " * 10_000, "😀 " * 10_000, "😀" * 20_000, "long words follow " * 1111):
        words = words_of(text)
        samples = np.ones(24_000 * 5, np.float32)
        timed = time_words(words, [], samples, 24_000)
        written = table(text, timed, 5.0)
        assert len(written.encode()) <= 65_536
        rows = json.loads(written)["words"]
        assert rows[0]["char_start"] == words[0].start
        assert rows[-1]["char_end"] == words[-1].end
