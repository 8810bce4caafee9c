"""Captions can be read in time, keep their words, and are written as players expect."""

from __future__ import annotations

import io
import itertools
import re

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.cues import MIN_GAP_S, Cue, SpokenLine, cues, srt, vtt
from captions.pieces import columns

_LATIN = st.text("abcdefg ,.", min_size=1, max_size=300)
_ANY = st.one_of(
    _LATIN,
    st.text("日本語、。かなカナ「」漢字", min_size=1, max_size=200),
    st.text("שלום עולם, טוב.", min_size=1, max_size=150),
    st.text("สวัสดีครับ ", min_size=1, max_size=200),
    st.text(max_size=120),
)


def _spoken(text: str, start_s: float, chars_per_s: float) -> SpokenLine:
    return SpokenLine(start_s, text, (), len(text) / chars_per_s)


@st.composite
def _films(draw: st.DrawFn) -> tuple[list[SpokenLine], float]:
    at, lines = draw(st.floats(0, 3)), []
    for text in draw(st.lists(_ANY, max_size=5)):
        line = _spoken(text, at, draw(st.floats(5, 25)))
        lines.append(line)
        at += line.duration_s + draw(st.floats(0, 2))
    return lines, at + draw(st.floats(0.5, 4))


def _bare(text: str) -> str:
    return "".join(char for char in text if not (char.isspace() or ord(char) < 32 or 127 <= ord(char) < 160))


@given(_films(), st.sampled_from([20, 32, 42]))
@settings(max_examples=150, deadline=None)
def test_captions_never_overlap_stay_in_the_film_and_keep_all_words(
    film: tuple[list[SpokenLine], float], width: int
) -> None:
    lines, end_s = film
    found = cues(lines, width_chars=width, end_s=end_s)
    assert _bare("".join(cue.text for cue in found)) == _bare("".join(line.text for line in lines))
    assert all(cue.start_s >= 0 and cue.end_s <= end_s + 0.001 for cue in found)
    for cue, follower in itertools.pairwise(found):
        gap = round(follower.start_s - cue.end_s, 3)
        assert gap == 0 or gap >= MIN_GAP_S
    for cue in found:
        assert cue.text.count("\n") <= 1
        assert all(columns(row) <= width and row.strip() for row in cue.text.split("\n"))
        assert cue.duration_s <= 7.0
        assert cue.duration_s >= 0.8 or end_s < 0.8 * len(found) + 0.001


@given(st.lists(_LATIN.filter(lambda text: bool(text.strip())), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_speech_slower_than_reading_gives_readable_captions(texts: list[str]) -> None:
    at, lines = 0.0, []
    for text in texts:
        lines.append(_spoken(text, at, 11.0))
        at += lines[-1].duration_s + 1.0
    for cue in cues(lines, end_s=at):
        assert len(cue.text) / cue.duration_s <= 17.01


def test_a_long_sentence_breaks_at_its_clause_and_its_lines_are_balanced() -> None:
    text = (
        "The river was quiet that morning, and nobody in the village had seen "
        "the boat leave before the sun came up."
    )
    found = cues([SpokenLine(1.0, text, (), 7.5)])
    assert [cue.text for cue in found] == [
        "The river was quiet that morning,",
        "and nobody in the village had seen\nthe boat leave before the sun came up.",
    ]
    assert found[0].start_s == 1.0
    assert found[0].end_s == pytest.approx(found[1].start_s, abs=0.1)


def test_word_times_decide_when_a_caption_starts() -> None:
    text = "One two three. Four five six."
    words = (
        ("One", 0.0, 0.3, 0, 3), ("two", 0.4, 0.8, 4, 7), ("three", 0.9, 1.4, 8, 13),
        ("Four", 5.0, 5.3, 15, 19), ("five", 5.4, 5.8, 20, 24), ("six", 5.9, 6.4, 25, 28),
    )  # fmt: skip
    found = cues([SpokenLine(10.0, text, words, 6.5)])
    assert [(cue.start_s, cue.text) for cue in found] == [(10.0, "One two three."), (15.0, "Four five six.")]


def test_a_quick_caption_stays_into_the_silence_after_it() -> None:
    found = cues([SpokenLine(0.0, "A sentence that is said very quickly indeed.", (), 1.0)], end_s=10.0)
    assert found[0].duration_s == pytest.approx(44 / 17, abs=0.01)


def test_full_width_characters_count_two_and_closing_marks_do_not_begin_a_line() -> None:
    found = cues(
        [_spoken("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 3, 0.0, 6.0)]
    )
    for row in (row for cue in found for row in cue.text.split("\n")):
        assert columns(row) <= 42
        assert row[0] not in "。、"


def test_subrip_and_webvtt_are_written_as_their_formats_say() -> None:
    both = (Cue(0.5, 1.25, "Tom & <Jerry>"), Cue(3661.001, 2.0, "a --> b\nשלום"))
    assert srt(both) == (
        "1\n00:00:00,500 --> 00:00:01,750\nTom & ‹Jerry›\n\n2\n01:01:01,001 --> 01:01:03,001\na -> b\nשלום\n"
    )
    assert vtt(both) == (
        "WEBVTT\n\n1\n00:00:00.500 --> 00:00:01.750\nTom &amp; &lt;Jerry&gt;\n\n"
        "2\n01:01:01.001 --> 01:01:03.001\na --&gt; b\nשלום\n"
    )
    assert srt(()) == ""
    assert re.fullmatch(r"WEBVTT\n+", vtt(()))


def test_an_arrow_in_a_text_is_no_line_of_times() -> None:
    arrow = [Cue(0.0, 2.0, "a --> b\n--> c")]
    assert srt(arrow).count("-->") == 1
    assert vtt(arrow).count("-->") == 1


@pytest.mark.parametrize(
    "text",
    [
        "He wrote <b>bold</b> and <font color=red>red</font> words.",
        "Press <Enter> when a < b and c > d, or <<twice>>.",
        "{\\an8}Up there, {name}, and {a{b}c}.",
        "Look into C:\\New\\home\\notes",
        "{Y:b}Old code",
        "plain < plain",
    ],
)
def test_players_show_what_looks_like_markup_instead_of_obeying_it(text: str) -> None:
    written = srt([Cue(0.0, 2.0, text)]).encode()
    with av.open(io.BytesIO(written), format="srt") as container:
        (shown,) = (rect.ass for packet in container.demux() for rect in packet.decode())
    seen = shown.decode().split(",,", 2)[-1]
    # What libass would not show as it stands: a block of overrides, a break, a hard space.
    assert not re.search(r"\{[^}]*\}|\\[Nnh]", seen)
    alike = seen.replace("\u2060", "").translate(str.maketrans("‹›｛｝", "<>{}"))
    assert alike == text


def test_the_files_keep_the_order_of_reading_and_say_the_direction_of_a_row_that_hides_it() -> None:
    hebrew = "הלכנו אתמול לבקר את המשרדים של\nGoogle Israel בתל אביב, והיה נהדר!"
    for written in (srt([Cue(0.0, 2.0, hebrew)]), vtt([Cue(0.0, 2.0, hebrew)])):
        first, second = written.rstrip("\n").split("\n")[-2:]
        assert (first, second) == (hebrew.split("\n", maxsplit=1)[0], "\u200f" + hebrew.split("\n")[1])
    english = "They called their ship\nעוגן, and it sailed."
    assert srt([Cue(0.0, 2.0, english)]).endswith("ship\n\u200eעוגן, and it sailed.\n")
    for kept in ("Good morning!\nבוקר טוב!", "זה עולה 50% פחות", "first\nsecond", "שלום.\nHello."):
        assert srt([Cue(0.0, 2.0, kept)]).endswith(f"{kept}\n")


def test_speech_faster_than_reading_uses_the_silence_around_it_and_stays_near_its_voice() -> None:
    text = (
        "The lamp has burned for a hundred years, and tonight it will be switched off; nobody needs it. " * 3
    )
    line = SpokenLine(2.0, text.strip(), (), len(text) / 18.5)
    found = cues([line], end_s=2.0 + line.duration_s + 2.0)
    assert max(len(cue.text) / cue.duration_s for cue in found) <= 17.01
    rushed = cues([SpokenLine(2.0, text.strip(), (), len(text) / 30)], end_s=30.0)
    told = 0
    for cue in rushed:
        assert abs(cue.start_s - (2.0 + told / 30)) <= 0.55
        told += len(cue.text) + 1
