from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.draft.parallax.finished import finish_layers

HEIGHT, WIDTH = 120, 200


def layers() -> list[NDArray[np.uint8]]:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    back = np.dstack([60 + x // 2, 90 + y // 2, 200 - x // 2, np.full(x.shape, 255)]).astype(np.uint8)
    disc = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    cv2.circle(disc, (100, 60), 30, (200, 60, 40, 255), -1)
    veil = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    veil[90:] = (100, 100, 100, 128)
    return [back, disc, veil]


def flat(pictures: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
    result = np.zeros((HEIGHT, WIDTH, 3))
    for rgba in pictures:
        result = result * (1 - rgba[..., 3:] / 255) + rgba[..., :3]
    return result


def style(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    shade = 1 - 0.3 * (np.linspace(-1, 1, WIDTH)[None, :, None]) ** 2
    return np.clip((rgb * 0.8 + 20) * shade, 0, 255).astype(np.uint8)


def test_finished_layers_give_the_finished_picture() -> None:
    wanted = style(np.rint(flat(layers())).astype(np.uint8))
    got = flat(finish_layers(layers(), style))
    assert np.abs(got - wanted).mean() < 4


def test_a_finish_that_does_nothing_leaves_layers_as_they_are() -> None:
    for before, after in zip(layers(), finish_layers(layers(), lambda rgb: rgb), strict=True):
        assert np.abs(before.astype(int) - after).max() <= 2


def test_behind_something_no_trace_of_it_is_left() -> None:
    back = finish_layers(layers(), style)[0]
    wanted = style(layers()[0][..., :3].copy())
    hidden = (slice(40, 80), slice(80, 120))
    assert np.abs(back[hidden][..., :3].astype(int) - wanted[hidden]).mean() < 12


def test_colours_never_exceed_what_their_alpha_allows() -> None:
    for rgba in finish_layers(layers(), lambda rgb: np.full_like(rgb, 255)):
        assert (rgba[..., :3] <= rgba[..., 3:]).all()
