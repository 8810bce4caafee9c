"""How painted scenes become sheets: the layers as they were painted, with a frame to move in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.draft.parallax.finished import Finish, finish_layers
from engines.draft.parallax.sheet import Sheet, sheet_from_rgba

if TYPE_CHECKING:
    from engines.draft.scene.spec import SceneSpec

_BLEED = 0.12
_WEATHER_DEPTH = 1.0  # scenes put rain, snow, leaves and fog in front of everything
_FALLING = {"rain": 0.9, "storm": 1.2, "snowfall": 0.06, "fog": 0.0}
_LEAVES_FALLING = 0.04
_OVERSAMPLED_MAX_PIXELS = 1_500_000
_PAINTED_MAX_PIXELS = 2_600_000


class PaintedLayer(Protocol):
    """A layer of a painted scene: `rgba` uint8 (h, w, 4) premultiplied sRGB, `depth` 0.0 far to 1.0 near."""

    @property
    def rgba(self) -> NDArray[np.uint8]:
        """The picture, larger than the frame by the bleed on each side."""

    @property
    def depth(self) -> float:
        """How near it is."""


def sheets_from_scene(spec: SceneSpec, width_px: int, height_px: int) -> list[Sheet]:
    """Paint a planned scene for a frame of that size; return its sheets, back to front, finished in style.

    Frames above 2.6 megapixels are painted smaller and enlarged by the camera, to bound memory.
    """
    from engines.draft.scene.finish import finish
    from engines.draft.scene.layers import paint_layers

    scale = min(1.0, math.sqrt(_PAINTED_MAX_PIXELS / (width_px * height_px)))
    layers = paint_layers(spec, round(width_px * scale), round(height_px * scale), bleed=_BLEED)
    return sheets_from_layers(
        layers, bleed=_BLEED, finish=lambda rgb: finish(spec, rgb, framed=False), fall=_falling_speed(spec)
    )


def _falling_speed(spec: SceneSpec) -> float:
    """Return how fast what is in the air falls, in layer heights per second; bubbles rise, fog stays."""
    if spec.place == "underwater":
        return -0.05
    return _FALLING.get(spec.weather, _LEAVES_FALLING)


def sheets_from_layers(
    layers: Sequence[PaintedLayer], *, bleed: float, finish: Finish | None = None, fall: float = 0.0
) -> list[Sheet]:
    """Return the sheets of painted layers, back to front; the weather, nearest of all, falls at `fall`."""
    pictures = [layer.rgba for layer in layers]
    if pictures[0][..., 3].min() < 255:
        pictures[0] = pictures[0].copy()
        pictures[0][..., 3] = 255  # nothing lies behind the first layer: what is clear becomes black
    if finish is not None:
        pictures = finish_layers(pictures, finish)
    sheets = []
    for rgba, layer in zip(pictures, layers, strict=True):
        frame_pixels = rgba.shape[0] * rgba.shape[1] / (1 + 2 * bleed) ** 2
        # what falls is soft and quick: samples of its own size are enough
        falls = fall != 0.0 and layer.depth >= _WEATHER_DEPTH
        fine = frame_pixels <= _OVERSAMPLED_MAX_PIXELS and not falls
        sheet = sheet_from_rgba(
            rgba,
            depth=layer.depth,
            bleed=bleed,
            oversampling=1.5 if fine else 1.0,
            fall=fall if falls else 0.0,
        )
        if sheet is not None:
            sheets.append(sheet)
    return sheets


def recalled_scene(path: Path) -> SceneSpec | None:
    """Return the plan that a picture of the draft image engine carries, or None for any other picture."""
    from engines.draft.scene.stamp import read_spec

    return read_spec(path)
