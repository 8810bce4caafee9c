"""What lies behind a cut-out subject, and which colours it has at its soft edge: both are invented."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[Any]
"""float32 samples (h, w), or (h, w, 3) for colours; wider in the types, as OpenCV's stubs are."""

_SIDEWAYS = 3.0  # how much nearer a place to the side counts than one above or below


def fill_behind(rgb: NDArray[np.uint8], alpha: Gray) -> NDArray[np.uint8]:
    """Return the picture without its subject, uint8 (h, w, 3), the place grown over from around it.

    Near the edge, where a moving camera looks, the surroundings are mirrored inwards: texture goes on;
    deeper inside, colours run together softly. `alpha` is the subject's, float32 (h, w) in 0..1.
    """
    reach = max(2, max(alpha.shape) // 200)
    cut = cv2.dilate((alpha > 0.02).astype(np.uint8), _disc(reach))
    rim = cv2.GaussianBlur(cv2.dilate(cut, _disc(reach)).astype(np.float32), (0, 0), reach / 2)
    gone: Gray = np.maximum(cut, rim).astype(np.float32)
    soft = spread_colours(rgb.astype(np.float32), 1 - gone)
    texture, known = _mirrored(rgb, cut, depth=10 * reach)
    known = cv2.GaussianBlur(known, (0, 0), reach / 2)[..., None]
    filled = texture * known + soft * (1 - known)
    seam = cv2.GaussianBlur(cut.astype(np.float32), (0, 0), 1.0)[..., None]
    return np.clip(np.rint(rgb * (1 - seam) + filled * seam), 0, 255).astype(np.uint8)


def _mirrored(rgb: NDArray[np.uint8], cut: NDArray[Any], depth: int) -> tuple[Gray, Gray]:
    """Return the picture mirrored at the outline of the cut, and where (0..1) that found clean picture.

    The mirror looks for the outline sideways rather than up or down: horizons then go on as they were.
    """
    height, width = cut.shape
    grid = (max(1, width // 2), max(1, round(height * _SIDEWAYS / 2)))
    stretched = cv2.resize(cut, grid, interpolation=cv2.INTER_NEAREST)
    distance, nearest = cv2.distanceTransformWithLabels(
        stretched, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(stretched == 0)
    outline = np.zeros((int(nearest.max()) + 1, 2), np.float32)
    outline[nearest[rows, columns]] = np.stack([columns, rows], axis=1)
    y, x = np.mgrid[0 : grid[1], 0 : grid[0]].astype(np.float32)
    step = (
        2
        * (outline[nearest] - np.stack([x, y], axis=2))
        * np.array([width / grid[0], height / grid[1]], np.float32)
    )
    # Neighbours that found different outlines must not tear the texture between them.
    step = cv2.resize(cv2.GaussianBlur(step, (0, 0), depth / 12), (width, height))
    distance = cv2.resize(distance, (width, height)) * (width / grid[0])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    from_x, from_y = x + step[..., 0], y + step[..., 1]
    texture = cv2.remap(rgb, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    taken = cv2.remap(cut, from_x, from_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=1)
    fade = np.clip(2 - distance / depth, 0, 1)
    return texture.astype(np.float32), (fade * (taken == 0)).astype(np.float32)


def _disc(radius: int) -> NDArray[Any]:
    disc: NDArray[Any] = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return disc


def solid_colours(rgb: NDArray[np.uint8], alpha: Gray) -> Gray:
    """Return float32 (h, w, 3): the colours of the subject, grown over its soft edge to prevent halos."""
    sure = np.clip((alpha - 0.85) / 0.15, 0, 1).astype(np.float32)
    return spread_colours(rgb.astype(np.float32), sure)


def spread_colours(rgb: Gray, weight: Gray) -> Gray:
    """Return float32 (h, w, 3): known colours kept, unknown places filled from around them by pull and push.

    `weight` is float32 (h, w) in 0..1. Source: Gortler et al., The Lumigraph (1996), section 3.4.
    """
    height, width = weight.shape
    if min(height, width) <= 2:
        total = max(float(weight.sum()), 1e-6)
        mean = (rgb * weight[..., None]).sum(axis=(0, 1)) / total
        return np.broadcast_to(mean, rgb.shape).astype(np.float32)
    size = ((width + 1) // 2, (height + 1) // 2)
    pulled = cv2.resize(rgb * weight[..., None], size, interpolation=cv2.INTER_AREA)
    amount = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    coarse = pulled / np.maximum(amount, 1e-6)[..., None]
    coarse = spread_colours(coarse, np.minimum(1, amount * 4))
    pushed = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    share = weight[..., None]
    filled: Gray = (rgb * share + pushed * (1 - share)).astype(np.float32)
    return filled
