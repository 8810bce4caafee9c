"""What painted sheets promise to a camera."""

from __future__ import annotations

import numpy as np
import pytest

from engines.draft.scene.finish import finish
from engines.draft.scene.layers import flatten, paint_layers
from engines.draft.scene.plan import _HORIZONS, plan_scene

PLACES = {
    "harbour": "harbour", "sea": "sea", "beach": "beach", "cliff": "cliff", "island": "island",
    "underwater": "underwater", "arctic": "arctic",
    "mountains": "mountains", "jungle": "jungle", "forest": "forest", "desert": "desert",
    "street": "street", "city": "city", "village": "village",
    "river": "river", "lake": "lake", "garden": "garden", "field": "field", "greenhouse": "greenhouse",
    "room": "kitchen", "planet": "planet",
    "space": "outer space", "sky": "above the clouds",
}  # fmt: skip


def test_every_place_has_a_word() -> None:
    assert set(PLACES) == set(_HORIZONS)


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("weather", ["clear", "storm at night", "snowing, winter"])
def test_every_place_gives_four_to_eight_sheets_back_to_front(place: str, weather: str) -> None:
    spec = plan_scene(f"a whale and a balloon, {PLACES[place]}, {weather}", style=None, seed=4)
    assert spec.place == place
    layers = paint_layers(spec, 160, 90, bleed=0.1)
    assert 4 <= len(layers) <= 8
    assert [layer.depth for layer in layers] == sorted(layer.depth for layer in layers)
    assert layers[0].depth == 0.0
    assert all(layer.rgba.shape == (108, 192, 4) and layer.rgba.dtype == np.uint8 for layer in layers)
    assert (layers[0].rgba[..., 3] == 255).all()
    assert all((layer.rgba[..., :3] <= layer.rgba[..., 3:]).all() for layer in layers)


def test_the_frame_is_the_middle_of_the_sheets_whatever_the_bleed() -> None:
    spec = plan_scene("a fox in a field", style=None, seed=2)
    tight, wide = (flatten(spec, paint_layers(spec, 320, 180, bleed=bleed), 320, 180) for bleed in (0.0, 0.2))
    assert np.abs(tight.astype(int) - wide.astype(int)).mean() < 6


def test_a_picture_is_alike_at_every_size() -> None:
    import cv2

    spec = plan_scene("a lighthouse on a cliff, clear day", style=None, seed=2)
    small, large = (
        flatten(spec, paint_layers(spec, w, h, bleed=0.0), w, h) for w, h in ((320, 180), (640, 360))
    )
    assert np.abs(cv2.resize(large, (320, 180), interpolation=cv2.INTER_AREA).astype(int) - small).mean() < 9


def test_styles_differ_and_finish_is_steady() -> None:
    pictures = []
    for style in (None, "cartoon", "realistic", "watercolor", "anime", "oil-painting", "pixel-art"):
        spec = plan_scene("a fox in a field at sunset", style=style, seed=2)
        pictures.append(flatten(spec, paint_layers(spec, 256, 144, bleed=0.0), 256, 144).astype(int))
        again = finish(spec, pictures[-1].astype(np.uint8))
        assert (again == finish(spec, pictures[-1].astype(np.uint8))).all()
    for first in range(len(pictures)):
        for second in range(first):
            assert np.abs(pictures[first] - pictures[second]).mean() > 2.5


def test_a_subject_stands_out_from_the_same_scene_without_it() -> None:
    from dataclasses import replace

    spec = plan_scene("close-up of a fox in a field", style=None, seed=2)
    with_fox, without = (
        flatten(s, paint_layers(s, 256, 144, bleed=0.0), 256, 144).astype(int)
        for s in (spec, replace(spec, subjects=()))
    )
    changed = np.abs(with_fox - without).max(axis=2) > 40
    assert 0.05 < changed.mean() < 0.6


@pytest.mark.parametrize("size", [(16, 16), (16, 900), (900, 16), (33, 57), (1, 1)])
def test_odd_sizes_are_painted(size: tuple[int, int]) -> None:
    for style in (None, "watercolor", "oil-painting", "pixel-art", "cartoon"):
        spec = plan_scene("a girl with an umbrella and a whale in a harbour, rain", style=style, seed=1)
        assert flatten(spec, paint_layers(spec, *size, bleed=0.1), *size).shape == (size[1], size[0], 3)
