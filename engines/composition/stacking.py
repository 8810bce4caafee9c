"""Where captions stand that are shown at the same time: in rows above each other, none over another."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from captions.cues import MIN_GAP_S, Cue

_MOST_ROWS = 32
"""More captions at a time than this have no room in any picture."""


class Measure(Protocol):
    """What knows how high a caption is."""

    @property
    def room_px(self) -> int:
        """The height that captions may take."""

    def caption_height_px(self, text: str) -> int:
        """The height of one."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What a caption clip shows, and where it comes from."""

    cue: Cue
    track: int
    name: str


@dataclass(frozen=True, slots=True)
class Burned:
    """A caption in the picture in frames first..last-1, `raised_px` above where one alone stands."""

    text: str
    first: int
    last: int
    raised_px: int = 0


@dataclass(frozen=True, slots=True)
class Stack:
    """The captions that have a place, in the order of time, and the names of the clips that have none."""

    burned: tuple[Burned, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Standing:
    caption: Caption
    first: int
    last: int


def stack(captions: Iterable[Caption], fps: Fraction, measure: Measure) -> Stack:
    """Give each caption its place for all of its time, so that none jumps when another comes or goes.

    Where captions of several tracks are shown together the first track stands above the second, as lines are read;
    so do those of one track that begin together, and one that comes later stands above them. The first tracks have
    room first.
    """
    # The last of those that begin together comes first, to the lowest row.
    ordered = reversed(list(_standing(captions, fps)))
    standing = sorted(ordered, key=lambda item: (item.first, item.caption.track))
    burned: list[Burned] = []
    left_out: dict[str, None] = {}
    for together in _together(_apart(standing, fps)):
        if len(together) == 1:
            alone = together[0]
            burned.append(Burned(alone.caption.cue.text, alone.first, alone.last))
            continue
        rows, outside = _rows(together)
        left_out.update((item.caption.name, None) for item in outside)
        burned += _raised(rows, measure, left_out)
    return Stack(tuple(sorted(burned, key=lambda item: item.first)), tuple(left_out))


def _standing(captions: Iterable[Caption], fps: Fraction) -> Iterable[_Standing]:
    for caption in captions:
        first = round(caption.cue.start_s * fps)
        yield _Standing(caption, first, max(round(caption.cue.end_s * fps), first + 1))


def _apart(standing: Sequence[_Standing], fps: Fraction) -> list[_Standing]:
    """End a caption where the next of its track begins, if they share less than can be seen: nobody meant that."""
    least = round(MIN_GAP_S * fps)
    latest: dict[int, int] = {}
    made = list(standing)
    for number, item in enumerate(made):
        before = latest.get(item.caption.track)
        if before is not None and made[before].first < item.first < made[before].last <= item.first + least:
            made[before] = replace(made[before], last=item.first)
        latest[item.caption.track] = number
    return made


def _together(standing: Sequence[_Standing]) -> Iterable[list[_Standing]]:
    """Yield the captions in groups that have no moment in common."""
    group: list[_Standing] = []
    until = 0
    for item in standing:
        if group and item.first >= until:
            yield group
            group = []
        until = max(until, item.last) if group else item.last
        group.append(item)
    if group:
        yield group


def _rows(together: Sequence[_Standing]) -> tuple[list[list[_Standing]], list[_Standing]]:
    """Return the rows of a group, those that have room first before the others, and what is too much for any."""
    tracks: dict[int, list[list[_Standing]]] = defaultdict(list)
    outside: list[_Standing] = []
    for item in together:
        rows = tracks[item.caption.track]
        free = next((row for row in rows if row[-1].last <= item.first), None)
        if free is not None:
            free.append(item)
        elif len(rows) < _MOST_ROWS:
            rows.append([item])
        else:
            outside.append(item)
    return [row for track in sorted(tracks) for row in tracks[track]], outside


def _raised(rows: Sequence[list[_Standing]], measure: Measure, left_out: dict[str, None]) -> Iterable[Burned]:
    kept: list[tuple[int, list[_Standing]]] = []
    room = measure.room_px
    for row in rows:
        height = max(measure.caption_height_px(text) for text in {item.caption.cue.text for item in row})
        gap = height // 12 * 2
        if height > room:
            left_out.update((item.caption.name, None) for item in row)
            continue
        room -= height + gap
        kept.append((height + gap, row))
    raised = 0
    # The lowest row first: of the last track, and of a track the earliest.
    for height, row in sorted(kept, key=lambda pair: -pair[1][0].caption.track):
        for item in row:
            yield Burned(item.caption.cue.text, item.first, item.last, raised)
        raised += height


class Showing:
    """Which captions a frame shows."""

    def __init__(self, burned: Sequence[Burned]) -> None:
        changes: dict[int, tuple[list[Burned], list[Burned]]] = defaultdict(lambda: ([], []))
        for item in burned:
            changes[item.first][0].append(item)
            changes[item.last][1].append(item)
        self._froms = sorted(changes)
        self._shown: list[tuple[Burned, ...]] = []
        now: dict[int, Burned] = {}
        for moment in self._froms:
            come, gone = changes[moment]
            for item in gone:
                now.pop(id(item), None)
            now.update((id(item), item) for item in come)
            self._shown.append(tuple(now.values()))

    @property
    def most(self) -> int:
        """The largest number of captions at a time."""
        return max(map(len, self._shown), default=0)

    def at(self, frame: int) -> tuple[Burned, ...]:
        """Return the captions of a frame."""
        place = bisect_right(self._froms, frame) - 1
        return self._shown[place] if place >= 0 else ()
