"""What stands out in a flat picture, where its edges are, and what may lie behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_WORK_SIDE_PX = 224  # saliency and segmentation see the picture at this size
_AREA = (0.02, 0.5)  # shares of the frame a subject may take
_MIN_CONTRAST = 14.0  # colour steps in Lab across the contour
_CUT_STEPS = 4

Gray = NDArray[Any]
"""float32 samples (h, w), or (h, w, 3) for colours; wider in the types, as OpenCV's stubs are."""

Mask = NDArray[Any]
"""bool or uint8 (h, w)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that stands out: `alpha` is float32 (height, width) in 0..1."""

    alpha: Gray


def find_subject(rgb: NDArray[np.uint8]) -> Subject | None:
    """Return the one thing that stands out of an sRGB picture, uint8 (h, w, 3), or None if nothing does.

    Colour distance from the frame's rim seeds GrabCut (Rother et al., 2004); what it cuts must be compact, of
    sensible size and really differ from what surrounds it. The mask is fitted to the picture's own edges with
    a guided filter (He et al., 2013).
    """
    height, width = rgb.shape[:2]
    scale = _WORK_SIDE_PX / max(height, width)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small: NDArray[Any] = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    mask = _cut(small, _saliency(lab))
    if mask is None:
        return None
    mask = _largest(mask)
    if not _stands_out(mask, lab):
        return None
    rough = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    alpha = _fit_to_edges(rough, rgb)
    return Subject(alpha) if float((alpha > 0.5).mean()) >= _AREA[0] / 2 else None


def _saliency(lab: Gray) -> Gray:
    """Return float32 (h, w) in 0..1: how far each colour is from those at the left, right and top rim."""
    height, width = lab.shape[:2]
    rim = max(2, min(height, width) // 16)
    samples = np.concatenate(
        [lab[:rim].reshape(-1, 3), lab[:, :rim].reshape(-1, 3), lab[:, -rim:].reshape(-1, 3)]
    )
    # Rim colours in coarse bins of Lab; a pixel is as salient as its distance to the nearest common bin.
    bins, counts = np.unique(np.round(samples / 12).astype(np.int32), axis=0, return_counts=True)
    common = bins[counts >= 0.01 * len(samples)].astype(np.float32) * 12
    if len(common) == 0:
        common = samples.mean(axis=0, keepdims=True)
    flat = lab.reshape(-1, 1, 3)
    distance = np.sqrt(((flat - common[None]) ** 2).sum(axis=2)).min(axis=1).reshape(height, width)
    distance = cv2.GaussianBlur(distance.astype(np.float32), (0, 0), 2.0)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    centred = distance * np.exp(-(x**2) * 0.9 - y**2 * 0.5)
    top = float(np.percentile(centred, 98))
    salient: Gray = np.clip(centred / max(top, 12.0), 0, 1).astype(np.float32)
    return salient


def _cut(small: NDArray[np.uint8], saliency: Gray) -> NDArray[Any] | None:
    """Return what GrabCut takes for foreground, starting from the salient part; None without such a part."""
    seeds: NDArray[Any] = np.full(saliency.shape, cv2.GC_PR_BGD, np.uint8)
    seeds[saliency < 0.12] = cv2.GC_BGD
    seeds[saliency > 0.45] = cv2.GC_PR_FGD
    seeds[saliency > 0.85] = cv2.GC_FGD
    seeds[:2] = seeds[:, :2] = seeds[:, -2:] = cv2.GC_BGD
    share = float((seeds & 1).mean())
    if not _AREA[0] / 2 <= share <= _AREA[1] or not (seeds % 2 == 0).any():
        return None
    cv2.setRNGSeed(1)  # GrabCut clusters colours with the library's own random numbers
    cv2.grabCut(
        cv2.cvtColor(small, cv2.COLOR_RGB2BGR),
        seeds,
        (0, 0, 0, 0),  # ignored: the mask seeds
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        _CUT_STEPS,
        cv2.GC_INIT_WITH_MASK,
    )
    cut: NDArray[Any] = (seeds & 1).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    cut = cv2.morphologyEx(cv2.morphologyEx(cut, cv2.MORPH_OPEN, disc), cv2.MORPH_CLOSE, disc)
    return cut.astype(bool)


def _largest(mask: NDArray[Any]) -> NDArray[Any]:
    """Return the largest connected part, its holes closed."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    part = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~part).astype(np.uint8), connectivity=4)
    small = [index for index in range(1, count) if stats[index, cv2.CC_STAT_AREA] < 0.01 * mask.size]
    closed: Mask = part | np.isin(labels, small)
    return closed


def _stands_out(mask: NDArray[Any], lab: Gray) -> bool:
    """Say whether a cut is worth moving: sensible size, compact, and different from its surroundings."""
    share = float(mask.mean())
    if not _AREA[0] <= share <= _AREA[1]:
        return False
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    hull = cv2.contourArea(cv2.convexHull(outline))
    if hull <= 0 or mask.sum() / hull < 0.5:
        return False
    ring = np.ones((9, 9), np.uint8)
    bits = mask.astype(np.uint8)
    outside = cv2.dilate(bits, ring).astype(bool) & ~mask
    inside = mask & ~cv2.erode(bits, ring).astype(bool)
    if not outside.any() or not inside.any():
        return False
    # Contrast right at the contour, place by place: local means on both sides.
    box = (9, 9)
    means = []
    for side in (inside, outside):
        weight = cv2.blur(side.astype(np.float32), box)
        means.append(cv2.blur(lab * side[..., None], box) / np.maximum(weight, 1e-3)[..., None])
    rim = cv2.dilate(bits, np.ones((3, 3), np.uint8)).astype(bool) & ~mask
    steps = np.sqrt(((means[0] - means[1]) ** 2).sum(axis=2))[rim]
    return bool(steps.size and np.percentile(steps, 30) >= _MIN_CONTRAST)


def _fit_to_edges(rough: Gray, rgb: NDArray[np.uint8]) -> Gray:
    """Return the mask with its edges on those of the picture: a guided filter, solved at half size."""
    height, width = rough.shape
    half = (max(1, width // 2), max(1, height // 2))
    guide: NDArray[Any] = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    g = cv2.resize(guide, half, interpolation=cv2.INTER_AREA)
    p = cv2.resize(rough, half, interpolation=cv2.INTER_AREA)
    radius = max(3, max(half) // 110)
    box = (2 * radius + 1, 2 * radius + 1)
    mean_g, mean_p = cv2.blur(g, box), cv2.blur(p, box)
    spread = cv2.blur(g * g, box) - mean_g * mean_g
    slope: Gray = (cv2.blur(g * p, box) - mean_g * mean_p) / (spread + 1e-4)
    level: Gray = mean_p - slope * mean_g
    slope = cv2.resize(cv2.blur(slope, box), (width, height), interpolation=cv2.INTER_LINEAR)
    level = cv2.resize(cv2.blur(level, box), (width, height), interpolation=cv2.INTER_LINEAR)
    alpha = np.clip((slope * guide + level - 0.15) / 0.7, 0, 1)
    # Never farther from the rough cut than a few pixels: texture inside must not make holes.
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4 * radius + 1, 4 * radius + 1))
    hard = (rough > 0.5).astype(np.uint8)
    alpha = np.where(cv2.dilate(hard, reach) > 0, alpha, 0)
    alpha = np.where(cv2.erode(hard, reach) > 0, 1, alpha)
    return cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), 0.8)
