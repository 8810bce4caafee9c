"""How painted scenes become sheets: the layers as they were painted, with a frame to move in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.draft.parallax.sheet import Sheet, sheet_from_rgba

if TYPE_CHECKING:
    from engines.draft.scene import SceneSpec

_BLEED = 0.12
_OVERSAMPLED_MAX_PIXELS = 3_000_000


class PaintedLayer(Protocol):
    """A layer of a painted scene: `rgba` uint8 (h, w, 4) premultiplied sRGB, `depth` 0.0 far to 1.0 near."""

    @property
    def rgba(self) -> NDArray[np.uint8]:
        """The picture, larger than the frame by the bleed on each side."""

    @property
    def depth(self) -> float:
        """How near it is."""


def sheets_from_scene(spec: SceneSpec, width_px: int, height_px: int) -> list[Sheet]:
    """Paint a planned scene for a frame of that size and return its sheets, back to front."""
    from engines.draft.scene import paint_layers

    return sheets_from_layers(paint_layers(spec, width_px, height_px, bleed=_BLEED), bleed=_BLEED)


def sheets_from_layers(layers: Sequence[PaintedLayer], *, bleed: float) -> list[Sheet]:
    """Return the sheets of painted layers, back to front."""
    sheets = []
    for index, layer in enumerate(layers):
        rgba = layer.rgba
        if index == 0 and rgba[..., 3].min() < 255:
            rgba = rgba.copy()
            rgba[..., 3] = 255  # nothing lies behind the first layer: what is clear becomes black
        frame_pixels = rgba.shape[0] * rgba.shape[1] / (1 + 2 * bleed) ** 2
        sheet = sheet_from_rgba(
            rgba,
            depth=layer.depth,
            bleed=bleed,
            oversampling=1.5 if frame_pixels <= _OVERSAMPLED_MAX_PIXELS else 1.0,
        )
        if sheet is not None:
            sheets.append(sheet)
    return sheets


def recalled_scene(path: Path) -> Any:
    """Return the plan that a picture of the draft image engine carries, or None for any other picture."""
    from engines.draft.scene import read_spec

    return read_spec(path)
