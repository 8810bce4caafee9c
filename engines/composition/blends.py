"""What each transition of the catalogue looks like at each moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.composition.planes import Planes, mix

_BLACK, _WHITE = (16, 128, 128), (235, 128, 128)
_SIDES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def blend(name: str, old: Planes, new: Planes, progress: float, out: Planes) -> None:
    """Write the transition `name` at `progress` (0 all old, 1 all new) into `out`, which is neither."""
    if name.startswith(("wipe-", "slide-", "push-")):
        _move(name, old, new, progress, out)
    else:
        _BLENDS[name](old, new, progress, out)


def _dissolve(old: Planes, new: Planes, progress: float, out: Planes) -> None:
    for place, before, after in ((out.y, old.y, new.y), (out.u, old.u, new.u), (out.v, old.v, new.v)):
        place[...] = cv2.addWeighted(before, 1.0 - progress, after, progress, 0.0)


def _through(colour: tuple[int, int, int]) -> Callable[[Planes, Planes, float, Planes], None]:
    def fade(old: Planes, new: Planes, progress: float, out: Planes) -> None:
        source = old if progress < 0.5 else new
        kept = abs(1.0 - 2.0 * progress)
        for place, plane, value in zip(
            (out.y, out.u, out.v), (source.y, source.u, source.v), colour, strict=True
        ):
            place[...] = cv2.addWeighted(plane, kept, plane, 0.0, value * (1.0 - kept))

    return fade


def _move(name: str, old: Planes, new: Planes, progress: float, out: Planes) -> None:
    """Uncover (wipe), lay over (slide) or push in the new picture, moving to a side."""
    kind, _, side = name.partition("-")
    way = _SIDES[side]
    if kind != "wipe":
        progress = _smooth(progress)
    width, height = out.size
    along = width if way[0] else height
    shown = min(round(along * progress / 2) * 2, along)
    # The new picture's strip touches the side opposite to the way the edge moves.
    far = along - shown if sum(way) < 0 else 0
    from_new = 0 if sum(way) < 0 else along - shown
    if kind == "wipe":
        from_new = far
    rest = along - shown
    rest_at = 0 if sum(way) < 0 else shown
    pushed = shown if sum(way) < 0 else 0
    rest_from = pushed if kind == "push" else rest_at
    for target, source, to, start, length in (
        (out, old, rest_at, rest_from, rest),
        (out, new, far, from_new, shown),
    ):
        if length:
            _strip(target, bool(way[0]), to, length).take(_strip(source, bool(way[0]), start, length))


def _strip(planes: Planes, across: bool, at: int, length: int) -> Planes:
    width, height = planes.size
    return planes.part(at, 0, length, height) if across else planes.part(0, at, width, length)


def _zoom(old: Planes, new: Planes, progress: float, out: Planes) -> None:
    closer = _scaled(old, 1.0 + 2.0 * progress * progress)
    landing = _scaled(new, 1.0 + 0.35 * (1.0 - progress) ** 2)
    _dissolve(closer, landing, _smooth(min(max((progress - 0.25) / 0.5, 0.0), 1.0)), out)


def _scaled(planes: Planes, factor: float) -> Planes:
    def around_the_middle(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = plane.shape
        matrix = np.array(
            [
                [1 / factor, 0, (width - 1) / 2 * (1 - 1 / factor)],
                [0, 1 / factor, (height - 1) / 2 * (1 - 1 / factor)],
            ]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(plane, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )

    return Planes(around_the_middle(planes.y), around_the_middle(planes.u), around_the_middle(planes.v))


def _circle(opens: bool) -> Callable[[Planes, Planes, float, Planes], None]:
    def iris(old: Planes, new: Planes, progress: float, out: Planes) -> None:
        width, height = out.size
        soft = max(2.0, height / 60)
        reach = float(np.hypot(width, height)) / 2 + soft
        radius = reach * (progress if opens else 1.0 - progress)
        inside = np.clip((radius - _distances(width, height)) / soft + 0.5, 0.0, 1.0).astype(np.float32)
        mix(old, new, inside if opens else np.float32(1.0) - inside, out)

    return iris


@lru_cache(maxsize=2)
def _distances(width: int, height: int) -> NDArray[np.float32]:
    """Return each pixel's distance from the middle, float32 (height, width)."""
    x = np.arange(width, dtype=np.float32) - (width - 1) / 2
    y = np.arange(height, dtype=np.float32) - (height - 1) / 2
    return np.asarray(np.hypot(x[None, :], y[:, None]), np.float32)


def _smooth(progress: float) -> float:
    return progress * progress * (3.0 - 2.0 * progress)


_BLENDS: dict[str, Callable[[Planes, Planes, float, Planes], None]] = {
    "dissolve": _dissolve,
    "fade": _through(_BLACK),
    "fade-white": _through(_WHITE),
    "zoom": _zoom,
    "circle-open": _circle(opens=True),
    "circle-close": _circle(opens=False),
}
