"""Which transitions a film can use between two clips, under which names, and which one was meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """One transition: its name, what it looks like, and other names it is known by."""

    name: str
    description: str
    aliases: tuple[str, ...] = ()


_ROWS = (
    TransitionRow("cut", "the new clip is there at once", ("none", "hard-cut", "jump-cut")),
    TransitionRow(
        "dissolve",
        "the old clip melts into the new one",
        ("crossfade", "cross-fade", "cross-dissolve", "mix"),
    ),
    TransitionRow(
        "fade", "down to black, then up from black", ("fade-black", "fade-through-black", "fadeblack")
    ),
    TransitionRow("fade-white", "up to white, then down from white", ("fadewhite", "flash", "dip-to-white")),
    TransitionRow("wipe-left", "an edge moves to the left and uncovers the new clip", ("wipeleft", "wipe")),
    TransitionRow("wipe-right", "an edge moves to the right and uncovers the new clip", ("wiperight",)),
    TransitionRow("wipe-up", "an edge moves up and uncovers the new clip", ("wipeup",)),
    TransitionRow("wipe-down", "an edge moves down and uncovers the new clip", ("wipedown",)),
    TransitionRow(
        "slide-left", "the new clip slides to the left over the old one", ("slideleft", "slide", "cover-left")
    ),
    TransitionRow(
        "slide-right", "the new clip slides to the right over the old one", ("slideright", "cover-right")
    ),
    TransitionRow("slide-up", "the new clip slides up over the old one", ("slideup", "cover-up")),
    TransitionRow("slide-down", "the new clip slides down over the old one", ("slidedown", "cover-down")),
    TransitionRow(
        "push-left", "the new clip pushes the old one out to the left", ("pushleft", "push", "swipe")
    ),
    TransitionRow("push-right", "the new clip pushes the old one out to the right", ("pushright",)),
    TransitionRow("push-up", "the new clip pushes the old one out at the top", ("pushup",)),
    TransitionRow("push-down", "the new clip pushes the old one out at the bottom", ("pushdown",)),
    TransitionRow(
        "zoom", "the camera dives into the old clip and lands in the new one", ("zoom-in", "zoomin")
    ),
    TransitionRow(
        "circle-open", "a growing circle uncovers the new clip", ("circleopen", "iris", "iris-in", "circle")
    ),
    TransitionRow("circle-close", "a shrinking circle leaves the new clip", ("circleclose", "iris-out")),
)

TRANSITIONS: Mapping[str, TransitionRow] = MappingProxyType({row.name: row for row in _ROWS})
"""The closed list, in the order in which it is shown."""

DEFAULT_TRANSITION = "dissolve"

_NAMES: Mapping[str, str] = MappingProxyType(
    {name: row.name for row in _ROWS for name in (row.name, *row.aliases)}
)


def find(name: str) -> TransitionRow | None:
    """Return the row of a name or alias, however it is written ("Wipe Left", "wipe_left"), or None."""
    known = _NAMES.get(_plain(name))
    return TRANSITIONS[known] if known else None


def nearest(name: str) -> str:
    """Return the name of the transition whose name or alias is spelled most like `name`."""
    plain = _plain(name)
    close = difflib.get_close_matches(plain, sorted(_NAMES), n=1, cutoff=0.0)
    return _NAMES[close[0]] if close else DEFAULT_TRANSITION


def _plain(name: str) -> str:
    return "-".join(name.strip().lower().replace("_", " ").replace("-", " ").split())
