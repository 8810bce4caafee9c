"""Which part of a picture lands where on the canvas, standing still or under a moving camera."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.composition.planes import Plane, Planes, blank
from schemas.choices import Fit
from schemas.timeline import Crop, Motion


@dataclass(frozen=True, slots=True)
class Place:
    """An even rectangle of the canvas and the part of the source in it: left, top, right, bottom."""

    x: int
    y: int
    width: int
    height: int
    box: tuple[int, int, int, int]


def placed(size: tuple[int, int], fit: Fit, canvas: tuple[int, int], shape: Fraction = Fraction(1)) -> Place:
    """Fit a picture of `size` with pixels of aspect `shape` to the canvas: even place, and the part used."""
    width, height = size
    whole = (0, 0, width, height)
    if fit == "fill":
        return Place(0, 0, *canvas, whole)
    aspect = float(width * shape / height)
    wanted = canvas[0] / canvas[1]
    if fit == "contain":
        w = canvas[0] if aspect >= wanted else round(canvas[1] * aspect / 2) * 2
        h = canvas[1] if aspect <= wanted else round(canvas[0] / aspect / 2) * 2
        w, h = min(max(w, 2), canvas[0]), min(max(h, 2), canvas[1])
        return Place((canvas[0] - w) // 4 * 2, (canvas[1] - h) // 4 * 2, w, h, whole)
    w = width if aspect <= wanted else max(1, round(width * wanted / aspect))
    h = height if aspect >= wanted else max(1, round(height * aspect / wanted))
    left, top = (width - w) // 2, (height - h) // 2
    return Place(0, 0, *canvas, (left, top, left + w, top + h))


def moved(
    planes: Planes, alpha: Plane | None, motion: Motion, progress: float, size: tuple[int, int]
) -> tuple[Planes, Plane | None]:
    """Return what the camera sees `progress` of the way from `motion.from_` to `motion.to`, at `size`."""
    x, y, part = _window(motion.from_, motion.to, progress)
    made = blank(*size)
    _warp(planes.y, x, y, part, made.y)
    _warp(planes.u, x, y, part, made.u)
    _warp(planes.v, x, y, part, made.v)
    if alpha is None:
        return made, None
    seen = np.empty(made.y.shape, np.uint8)
    _warp(alpha, x, y, part, seen)
    return made, seen


def _window(start: Crop, end: Crop, progress: float) -> tuple[float, float, float]:
    """Return left, top and size, as fractions, of a view of the canvas' shape around the crop's middle."""

    def view(crop: Crop) -> tuple[float, float, float]:
        part = min(1.0, max(crop.width, crop.height))
        return crop.x + crop.width / 2, crop.y + crop.height / 2, part

    (x0, y0, p0), (x1, y1, p1) = view(start), view(end)
    middle_x, middle_y, part = (a + (b - a) * progress for a, b in ((x0, x1), (y0, y1), (p0, p1)))
    return (
        min(max(middle_x - part / 2, 0.0), 1.0 - part),
        min(max(middle_y - part / 2, 0.0), 1.0 - part),
        part,
    )


def _warp(plane: Plane, x: float, y: float, part: float, out: Plane) -> None:
    """Resample the part of a plane that begins at (x, y), by pixel centres, linear."""
    height, width = plane.shape
    rows, cols = out.shape
    step_x, step_y = part * width / cols, part * height / rows
    matrix = np.array([[step_x, 0, x * width + step_x / 2 - 0.5], [0, step_y, y * height + step_y / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(plane, matrix, (cols, rows), dst=out, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    smaller = size[0] < width or size[1] < height
    way = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    if pixels.shape[2] == 4:
        # Colours of transparent pixels must not bleed into their neighbours.
        alpha = pixels[..., 3:].astype(np.float32) / np.float32(255)
        flat = np.concatenate([pixels[..., :3] * alpha, alpha * np.float32(255)], axis=2)
        small = np.clip(cv2.resize(flat, size, interpolation=way), 0, 255)
        colour = small[..., :3] / np.maximum(small[..., 3:] / np.float32(255), np.float32(1 / 255))
        merged = np.concatenate([np.clip(colour, 0, 255), small[..., 3:]], axis=2)
        return np.asarray(np.rint(merged), np.uint8)
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
