"""Captions are seen when their clips say, all of them, and files say the same."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from captions.cues import Cue
from engines.composition.stacking import Caption, stack
from engines.contract import Result

FPS = 10


def _words(text: str, start_s: float, duration_s: float) -> dict[str, Any]:
    return {"source": {"text": text}, "start_s": start_s, "duration_s": duration_s}


def _film(bench: Any, seconds: float, *tracks: list[dict[str, Any]], **output: str) -> Result:
    picture = {"source": {"colour": "#305030"}, "duration_s": seconds}
    captions = [{"kind": "caption", "clips": clips} for clips in tracks]
    result: Result = bench.compose(
        [{"kind": "video", "clips": [picture]}, *captions],
        size=(640, 360),
        fps=FPS,
        output={"quality": "draft", "captions": "both", **output},
    )
    return result


def _rows(result: Result) -> list[list[tuple[int, int, int]]]:
    """The rows of white letters of every frame, the highest first: where each begins and ends, and its width."""
    found = []
    with av.open(str(result.products[0].path)) as container:
        for frame in container.decode(video=0):
            ink = np.asarray(frame.reformat(format="gray").to_ndarray()) > 190
            lines = np.flatnonzero(np.diff(np.r_[0, ink.any(axis=1).astype(np.int8), 0])).reshape(-1, 2)
            # The dot of an i stands apart from its stem; rows of captions are further from each other.
            rows: list[tuple[int, int]] = []
            for top, bottom in lines:
                if rows and top - rows[-1][1] < 5:
                    rows[-1] = (rows[-1][0], int(bottom))
                else:
                    rows.append((int(top), int(bottom)))
            found.append(
                [(a, b, int(np.ptp(np.flatnonzero(ink[a:b].any(axis=0))))) for a, b in rows if b - a > 4]
            )
    return found


def _file(result: Result, role: str) -> str:
    return next(p.path.read_text("utf-8") for p in result.products if p.role == role)


def _cues(result: Result) -> set[tuple[float, float, str]]:
    """The cues of the SRT, once the VTT is seen to say the same."""
    blocks = [block.split("\n") for block in _file(result, "captions_srt").strip().split("\n\n")]
    others = [block.split("\n") for block in _file(result, "captions_vtt").strip().split("\n\n")[1:]]
    assert [[block[1].replace(",", "."), *block[2:]] for block in blocks] == [b[1:] for b in others]

    def seconds(text: str) -> float:
        hours, minutes, rest = text.split(":")
        return round(int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", ".")), 3)

    times = [block[1].split(" --> ") for block in blocks]
    return {
        (seconds(a), seconds(b), " ".join(block[2:])) for (a, b), block in zip(times, blocks, strict=True)
    }


def test_captions_of_two_tracks_stand_above_each_other_and_both_are_in_the_files(bench: Any) -> None:
    narrow, wide = "Yes.", "A much wider line of a second language."
    result = _film(bench, 2, [_words(narrow, 0, 1), _words(narrow, 1, 1)], [_words(wide, 0, 2)])
    assert result.degraded == ()
    rows = _rows(result)
    assert [len(frame) for frame in rows] == [2] * 20
    # The first track is read first, and nothing moves while it changes.
    assert all(above[2] * 3 < below[2] for above, below in rows)
    assert len({(above[:1], below[:1]) for above, below in rows}) == 1
    assert _cues(result) == {(0.0, 1.0, narrow), (1.0, 2.0, narrow), (0.0, 2.0, wide)}


def test_captions_of_one_track_that_overlap_keep_their_times_and_their_places(bench: Any) -> None:
    result = _film(bench, 3, [_words("One", 0, 2.0), _words("Two of three", 0.5, 1.0), _words("Last", 1, 2)])
    assert result.degraded == ()
    rows = _rows(result)
    assert [len(frame) for frame in rows] == [1] * 5 + [2] * 5 + [3] * 5 + [2] * 5 + [1] * 10
    lowest = rows[0][0][0]
    assert all(frame[-1][0] == lowest for frame in rows[:20])
    assert len({frame[0][0] for frame in rows[10:]}) == 1
    assert _cues(result) == {(0.0, 2.0, "One"), (0.5, 1.5, "Two of three"), (1.0, 3.0, "Last")}


def test_captions_of_one_track_that_begin_together_are_read_from_above(bench: Any) -> None:
    result = _film(
        bench, 1, [_words("First", 0, 1), _words("The second of them", 0, 1), _words("No", 0.5, 0.5)]
    )
    widths = [[row[2] for row in frame] for frame in _rows(result)]
    (first, second), (third, *others) = widths[0], widths[-1]
    assert first < second
    assert [first, second] == others
    assert third < first


def test_captions_that_do_not_say_how_long_they_last_follow_each_other(bench: Any) -> None:
    open_ended = [{"source": {"text": text}, "start_s": at_s} for text, at_s in (("Two", 0.5), ("One", 0.0))]
    result = _film(bench, 1.5, open_ended, [_words("Other", 0, 0.2)])
    assert _cues(result) == {(0.0, 0.5, "One"), (0.5, 1.5, "Two"), (0.0, 0.2, "Other")}
    assert [len(frame) for frame in _rows(result)] == [2] * 2 + [1] * 13


def test_a_caption_alone_stands_where_it_always_stood_however_often_it_is_followed(bench: Any) -> None:
    # Times of recognised speech overlap by a few hundredths: that is no second row.
    result = _film(bench, 2, [_words("One two", 0, 1.04), _words("One two", 1.0, 1.0)])
    rows = _rows(result)
    assert [len(frame) for frame in rows] == [1] * 20
    assert len({frame[0][:2] for frame in rows}) == 1


def test_captions_for_which_the_picture_has_no_room_are_named_and_are_in_the_files(bench: Any) -> None:
    tracks = [[_words(f"Track {number}", 0, 0.2)] for number in range(20)]
    result = _film(bench, 0.2, *tracks)
    shown = len(_rows(result)[0])
    assert 8 <= shown < 20
    (note,) = result.degraded
    assert note.startswith("unsupported: the picture has no room for all captions")
    assert note.count("/timeline/tracks/") == 20 - shown
    assert "/timeline/tracks/20/clips/0" in note
    assert "/timeline/tracks/1/clips/0" not in note
    assert len(_cues(result)) == 20
    assert _film(bench, 0.2, *tracks, captions="sidecar").degraded == ()


LONG = (
    "This caption is much too long for the second that it was given, so it has to be shown in several pieces,"
    " but all of them inside its own time."
)


@pytest.mark.parametrize("text", [LONG, "吾輩は猫である。名前はまだ無い。" * 8, f"{LONG} {LONG} {LONG}"])
def test_a_long_caption_stays_in_its_own_time_and_its_neighbours_keep_theirs(bench: Any, text: str) -> None:
    result = _film(bench, 4, [_words("First.", 0, 1.5), _words(text, 1.5, 1.0), _words("Third.", 2.5, 1.5)])
    cues = sorted(_cues(result))
    assert cues[0] == (0.0, 1.5, "First.")
    assert cues[-1] == (2.5, 4.0, "Third.")
    own = cues[1:-1]
    assert len(own) > 1
    assert own[0][0] == 1.5
    assert own[-1][1] == 2.5
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(own))
    assert "".join(cue[2] for cue in own).replace(" ", "") == text.replace(" ", "")
    rows = _rows(result)
    alone = rows[0]
    assert len(alone) == 1
    assert rows[:15] == [alone] * 15
    assert all(frame != alone for frame in rows[15:25])
    assert rows[25:] == [rows[25]] * 15


class _Measure:
    room_px = 90

    def caption_height_px(self, text: str) -> int:
        return 24


def test_places_are_found_for_many_captions_at_once() -> None:
    many = [Caption(Cue(n * 0.1, 900.0, f"{n}"), 1, f"clip {n}") for n in range(5000)]
    found = stack(many, Fraction(24), _Measure())
    assert len(found.burned) + len(found.left_out) == 5000
    assert {item.raised_px for item in found.burned} == {0, 28, 56}


def test_a_caption_shorter_than_a_frame_is_not_written_over_its_neighbour() -> None:
    short = [Caption(Cue(0.001 * n, 0.001, f"{n}"), 1, f"clip {n}") for n in range(3)]
    found = stack(short, Fraction(24), _Measure())
    assert sorted(item.raised_px for item in found.burned) == [0, 28, 56]


@pytest.mark.parametrize(
    ("tag", "letters"),
    [("de", "deu"), ("pt-BR", "por"), ("ja", "jpn"), ("yue", "yue"), ("nb", "nob"), (None, "eng")],
)
def test_picture_and_sound_say_the_language_of_the_request(bench: Any, tag: str | None, letters: str) -> None:
    result = _film(bench, 0.2, **({"language": tag} if tag else {}))
    with av.open(str(result.products[0].path)) as container:
        assert {stream.type: stream.language for stream in container.streams} == {
            "video": letters,
            "audio": letters,
        }
