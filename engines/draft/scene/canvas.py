"""How shapes and colours get onto a sheet: premultiplied RGBA bytes, soft edges, lengths in frame heights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
"""sRGB in 0..1."""
Sheet = NDArray[np.uint8]
"""uint8 (h, w, 4), premultiplied."""
Mask = NDArray[np.uint8]
Points = NDArray[np.float64]
"""float64 (n, 2) in heights of the frame, from its top left corner."""

_SHIFT = 4


@dataclass(frozen=True, slots=True)
class View:
    """A frame and the margin around it. `unit` is the height of the frame in pixels."""

    width_px: int
    height_px: int
    bleed: float = 0.0

    @property
    def left(self) -> int:
        """Pixels to the left of the frame."""
        return round(self.width_px * self.bleed)

    @property
    def top(self) -> int:
        """Pixels above the frame."""
        return round(self.height_px * self.bleed)

    @property
    def canvas_w(self) -> int:
        """Width of a sheet."""
        return self.width_px + 2 * self.left

    @property
    def canvas_h(self) -> int:
        """Height of a sheet."""
        return self.height_px + 2 * self.top

    @property
    def unit(self) -> float:
        """Pixels of one height of the frame."""
        return float(self.height_px)

    @property
    def aspect(self) -> float:
        """Width over height of the frame."""
        return self.width_px / self.height_px

    @property
    def touch(self) -> float:
        """Pixels by which brush, ink and paper are measured: the unit, less in narrow frames."""
        return min(self.unit, 2.0 * self.width_px)

    @property
    def scale(self) -> float:
        """How much smaller things are drawn in a tall frame, 1.0 in a wide one."""
        return float(min(1.0, self.aspect**0.75))

    def columns(self) -> NDArray[np.float64]:
        """Return x of every column, in heights of the frame."""
        return np.asarray((np.arange(self.canvas_w) + 0.5 - self.left) / self.unit, np.float64)

    def rows(self) -> NDArray[np.float32]:
        """Return y of every row, in heights of the frame, float32 (h, 1)."""
        return ((np.arange(self.canvas_h, dtype=np.float32) + 0.5 - self.top) / self.unit)[:, None]

    def pixels(self, points: Points) -> NDArray[np.int32]:
        """Return points as fixed-point pixels for OpenCV."""
        moved = points * self.unit + (self.left - 0.5, self.top - 0.5)
        return np.clip(np.rint(moved * (1 << _SHIFT)), -(2**22), 2**22).astype(np.int32)

    def edge(self) -> Points:
        """Return x from left to right across the canvas, a few pixels apart, float64 (n,)."""
        margin = self.left / self.unit + 0.02
        count = max(24, min(700, self.canvas_w // 3))
        return np.linspace(-margin, self.aspect + margin, count)


def rgb(text: str) -> Colour:
    """Return "#rrggbb" as a colour."""
    return (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """Return the colour that lies `t` of the way from a to b."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def shade(a: Colour, factor: float) -> Colour:
    """Return a colour made darker or lighter."""
    return (min(1.0, a[0] * factor), min(1.0, a[1] * factor), min(1.0, a[2] * factor))


def blank(view: View) -> Sheet:
    """Return an empty sheet."""
    return np.zeros((view.canvas_h, view.canvas_w, 4), np.uint8)


def fill(sheet: Sheet, view: View, contours: Points | list[Points], colour: Colour) -> None:
    """Fill a shape (even-odd) with an opaque colour, edges softened."""
    parts = contours if isinstance(contours, list) else [contours]
    value = (colour[0] * 255, colour[1] * 255, colour[2] * 255, 255.0)
    cv2.fillPoly(sheet, [view.pixels(part) for part in parts], value, cv2.LINE_AA, _SHIFT)


def stroke(sheet: Sheet, view: View, points: Points, width: float, colour: Colour) -> None:
    """Draw an opaque line; `width` in heights of the frame."""
    value = (colour[0] * 255, colour[1] * 255, colour[2] * 255, 255.0)
    thickness = max(1, round(width * view.unit))
    cv2.polylines(sheet, [view.pixels(points)], False, value, thickness, cv2.LINE_AA, _SHIFT)


def mask_of(view: View, contours: Points | list[Points], blur: float = 0.0) -> Mask:
    """Return a shape as coverage, uint8 (h, w); `blur` in heights of the frame."""
    mask = np.zeros((view.canvas_h, view.canvas_w), np.uint8)
    parts = contours if isinstance(contours, list) else [contours]
    cv2.fillPoly(mask, [view.pixels(part) for part in parts], 255.0, cv2.LINE_AA, _SHIFT)
    return np.asarray(soften(mask, blur * view.unit), np.uint8)


def soften(image: Any, sigma_px: float) -> Any:
    """Return an image blurred by a Gaussian of that many pixels; wide blurs are made small first."""
    if sigma_px < 0.3:
        return image
    if sigma_px > 6 and min(image.shape[:2]) > 64:
        step = min(16.0, sigma_px / 3)
        size = (max(1, round(image.shape[1] / step)), max(1, round(image.shape[0] / step)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma_px / step)
        return cv2.resize(
            small,
            (image.shape[1], image.shape[0]),
            interpolation=cv2.INTER_CUBIC if image.dtype == np.uint8 else cv2.INTER_LINEAR,
        )
    return cv2.GaussianBlur(image, (0, 0), sigma_px)


def glaze(sheet: Sheet, colour: Any, cover: Any) -> None:
    """Lay a colour (a triple or (h, w, 3), in 0..1) over a sheet where `cover` (uint8 or 0..1) says."""
    alpha = cover.astype(np.float32) * (1 / 255) if cover.dtype == np.uint8 else cover
    rows = np.flatnonzero(alpha.max(axis=1) > 0.001)
    if rows.size == 0:
        return
    band = slice(int(rows[0]), int(rows[-1]) + 1)
    alpha = alpha[band][..., None]
    value = np.asarray(colour, np.float32)
    if value.ndim == 3:
        value = value[band]
    part = sheet[band].astype(np.float32)
    part *= 1 - alpha
    part[..., :3] += value * 255 * alpha
    part[..., 3:] += 255 * alpha
    sheet[band] = cv2.convertScaleAbs(part)


def tone(sheet: Sheet, colour: Any, amount: Any) -> None:
    """Mix what is painted on a sheet towards a colour, by a number or float (h, w); its outline stays."""
    part = sheet.astype(np.float32)
    level = np.asarray(amount, np.float32)
    level = level[..., None] if level.ndim else level
    part[..., :3] += (np.asarray(colour, np.float32) * part[..., 3:] - part[..., :3]) * level
    sheet[...] = cv2.convertScaleAbs(part)


def multiply(sheet: Sheet, factor: Any) -> None:
    """Multiply the colours of a sheet by float (h, w) or (h, w, 3) or a triple; its outline stays."""
    value = np.asarray(factor, np.float32)
    if value.ndim == 2:
        value = value[..., None]
    part = sheet[..., :3].astype(np.float32) * value
    np.minimum(part, sheet[..., 3:], out=part)
    sheet[..., :3] = part


def over(below: Any, above: Sheet) -> None:
    """Lay a premultiplied sheet over opaque RGB bytes, in place."""
    keep = cv2.cvtColor(255 - above[..., 3], cv2.COLOR_GRAY2RGB)
    below[...] = cv2.add(cv2.multiply(below, keep, scale=1 / 255), above[..., :3])


def gradient(view: View, stops: list[tuple[float, Colour]]) -> NDArray[np.float32]:
    """Return a column of colours, float32 (h, 1, 3), from (y, colour) stops in heights of the frame."""
    rows = view.rows()[:, 0]
    places = [place for place, _ in stops]
    bands = [np.interp(rows, places, [colour[band] for _, colour in stops]) for band in range(3)]
    return np.stack(bands, -1).astype(np.float32)[:, None]


def ellipse(cx: float, cy: float, rx: float, ry: float, turn: float = 0.0) -> Points:
    """Return an ellipse as 40 points."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x, y = rx * np.cos(t), ry * np.sin(t)
    return np.stack([cx + x * np.cos(turn) - y * np.sin(turn), cy + x * np.sin(turn) + y * np.cos(turn)], -1)


def box(x0: float, y0: float, x1: float, y1: float) -> Points:
    """Return a rectangle."""
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)


def below(x: NDArray[np.float64], y: NDArray[np.float64], floor: float) -> Points:
    """Return the shape between a line and a floor."""
    line = np.stack([x, y], -1)
    return np.concatenate([line, [(x[-1], floor), (x[0], floor)]])
