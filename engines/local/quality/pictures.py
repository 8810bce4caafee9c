"""What is measured of the pictures of an asset, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Fault = tuple[str, str, str]
"""A code, what follows (review or fail), and a sentence."""

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_DARK, _BRIGHT = 16.0, 250.0
_BLACK_MEAN = 6.0
_SOFT, _FLAT, _CRUSHED = 0.05, 0.1, 0.6


def measured(rgb: NDArray[np.uint8]) -> dict[str, float]:
    """Return what is measured of one picture, (height, width, 3).

    - `brightness`, `contrast`: mean, and range between the darkest and the brightest hundredth, of 1.
    - `sharpness`: how steep the steepest hundredth is, of the contrast in one pixel: a hard edge has 0.5.
    - `dark`, `bright`: parts of the picture that are nearly black and nearly white.
    """
    luma = rgb.astype(np.float32) @ _LUMA
    low, high = np.percentile(luma, (1, 99))
    span = float(high - low)
    steep = 0.0
    if min(luma.shape) > 2 and span >= 1.0:
        down, across = np.gradient(luma)
        steep = float(np.percentile(np.hypot(down, across), 99)) / span
    return {
        "brightness": float(luma.mean()) / 255,
        "contrast": span / 255,
        "sharpness": min(1.0, steep),
        "dark": float((luma < _DARK).mean()),
        "bright": float((luma > _BRIGHT).mean()),
        "black": float(luma.mean() < _BLACK_MEAN),
    }


def together(pictures: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each number over the pictures of a film; of `black` the part of them that is."""
    found = {}
    for name in pictures[0]:
        values = [picture[name] for picture in pictures]
        found[name] = float(np.mean(values) if name == "black" else np.median(values))
    return {name: round(value, 3) for name, value in found.items()}


def faults(scores: dict[str, float]) -> list[Fault]:
    """Return what is wrong with pictures that measure so."""
    if scores["black"] == 1.0:
        return [("black", "fail", "the whole picture is black")]
    found: list[Fault] = []
    if scores["black"] > 0.2:
        found.append(("black", "review", f"{scores['black']:.0%} of the pictures looked at are black"))
    if scores["contrast"] < _FLAT:
        found.append(("flat", "review", f"hardly any contrast: {scores['contrast']:.2f} of 1"))
    elif scores["sharpness"] < _SOFT:
        found.append(
            ("blurred", "review", f"no sharp edge anywhere: {scores['sharpness']:.3f}, and 0.5 is a hard one")
        )
    if scores["dark"] > _CRUSHED:
        found.append(("underexposed", "review", f"{scores['dark']:.0%} of the picture is nearly black"))
    if scores["bright"] > _CRUSHED:
        found.append(("overexposed", "review", f"{scores['bright']:.0%} of the picture is nearly white"))
    return found
