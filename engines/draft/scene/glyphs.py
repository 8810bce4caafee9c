"""How a glyph becomes pixels: its shapes out of the archive, filled, shaded and coloured, at any size."""

from __future__ import annotations

import colorsys
import json
import zipfile
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.draft.scene.canvas import Colour, Sheet, mix, rgb
from engines.draft.scene.lexicon import ARCHIVE

Shape = tuple[Any, float, list[NDArray[np.float64]]]
"""Fill, opacity, contours in a box of 128 x 128."""

_UNITS = 20
_OVERSAMPLE = 2


@lru_cache(maxsize=128)
def shapes_of(glyph: str) -> tuple[Shape, ...]:
    """Return the shapes of a glyph of the archive, back to front; empty when it holds none of that name."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        try:
            rows = json.loads(archive.read(f"{glyph}.json"))
        except KeyError:
            return ()
    return tuple(
        (fill, opacity, [np.cumsum(np.array(line, np.float64).reshape(-1, 2), 0) / _UNITS for line in lines])
        for fill, opacity, lines in rows
    )


def render(shapes: tuple[Shape, ...], height_px: float, bounds: tuple[float, float, float, float]) -> Sheet:
    """Return shapes as a premultiplied sheet whose height is the height of `bounds` (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = bounds
    unit = max(2.0, height_px) * _OVERSAMPLE / (y1 - y0)
    size = (max(1, round((y1 - y0) * unit)), max(1, round((x1 - x0) * unit)))
    sheet = np.zeros((*size, 4), np.uint8)
    for fill, opacity, contours in shapes:
        pixels = [np.rint(((line - (x0, y0)) * unit - 0.5) * 16).astype(np.int32) for line in contours]
        if isinstance(fill, str) and opacity >= 0.99:
            r, g, b = rgb(fill)
            cv2.fillPoly(sheet, pixels, (r * 255, g * 255, b * 255, 255.0), cv2.LINE_AA, 4)
            continue
        _blend(sheet, pixels, fill, opacity, unit, (x0, y0))
    final = (max(1, round(size[1] / _OVERSAMPLE)), max(1, round(size[0] / _OVERSAMPLE)))
    return np.asarray(cv2.resize(sheet, final, interpolation=cv2.INTER_AREA), np.uint8)


def _blend(
    sheet: Sheet,
    pixels: list[NDArray[np.int32]],
    fill: Any,
    opacity: float,
    unit: float,
    origin: tuple[float, float],
) -> None:
    every = np.concatenate(pixels)
    low = np.maximum(every.min(0) // 16 - 1, 0)
    high = np.minimum(every.max(0) // 16 + 3, (sheet.shape[1], sheet.shape[0]))
    if (high <= low).any():
        return
    part = sheet[low[1] : high[1], low[0] : high[0]]
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [line - low.astype(np.int32) * 16 for line in pixels], 255.0, cv2.LINE_AA, 4)
    alpha = mask.astype(np.float32) * (opacity / 255)
    if isinstance(fill, str):
        colour: NDArray[np.float32] = np.asarray(rgb(fill), np.float32)
    else:
        kind, row, stops = fill
        x = ((np.arange(low[0], high[0]) + 0.5) / unit + origin[0]).astype(np.float32)[None]
        y = ((np.arange(low[1], high[1]) + 0.5) / unit + origin[1]).astype(np.float32)[:, None]
        if kind == "l":
            t = row[0] * x + row[1] * y + row[2]
        else:
            t = np.hypot(row[0] * x + row[1] * y + row[2], row[3] * x + row[4] * y + row[5])
        places = [stop[0] for stop in stops]
        values = np.array([(*rgb(stop[1]), stop[2]) for stop in stops])
        ramp = np.stack([np.interp(np.linspace(0, 1, 257), places, values[:, band]) for band in range(4)], -1)
        looked = ramp.astype(np.float32)[(np.clip(t, 0, 1) * 256).astype(np.int32)]
        alpha = alpha * looked[..., 3]
        colour = looked[..., :3]
    alpha = alpha[..., None]
    mixed = part.astype(np.float32) * (1 - alpha)
    mixed[..., :3] += colour * (255 * alpha)
    mixed[..., 3:] += 255 * alpha
    part[...] = mixed + 0.5


def bounds_of(shapes: tuple[Shape, ...]) -> tuple[float, float, float, float]:
    """Return the box around shapes."""
    points = np.concatenate([line for _, _, lines in shapes for line in lines])
    low, high = points.min(0), points.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def tinted(shapes: tuple[Shape, ...], tint: Colour) -> tuple[Shape, ...]:
    """Return shapes with their leading hue turned to another colour; whites and eyes stay as they are."""
    lead = leading(shapes)
    # a little of the own colour stays: it keeps fur and petals from turning to plastic
    tint = mix(tint, lead, 0.2)
    hue, _, _ = colorsys.rgb_to_hsv(*lead)
    lead_grey = max(lead) - min(lead) < 0.12

    def change(text: str) -> str:
        r, g, b = rgb(text)
        h, s, v = colorsys.rgb_to_hsv(r, g, b)
        near = min(abs(h - hue), 1 - abs(h - hue)) < 0.09
        if not ((lead_grey and s < 0.22 and v > 0.25) or (not lead_grey and s > 0.18 and near)):
            return text
        factor = (0.3 * r + 0.59 * g + 0.11 * b) / max(0.05, 0.3 * lead[0] + 0.59 * lead[1] + 0.11 * lead[2])
        new = (
            mix((0, 0, 0), tint, factor)
            if factor <= 1
            else mix(tint, (1, 1, 1), min(0.85, (factor - 1) * 0.6))
        )
        return "#" + "".join(f"{round(min(1.0, c) * 255):02x}" for c in new)

    return tuple((_recolour(fill, change), opacity, lines) for fill, opacity, lines in shapes)


def _recolour(fill: Any, change: Any) -> Any:
    if isinstance(fill, str):
        return change(fill)
    return [fill[0], fill[1], [[stop[0], change(stop[1]), stop[2]] for stop in fill[2]]]


def leading(shapes: tuple[Shape, ...]) -> Colour:
    """Return the colour that covers most of a glyph, coloured shapes before grey ones."""
    weights: dict[str, float] = {}
    for fill, opacity, lines in shapes:
        text = fill if isinstance(fill, str) else fill[2][len(fill[2]) // 2][1]
        value = rgb(text)
        worth = 1.0 if max(value) - min(value) > 0.12 else 0.35
        weights[text] = weights.get(text, 0.0) + sum(map(_area, lines)) * opacity * worth
    return rgb(max(sorted(weights), key=lambda text: weights[text])) if weights else (0.5, 0.5, 0.5)


def _area(line: NDArray[np.float64]) -> float:
    x, y = line[:, 0], line[:, 1]
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2
