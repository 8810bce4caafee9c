"""How a scene becomes 4 to 8 sheets at depths, and one picture again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engines.draft.scene.actors import act
from engines.draft.scene.air import foreground, weather
from engines.draft.scene.canvas import View, blank, over
from engines.draft.scene.finish import finish
from engines.draft.scene.palette import Palette, palette_of
from engines.draft.scene.places import place
from engines.draft.scene.spec import Layer, SceneSpec, Subject

_NEAR = 0.68
_AFLOAT = 0.5
_FEWEST, _MOST = 4, 8


def paint_layers(spec: SceneSpec, width_px: int, height_px: int, *, bleed: float) -> list[Layer]:
    """Return 4 to 8 sheets of a scene back to front, larger than the frame by `bleed` on every side.

    Each is uint8, height_px + 2 round(height_px bleed) high, width_px + 2 round(width_px bleed) wide;
    the first is opaque, and each is painted in full behind those in front of it.
    """
    layers = list(each_layer(spec, width_px, height_px, bleed=bleed))
    while len(layers) < _FEWEST:
        # a place of few sheets gets empty ones in front, so that a camera may count on four
        layers.append(Layer(blank(View(width_px, height_px, bleed)), 1.0))
    while len(layers) > _MOST:
        gaps = [after.depth - before.depth for before, after in itertools.pairwise(layers)]
        at = min(range(1, len(gaps)), key=gaps.__getitem__)
        layers[at : at + 2] = [_joined(layers[at], layers[at + 1])]
    return layers


def _joined(back: Layer, front: Layer) -> Layer:
    # premultiplied source over
    keep = (255 - front.rgba[..., 3:]).astype(np.uint16)
    rgba = front.rgba + ((back.rgba * keep + 127) // 255).astype(np.uint8)
    return Layer(np.maximum(rgba, front.rgba), front.depth if front.depth == 1.0 else back.depth)


def each_layer(spec: SceneSpec, width_px: int, height_px: int, *, bleed: float) -> Iterator[Layer]:
    """Yield the sheets of a scene one at a time, for a painter that keeps only one."""
    import cv2

    cv2.setNumThreads(1)
    view, look = View(width_px, height_px, bleed), palette_of(spec)
    cast = _alike(spec.subjects)
    # what floats lies behind the bank or quay in front of it
    afloat = [item for item in cast if item[1].stand == "water"]
    waiting = [afloat, [item for item in cast if item not in afloat]]
    depths = [_AFLOAT, _NEAR]
    for depth, sheet in place(view, spec, look):
        while depths and depth > depths[0]:
            yield from _stage(view, spec, look, waiting.pop(0), depths.pop(0))
        yield Layer(sheet, depth)
    while depths:
        yield from _stage(view, spec, look, waiting.pop(0), depths.pop(0))
    front = foreground(view, spec, look)
    if front is not None:
        yield Layer(front, 0.88)
    falling = weather(view, spec, look)
    if falling is not None:
        yield Layer(falling, 1.0)


def _alike(subjects: tuple[Subject, ...]) -> list[tuple[int, Subject]]:
    """Return the subjects in order, each with how many larger ones look like it."""
    met: dict[str, list[float]] = {}
    for subject in subjects:
        met.setdefault(subject.glyph, []).append(subject.height)
    return [(sum(height > one.height for height in met[one.glyph]), one) for one in subjects]


def _stage(
    view: View, spec: SceneSpec, look: Palette, cast: list[tuple[int, Subject]], depth: float
) -> Iterator[Layer]:
    if cast:
        sheet = blank(view)
        for rank, subject in cast:
            act(sheet, view, spec, look, subject, rank)
        yield Layer(sheet, depth)


def flatten(spec: SceneSpec, layers: list[Layer], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Return the picture that sheets give to a still camera, finished in its style, uint8 (h, w, 3)."""
    image = np.zeros((height_px, width_px, 3), np.uint8)
    for layer in layers:
        lay(image, layer)
    return finish(spec, image)


def lay(image: NDArray[np.uint8], layer: Layer) -> None:
    """Lay the middle of one sheet over a picture, in place."""
    height, width = image.shape[:2]
    top, left = (layer.rgba.shape[0] - height) // 2, (layer.rgba.shape[1] - width) // 2
    over(image, np.ascontiguousarray(layer.rgba[top : top + height, left : left + width]))
