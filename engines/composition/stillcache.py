"""How stills are kept: each decoded once for all painting threads, dropped when nobody shows it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.composition.placing import placed, resized
from engines.composition.planes import Plane, Planes, from_rgb
from engines.media.stills import read_still
from runtime.errors import AssetInvalid
from schemas.choices import Fit

_UNUSED_MAX_BYTES = 128 * 2**20
"""What nobody shows now is kept as long as all of it is smaller: another thread may be about to need it."""
_KEPT_PIXELS = 32_000_000
_KEPT_PIXELS_SEEN_THROUGH = 8_000_000
"""Up to so many pixels a picture is decoded at twice its size, from which it is brought down finely."""


@dataclass(frozen=True, slots=True)
class Still:
    """A picture at its place on the canvas; under a camera move its planes may be larger than its `size`."""

    planes: Planes
    alpha: Plane | None
    x_px: int
    y_px: int
    size: tuple[int, int]

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        planes = self.planes
        return sum(p.nbytes for p in (planes.y, planes.u, planes.v)) + (
            self.alpha.nbytes if self.alpha is not None else 0
        )


@dataclass(frozen=True, slots=True)
class Want:
    """Which still is wanted, and how: an enlarged one serves camera moves."""

    path: Path
    fit: Fit
    enlarged: bool


class _Entry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.still: Still | None = None
        self.users = 0


class Stills:
    """The stills of one film on a canvas of `size`."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[Want, _Entry] = OrderedDict()

    def take(self, want: Want, name: str) -> Still:
        """Return a still, made by whoever wants it first; `leave` it when it is shown no more.

        Raises: AssetInvalid, naming the clip.
        """
        with self._lock:
            entry = self._entries.setdefault(want, _Entry())
            entry.users += 1
        try:
            with entry.lock:
                if entry.still is None:
                    entry.still = _made(want, self._size)
                return entry.still
        except BaseException as error:
            self.leave(want)
            if isinstance(error, AssetInvalid):
                raise AssetInvalid(f"{name}: {error.message}") from error
            raise

    @property
    def held_bytes(self) -> int:
        """What all kept stills take in memory."""
        with self._lock:
            return sum(entry.still.size_bytes for entry in self._entries.values() if entry.still is not None)

    def leave(self, want: Want) -> None:
        """Say that a still taken before is not shown any more."""
        with self._lock:
            self._entries[want].users -= 1
            self._entries.move_to_end(want)
            unused = [
                (other, entry.still.size_bytes if entry.still is not None else 0)
                for other, entry in self._entries.items()
                if not entry.users
            ]
            held = sum(size_bytes for _, size_bytes in unused)
            for other, size_bytes in unused:
                if held <= _UNUSED_MAX_BYTES:
                    break
                del self._entries[other]
                held -= size_bytes


def _made(want: Want, canvas: tuple[int, int]) -> Still:
    def target(size: tuple[int, int]) -> tuple[int, int]:
        place = placed(size, want.fit, canvas)
        scale = 2 if want.enlarged and place.width * place.height <= 2560 * 1440 else 1
        return place.width * scale, place.height * scale

    def reduction(size: tuple[int, int], see_through: bool) -> int:
        left, top, right, bottom = placed(size, want.fit, canvas).box
        width, height = target(size)
        larger = min((right - left) / width, (bottom - top) / height)
        factor = max(1, int(larger / 2))
        kept = _KEPT_PIXELS_SEEN_THROUGH if see_through else _KEPT_PIXELS
        return factor if size[0] * size[1] <= kept * factor**2 else max(1, int(larger))

    pixels = read_still(want.path, reduction)
    size = (pixels.shape[1], pixels.shape[0])
    place = placed(size, want.fit, canvas)
    left, top, right, bottom = place.box
    pixels = resized(pixels[top:bottom, left:right], target(size))
    planes = from_rgb(np.ascontiguousarray(pixels[..., :3]))
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    return Still(planes, alpha, place.x, place.y, (place.width, place.height))
