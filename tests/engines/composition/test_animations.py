"""Animated pictures are repeated as browsers do; films hold their last picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw

from engines.composition.animations import repeated

COLOURS = [(220, 40, 40), (40, 200, 40), (40, 40, 220), (220, 220, 40)]


def animation(path: Path, **options: Any) -> Path:
    """Write four colours of a quarter of a second."""
    pictures = [Image.new("RGB", (64, 36), colour) for colour in COLOURS]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=250, **options)
    return path


def colours(result: Any) -> list[int]:
    """Return which of the four colours each frame of a film is."""
    found = []
    with av.open(str(result.products[0].path)) as container:
        for frame in container.decode(video=0):
            pixels = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
            seen = np.asarray(pixels, np.int32)[8:-8, 8:-8].reshape(-1, 3).mean(axis=0)
            found.append(int(np.abs(np.array(COLOURS) - seen).sum(axis=1).argmin()))
    return found


def shown(bench: Any, path: Path, duration_s: float, **clip: Any) -> list[int]:
    clip = {"file": path, "duration_s": duration_s, "fit": "fill", **clip}
    return colours(bench.compose([{"kind": "video", "clips": [clip]}], size=(64, 36), fps=8))


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
def test_an_animation_that_repeats_for_ever_is_repeated_as_long_as_its_clip_lasts(
    bench: Any, name: str
) -> None:
    path = animation(bench.folder / name, loop=0)
    assert shown(bench, path, 5.0) == [0, 0, 1, 1, 2, 2, 3, 3] * 5
    assert shown(bench, path, 1.0, trim_in_s=0.5, speed=2.0) == [2, 3, 0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize(
    ("name", "options", "times"), [("a.gif", {}, 1), ("b.gif", {"loop": 1}, 2), ("a.webp", {"loop": 2}, 2)]
)
def test_an_animation_that_says_how_often_holds_its_last_picture_then(
    bench: Any, name: str, options: dict[str, Any], times: int
) -> None:
    found = shown(bench, animation(bench.folder / name, **options), 3.0)
    assert found == [0, 0, 1, 1, 2, 2, 3, 3] * times + [3] * (24 - 8 * times)


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
def test_an_animation_without_a_duration_lasts_once(bench: Any, name: str) -> None:
    path = animation(bench.folder / name, loop=0)
    assert colours(
        bench.compose([{"kind": "video", "clips": [{"file": path, "fit": "fill"}]}], size=(64, 36), fps=8)
    ) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_pictures_that_are_parts_of_those_before_are_laid_over_them_after_a_repeat(bench: Any) -> None:
    pictures = []
    for count in range(20):
        picture = Image.new("P", (80, 36), 0)
        picture.putpalette([0, 0, 0, 255, 255, 255])
        ImageDraw.Draw(picture).rectangle((0, 0, 4 * count + 3, 36), fill=1)
        pictures.append(picture)
    path = bench.folder / "a.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=250, loop=0, optimize=False)
    clip = {"file": path, "duration_s": 10.0, "fit": "fill"}
    result = bench.compose([{"kind": "video", "clips": [clip]}], size=(80, 36), fps=4)
    with av.open(str(result.products[0].path)) as container:
        widths = [
            round(float((frame.to_ndarray(format="gray")[18] > 128).sum()) / 4)
            for frame in container.decode(video=0)
        ]
    assert widths == [count + 1 for count in range(20)] * 2


def test_a_film_holds_its_last_picture(bench: Any) -> None:
    def paint(number: int) -> Any:
        return np.full((36, 64, 3), COLOURS[min(3, number // 2)], np.uint8)

    path = bench.film("a.mp4", paint, 8, fps=8)
    assert shown(bench, path, 2.0) == [0, 0, 1, 1, 2, 2, 3, 3] + [3] * 8


@pytest.mark.parametrize(
    ("moment_s", "plays", "seen_s"),
    [
        (0.4, 0, 0.4),
        (1.5, 0, 0.5),
        (7.25, 0, 0.25),
        (1.5, 2, 0.5),
        (2.5, 2, 1.0),
        (1.5, 1, 1.0),
        (1.5, None, 1.5),
    ],
)
def test_the_moment_of_an_animation_is_that_of_its_pass(
    moment_s: float, plays: int | None, seen_s: float
) -> None:
    assert repeated(moment_s, 1.0, plays) == seen_s
