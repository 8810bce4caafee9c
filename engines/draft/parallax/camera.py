"""Where the camera is at each moment of a motion, and how a layer at some depth then lies in the frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.draft.parallax.sheet import Sheet

_FAR_SHARE = 0.22  # what the farthest layer moves of what the nearest does
_FOCUS_SHARE = 0.55  # the share of the subject, which an orbit keeps in place
_EASE_SHARE = 0.28  # part of the clip in which the camera gains speed, and again in which it loses it


@dataclass(frozen=True, slots=True)
class Pose:
    """The camera at one moment: `x`, `y` moved in frame sizes, `dolly` towards the scene, `zoom` of the lens.

    `focus` is the share of depth that stays in place while the camera moves.
    """

    x: float = 0.0
    y: float = 0.0
    dolly: float = 0.0
    zoom: float = 1.0
    focus: float = 0.0


Path = Callable[[float], Pose]
"""The pose for a time from 0.0 (first frame) to 1.0 (last frame)."""


def ease(t: float, ramp: float = _EASE_SHARE) -> float:
    """Return how far a camera is at time `t`: it starts and ends at rest, its acceleration has no jumps.

    The speed is a trapezoid whose flanks are raised cosines (as in S-curve motion control), in closed form.
    """
    if t > 0.5:
        return 1.0 - ease(1.0 - t, ramp)
    if t < ramp:
        return (t - ramp / math.pi * math.sin(math.pi * t / ramp)) / 2 / (1 - ramp)
    return (t - ramp / 2) / (1 - ramp)


def camera_path(motion: str, duration_s: float, seed: int = 0) -> Path:
    """Return the path of a motion of `catalog.motions`; longer clips travel farther, at a calm pace."""
    reach = min(1.35, max(0.3, (duration_s / 5.0) ** 0.6))
    side = 1.0 if seed % 2 else -1.0

    def along(t: float) -> float:
        return 2.0 * ease(t) - 1.0

    def push(t: float) -> Pose:
        return Pose(dolly=0.13 * reach * t, zoom=1.0 + 0.05 * reach * t, x=0.006 * side * reach * t)

    def orbit(t: float) -> Pose:
        angle = along(t) * math.pi / 3
        return Pose(
            x=side * 0.075 * reach * math.sin(angle) / math.sin(math.pi / 3),
            y=-0.03 * reach * (math.cos(angle) - 0.75),
            dolly=0.03 * reach * (math.cos(angle) - 0.5),
            focus=_FOCUS_SHARE,
        )

    def drift(t: float) -> Pose:
        turn = 2 * math.pi * t
        return Pose(
            x=0.022 * reach * math.sin(turn),
            y=0.012 * reach * math.sin(2 * turn) * side,
            dolly=0.018 * reach * (1 - math.cos(turn)),
            focus=_FOCUS_SHARE / 2,
        )

    paths: dict[str, Path] = {
        "push-in": lambda t: push(ease(t)),
        "pull-out": lambda t: push(1.0 - ease(t)),
        "pan-left": lambda t: Pose(x=-0.06 * reach * along(t)),
        "pan-right": lambda t: Pose(x=0.06 * reach * along(t)),
        "tilt-up": lambda t: Pose(y=-0.06 * reach * along(t)),
        "tilt-down": lambda t: Pose(y=0.06 * reach * along(t)),
        "orbit": orbit,
        "drift": drift,
        "static": lambda t: Pose(),
    }
    return paths[motion]


@dataclass(frozen=True, slots=True)
class Placement:
    """How a sheet lies in the frame: frame offsets from the centre become layer offsets by
    `grain * offset + shift`, in frame sizes; `shear` adds to the shift per frame height downwards."""

    grain: float
    shift_x: float
    shift_y: float
    shear_x: float
    shear_y: float


def place(sheet: Sheet, pose: Pose, time_s: float, crop: float) -> Placement:
    """Return where a sheet lies for a pose, after the whole frame is enlarged by `crop`."""
    share = _FAR_SHARE + (1.0 - _FAR_SHARE) * sheet.depth
    grain = (1.0 - pose.dolly * share) / (pose.zoom * crop)
    lean = (1.0 - _FAR_SHARE) * sheet.tilt
    return Placement(
        grain=grain,
        shift_x=pose.x * (share - pose.focus) - sheet.drift * time_s,
        shift_y=pose.y * (share - pose.focus),
        shear_x=pose.x * lean,
        shear_y=pose.y * lean,
    )


def needed_crop(sheets: Sequence[Sheet], path: Path, duration_s: float) -> float:
    """Return the smallest enlargement (at least 1.0) at which no edge of any sheet ever enters the frame."""
    crop = 1.0
    for step in range(65):
        t = step / 64
        for sheet in sheets:
            at = place(sheet, path(t), t * duration_s, 1.0)
            for shift, shear in ((at.shift_x, at.shear_x), (at.shift_y, at.shear_y)):
                room = 0.5 + sheet.bleed - abs(shift) - abs(shear) * 0.5
                crop = max(crop, at.grain * 0.5 / max(room, 0.1))
    return crop


def matrix(sheet: Sheet, at: Placement, width_px: int, height_px: int) -> NDArray[np.float64]:
    """Return the (2, 3) matrix from frame pixels to the sheet's samples, both counted at pixel centres."""
    frame = 1.0 + 2.0 * sheet.bleed
    across, down = sheet.width / frame, sheet.height / frame  # the frame's size in layer pixels
    kx, ky = across / width_px, down / height_px
    lean_x = at.shear_x * at.grain * across / height_px
    lean_y = 1.0 + at.shear_y
    # Layer position of the frame's point (x, y), both from their top left corners.
    a, b = kx * at.grain, lean_x
    c = (
        sheet.width / 2
        + across * (at.shift_x + at.shear_x * at.shift_y)
        - a * width_px / 2
        - b * height_px / 2
    )
    e = ky * at.grain * lean_y
    f = sheet.height / 2 + down * at.shift_y * lean_y - e * height_px / 2
    s = sheet.oversampling
    return np.array(
        [
            [a * s, b * s, (a * 0.5 + b * 0.5 + c - sheet.left) * s - 0.5],
            [0.0, e * s, (e * 0.5 + f - sheet.top) * s - 0.5],
        ]
    )
