"""Which ways a still picture can be brought to motion."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Motion:
    """A camera motion: its id on the wire, what it looks like, and the words of a prompt that ask for it."""

    id: str
    description: str
    words: tuple[str, ...] = ()


MOTIONS: tuple[Motion, ...] = (
    Motion(
        "push-in",
        "The camera moves slowly towards the picture.",
        ("push in", "zoom in", "dolly in", "move closer", "closer"),
    ),
    Motion(
        "pull-out",
        "The camera moves slowly back.",
        ("pull out", "pull back", "zoom out", "dolly out", "reveal"),
    ),
    Motion(
        "pan-left", "The camera travels to the left.", ("pan left", "move left", "to the left", "truck left")
    ),
    Motion(
        "pan-right",
        "The camera travels to the right.",
        ("pan right", "move right", "to the right", "truck right"),
    ),
    Motion("tilt-up", "The camera rises.", ("tilt up", "rise", "rising", "crane up", "pedestal up")),
    Motion(
        "tilt-down", "The camera sinks.", ("tilt down", "descend", "sinking", "crane down", "pedestal down")
    ),
    Motion(
        "orbit",
        "The camera swings around the subject on an arc.",
        ("orbit", "arc shot", "circle around", "around the"),
    ),
    Motion("drift", "The camera floats on a small closed path.", ("drift", "float", "handheld", "breathing")),
    Motion(
        "static",
        "The camera stands still.",
        ("static", "still camera", "locked off", "no camera movement", "tripod"),
    ),
)

_BY_ID = {motion.id: motion for motion in MOTIONS}
_MOVING = tuple(motion for motion in MOTIONS if motion.id != "static")


def find_motion(name: str) -> Motion | None:
    """Return the motion of that name; case, spaces and underscores do not matter."""
    return _BY_ID.get(re.sub(r"[\s_]+", "-", name.strip().lower()))


def nearest_motion(name: str) -> str:
    """Return the id of the motion whose name is spelled most like `name`."""
    wanted = re.sub(r"[\s_]+", "-", name.strip().lower())
    return max(_BY_ID, key=lambda known: difflib.SequenceMatcher(None, wanted, known).ratio())


def motion_in(prompt: str) -> Motion | None:
    """Return the motion that a prompt asks for in words, the first one it mentions, or None."""
    text = " " + re.sub(r"[^a-z]+", " ", prompt.lower()) + " "
    found = [
        (text.find(f" {word} "), motion)
        for motion in MOTIONS
        for word in (motion.id.replace("-", " "), *motion.words)
    ]
    places = [(place, -len(motion.id), motion.id) for place, motion in found if place >= 0]
    return _BY_ID[min(places)[2]] if places else None


def motion_for_seed(seed: int) -> Motion:
    """Return the moving camera that a seed picks when nobody chose one."""
    # Knuth's multiplicative hash spreads neighbouring seeds over all motions.
    return _MOVING[(seed * 2_654_435_761 % 2**32) * len(_MOVING) >> 32]
