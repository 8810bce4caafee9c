"""How the finish of a style, which is made for one flat picture, comes onto layers that will move apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Finish = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

_BROAD = 0.04  # light and shade wider than this share of the frame belong to all layers alike
_EDGE = 0.006  # ink and blurs this near to something in front belong to that, not to what is behind


def finish_layers(layers: Sequence[NDArray[np.uint8]], finish: Finish) -> list[NDArray[np.uint8]]:
    """Return the layers, uint8 (h, w, 4) premultiplied sRGB, so that together they give the finished picture.

    The picture is finished once. What that did is taken apart into a change of all colours (least squares),
    broad light and shade, and detail; each layer gets the first two everywhere and detail where it is seen.
    So hidden parts are clean when the camera uncovers them, and a clip costs one finish. The first layer must
    be opaque.
    """
    flat, visible = _flatten(layers)
    finished = finish(flat)
    colours = _fit_colours(flat, finished)
    change = cv2.subtract(finished, cv2.transform(flat, colours), dtype=cv2.CV_16S)
    side = min(flat.shape[:2])
    small = cv2.resize(change.astype(np.float32), None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(1.0, _BROAD * side / 8))
    broad = cv2.resize(small, flat.shape[1::-1], interpolation=cv2.INTER_LINEAR).astype(np.int16)
    detail = cv2.subtract(change, broad)
    return [
        _finish_one(rgba, colours, broad, detail, seen) for rgba, seen in zip(layers, visible, strict=True)
    ]


def _flatten(layers: Sequence[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], list[NDArray[np.uint8]]]:
    """Return the picture that the layers give, (h, w, 3), and how much (0..255) of each is seen."""
    shown: NDArray[Any] = np.full(layers[0].shape[:2], 255, np.uint8)
    visible: list[NDArray[Any]] = []
    for rgba in reversed(layers):
        visible.append(shown)
        shown = cv2.multiply(shown, 255 - rgba[..., 3], scale=1 / 255)
    flat: NDArray[Any] = np.zeros_like(layers[0])
    for rgba in layers:
        behind = cv2.cvtColor(255 - rgba[..., 3], cv2.COLOR_GRAY2BGRA)
        flat = cv2.add(cv2.multiply(flat, behind, scale=1 / 255), rgba)
    return np.ascontiguousarray(flat[..., :3]), visible[::-1]


def _fit_colours(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the (3, 4) matrix that turns colours before into those after with the least squared error."""
    height, width = before.shape[:2]
    inner = (slice(height // 8, -height // 8, 7), slice(width // 8, -width // 8, 7))
    old = before[inner].reshape(-1, 3).astype(np.float64)
    new = after[inner].reshape(-1, 3).astype(np.float64)
    # Held near "no change" where a picture has too few colours to tell.
    weight = 1e-3 * len(old) * 100.0
    known = np.column_stack([old, np.ones(len(old))])
    ridge = np.diag([weight, weight, weight, 1e-3])
    change = np.linalg.solve(known.T @ known + ridge, known.T @ (new - old))
    fitted: NDArray[np.float64] = np.column_stack([np.eye(3), np.zeros(3)]) + change.T
    return fitted


def _finish_one(
    rgba: NDArray[np.uint8], colours: NDArray[np.float64], broad: Any, detail: Any, seen: Any
) -> NDArray[np.uint8]:
    """Return one layer with its finish on, worked out only where the layer holds anything."""
    alpha = rgba[..., 3]
    reach = max(1, round(_EDGE * min(alpha.shape)))
    rows, columns = np.flatnonzero(alpha.max(axis=1)), np.flatnonzero(alpha.max(axis=0))
    if rows.size == 0:
        return rgba
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    cut = np.ascontiguousarray(rgba[box])
    share = cv2.extractChannel(cut, 3)
    # On premultiplied colours the matrix's offset counts by alpha.
    toned = cv2.transform(cut, np.column_stack([colours[:, :3], colours[:, 3] / 255]))
    near = cv2.erode(seen[box], np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    near = cv2.multiply(cv2.GaussianBlur(near, (0, 0), reach / 2), share, scale=1 / 255)
    for change, weight in ((broad[box], share), (detail[box], near)):
        wide = cv2.merge([weight] * 3).astype(np.int16)
        toned = cv2.add(toned, cv2.multiply(change, wide, scale=1 / 255), dtype=cv2.CV_16S)
    above = cv2.threshold(toned, 0, 0, cv2.THRESH_TOZERO)[1]
    painted = cv2.min(above, cv2.merge([share] * 3).astype(np.int16))
    result = rgba.copy()
    result[box][..., :3] = painted
    return result
