"""How a scene becomes 4 to 8 sheets at depths, and one picture again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engines.draft.scene.actors import act
from engines.draft.scene.air import foreground, weather
from engines.draft.scene.canvas import View, blank, over
from engines.draft.scene.finish import finish
from engines.draft.scene.palette import palette_of
from engines.draft.scene.places import place
from engines.draft.scene.spec import Layer, SceneSpec

STAGES = 8
_NEAR = 0.68
_FAR = 0.5


def paint_layers(spec: SceneSpec, width_px: int, height_px: int, *, bleed: float) -> list[Layer]:
    """Return the sheets of a scene back to front, 4 to 8, each larger than the frame by `bleed` on every side.

    Each is uint8 (height_px + 2 round(height_px bleed), width_px + 2 round(width_px bleed), 4), premultiplied sRGB;
    the first is opaque, and each is painted in full behind those in front of it.
    """
    layers = list(each_layer(spec, width_px, height_px, bleed=bleed))
    while len(layers) < 4:
        # a place of few sheets gets empty ones in front, so that a camera may count on four
        layers.append(Layer(blank(View(width_px, height_px, bleed)), 1.0))
    return layers


def each_layer(spec: SceneSpec, width_px: int, height_px: int, *, bleed: float) -> Iterator[Layer]:
    """Yield the sheets of a scene one at a time, for a painter that keeps only one."""
    import cv2

    cv2.setNumThreads(1)
    view, look = View(width_px, height_px, bleed), palette_of(spec)
    behind = [(rank, subject) for rank, subject in enumerate(spec.subjects) if subject.stand == "air" and spec.place not in {"space", "sky"}]
    ahead = [(rank, subject) for rank, subject in enumerate(spec.subjects) if (rank, subject) not in behind]
    floor = max((depth for depth, _ in ((0.55, None),)), default=0.55)
    waiting: list[Layer] = []
    for depth, sheet in place(view, spec, look):
        if depth > _NEAR:
            waiting.append(Layer(sheet, depth))
        else:
            yield Layer(sheet, depth)
    _ = floor
    if behind or ahead:
        sheet = blank(view)
        for rank, subject in [*behind, *ahead]:
            act(sheet, view, spec, look, subject, rank)
        yield Layer(sheet, _NEAR)
    yield from waiting
    front = foreground(view, spec, look)
    if front is not None:
        yield Layer(front, 0.88)
    falling = weather(view, spec, look)
    if falling is not None:
        yield Layer(falling, 1.0)


def flatten(spec: SceneSpec, layers: list[Layer], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Return the picture that sheets give when the camera stands still, finished in its style, uint8 (h, w, 3)."""
    image = np.zeros((height_px, width_px, 3), np.uint8)
    for layer in layers:
        lay(image, layer)
    return finish(spec, image)


def lay(image: NDArray[np.uint8], layer: Layer) -> None:
    """Lay the middle of one sheet over a picture, in place."""
    height, width = image.shape[:2]
    top, left = (layer.rgba.shape[0] - height) // 2, (layer.rgba.shape[1] - width) // 2
    over(image, np.ascontiguousarray(layer.rgba[top : top + height, left : left + width]))
