"""What a picture is while it is composed: the three planes of 8 bit 4:2:0 video, BT.709, limited range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.media.colour import RGB_TO_YUV, YUV_TO_RGB, chroma_half, rgb_to_yuv

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Planes:
    """Luma uint8 (height, width) and both chromas (height/2, width/2); width and height are even."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.y.shape[1], self.y.shape[0]

    def part(self, x: int, y: int, width: int, height: int) -> Planes:
        """Return a view of a rectangle; all four numbers are even."""
        rows, cols = slice(y // 2, (y + height) // 2), slice(x // 2, (x + width) // 2)
        return Planes(self.y[y : y + height, x : x + width], self.u[rows, cols], self.v[rows, cols])

    def fill(self, colour: tuple[int, int, int]) -> None:
        """Paint all of it in one Y'CbCr colour."""
        for plane, value in zip((self.y, self.u, self.v), colour, strict=True):
            plane[...] = value

    def take(self, other: Planes) -> None:
        """Copy the pixels of a picture of the same size."""
        self.y[...], self.u[...], self.v[...] = other.y, other.u, other.v

    def each(self, other: Planes, change: Callable[[Plane, Plane], Plane | None]) -> None:
        """Apply `change(own plane, other's plane)` to every plane; a plane it returns is copied in."""
        for own, theirs in ((self.y, other.y), (self.u, other.u), (self.v, other.v)):
            made = change(own, theirs)
            if made is not None:
                own[...] = made


@dataclass(frozen=True, slots=True)
class Picture:
    """Planes at an even place on the canvas; `alpha` is uint8 (height, width), absent when all is opaque."""

    planes: Planes
    x_px: int = 0
    y_px: int = 0
    alpha: Plane | None = None


def _plane(values: object) -> Plane:
    return np.asarray(values, np.uint8)


def blank(width_px: int, height_px: int) -> Planes:
    """Return new, unpainted planes."""
    half = (height_px // 2, width_px // 2)
    return Planes(
        np.empty((height_px, width_px), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)
    )


def ycc(colour: str) -> tuple[int, int, int]:
    """Return the Y'CbCr of a colour written #rrggbb."""
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    y, u, v = np.rint(RGB_TO_YUV[:, :3] @ rgb + RGB_TO_YUV[:, 3])
    return int(y), int(u), int(v)


def from_rgb(rgb: Plane) -> Planes:
    """Convert uint8 (height, width, 3), sRGB, even sizes."""
    height, width = rgb.shape[:2]
    y, u, v = cv2.split(rgb_to_yuv(rgb))
    made = Planes(_plane(y), *(np.empty((height // 2, width // 2), np.uint8) for _ in range(2)))
    chroma_half(_plane(u), made.u)
    chroma_half(_plane(v), made.v)
    return made


def to_rgb(planes: Planes) -> Plane:
    """Convert to uint8 (height, width, 3), sRGB."""
    size = planes.size
    u = cv2.resize(planes.u, size, interpolation=cv2.INTER_LINEAR)
    v = cv2.resize(planes.v, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.transform(cv2.merge((planes.y, u, v)), YUV_TO_RGB), np.uint8)


def lay_over(canvas: Planes, picture: Picture, opacity: float = 1.0) -> None:
    """Paint a picture on the canvas, in place."""
    width, height = picture.planes.size
    below = canvas.part(picture.x_px, picture.y_px, width, height)
    if picture.alpha is None and opacity >= 1.0:
        below.take(picture.planes)
    elif picture.alpha is None:
        below.each(
            picture.planes, lambda old, new: _plane(cv2.addWeighted(old, 1.0 - opacity, new, opacity, 0.0))
        )
    else:
        mix(below, picture.planes, picture.alpha.astype(np.float32) * np.float32(opacity / 255.0), below)


def mix(old: Planes, new: Planes, weight: NDArray[np.float32], out: Planes) -> None:
    """Write old * (1 - weight) + new * weight into `out`; weight is float32 (height, width) in 0..1."""
    small = cv2.resize(weight, old.u.shape[::-1], interpolation=cv2.INTER_AREA)
    for source, target, place, part in (
        (old.y, new.y, out.y, weight),
        (old.u, new.u, out.u, small),
        (old.v, new.v, out.v, small),
    ):
        place[...] = cv2.blendLinear(
            np.ascontiguousarray(source), np.ascontiguousarray(target), 1.0 - part, part
        )
