from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.draft.parallax.camera import camera_path, matrix, place
from engines.draft.parallax.render import Renderer
from engines.draft.parallax.sheet import sheet_from_rgba
from engines.media.encode import Planes

WIDTH, HEIGHT, BLEED = 320, 180, 0.12
FULL = (round(HEIGHT * (1 + 2 * BLEED)), round(WIDTH * (1 + 2 * BLEED)))


def planes() -> Planes:
    half = (HEIGHT // 2, WIDTH // 2)
    return Planes(np.zeros((HEIGHT, WIDTH), np.uint8), np.zeros(half, np.uint8), np.zeros(half, np.uint8))


def layer(rgb: tuple[int, int, int], alpha: NDArray[np.float64] | float = 1.0) -> NDArray[np.uint8]:
    share = np.broadcast_to(np.asarray(alpha, float), FULL)[..., None]
    rgba: NDArray[np.uint8] = np.rint(np.concatenate([share * rgb, share * 255], axis=2)).astype(np.uint8)
    return rgba


def renderer(layers: list[tuple[NDArray[np.uint8], float]], motion: str = "static") -> Renderer:
    sheets = [sheet_from_rgba(rgba, depth=depth, bleed=BLEED) for rgba, depth in layers]
    found = [sheet for sheet in sheets if sheet is not None]
    return Renderer(found, camera_path(motion, 5.0), width_px=WIDTH, height_px=HEIGHT, duration_s=5.0)


def test_half_transparent_white_over_black_is_grey() -> None:
    out = planes()
    renderer([(layer((0, 0, 0)), 0.0), (layer((255, 255, 255), 0.5), 0.5)]).draw(0.0, out)
    assert np.abs(out.y.astype(int) - round(16 + 219 * 128 / 255)).max() <= 1
    assert np.abs(out.u.astype(int) - 128).max() <= 1
    assert np.abs(out.v.astype(int) - 128).max() <= 1


def test_an_invisible_layer_is_left_out() -> None:
    assert sheet_from_rgba(layer((9, 9, 9), 0.0), depth=0.5, bleed=BLEED) is None


@pytest.mark.parametrize("motion", ["push-in", "orbit", "pan-left", "tilt-up"])
def test_leaving_out_what_is_hidden_changes_nothing(motion: str) -> None:
    y = np.arange(FULL[0])[:, None] / FULL[0]
    x = np.arange(FULL[1])[None] / FULL[1]
    hill = np.clip((y - 0.5 - 0.1 * np.sin(9 * x)) * FULL[0], 0, 1)
    ground = np.clip((y - 0.7 - 0.02 * np.sin(30 * x)) * FULL[0], 0, 1)
    layers = [
        (layer((90, 140, 220)), 0.0),
        (layer((60, 120, 60), hill), 0.4),
        (layer((30, 60, 20), ground), 0.9),
    ]
    quick, plain = renderer(layers, motion), renderer(layers, motion)
    plain._covered_row = lambda *_: HEIGHT  # type: ignore[method-assign]
    for t in (0.0, 0.37, 1.0):
        a, b = planes(), planes()
        quick.draw(t, a)
        plain.draw(t, b)
        assert np.abs(a.y.astype(int) - b.y.astype(int)).max() <= 1


def test_a_hard_edge_keeps_no_fringe_of_another_colour() -> None:
    x = np.arange(FULL[1])[None]
    wall = np.clip(x - 200.3, 0, 1) * np.ones((FULL[0], 1))
    out = planes()
    renderer([(layer((120, 90, 60)), 0.0), (layer((120, 90, 60), wall), 0.8)], "orbit").draw(0.3, out)
    for plane in (out.y, out.u, out.v):
        assert int(plane.max()) - int(plane.min()) <= 3


def test_falling_things_go_round_and_leave_no_gap() -> None:
    y, x = np.mgrid[0 : FULL[0], 0 : FULL[1]]
    drops = np.sin(2 * np.pi * 8 * y / FULL[0]) * 0.5 + 0.5 + 0 * x
    back = sheet_from_rgba(layer((0, 0, 0)), depth=0.0, bleed=BLEED)
    rain = sheet_from_rgba(layer((255, 255, 255), drops), depth=1.0, bleed=BLEED, fall=0.5)
    assert back is not None
    assert rain is not None
    drawn = Renderer(
        [back, rain], camera_path("static", 2.0), width_px=WIDTH, height_px=HEIGHT, duration_s=2.0
    )
    seen = []
    for step in range(17):  # two seconds at half a height a second: once round
        out = planes()
        drawn.draw(step / 16, out)
        seen.append(out.y.astype(int)[:, WIDTH // 2])
    assert np.abs(seen[0] - seen[16]).max() <= 1
    # Half a wave a step: what was light gets dark, in every row, also where the copies meet.
    for before, after in itertools.pairwise(seen):
        assert np.abs(before + after - (16 + 235)).max() <= 6


@pytest.mark.parametrize("motion", ["push-in", "pan-left", "orbit", "drift", "tilt-down"])
def test_motion_has_no_jitter(motion: str) -> None:
    y, x = np.mgrid[0 : FULL[0], 0 : FULL[1]]
    waves = sum(
        np.sin(x * np.cos(a) * f + y * np.sin(a) * f + a) for a, f in ((0.3, 0.2), (1.7, 0.3), (2.6, 0.25))
    )
    rgba = np.dstack([np.rint(128 + 42 * waves)] * 3 + [np.full(FULL, 255.0)]).astype(np.uint8)
    sheet = sheet_from_rgba(rgba, depth=0.6, bleed=BLEED)
    assert sheet is not None
    path = camera_path(motion, 5.0)
    drawn = Renderer([sheet], path, width_px=WIDTH, height_px=HEIGHT, duration_s=5.0)
    inner = (slice(20, -20), slice(20, -20))
    points = np.stack([grid[inner] for grid in np.mgrid[0:HEIGHT, 0:WIDTH][::-1]], axis=-1)
    errors, before, was = [], None, None
    for t in np.linspace(0.05, 0.45, 49):
        out = planes()
        drawn.draw(t, out)
        now = out.y.astype(float)
        at = matrix(sheet, place(sheet, path(t), t * 5.0, drawn.crop), WIDTH, HEIGHT)
        if before is not None and was is not None:
            # What is at p now was at p + moved one frame ago; what is left over is jitter.
            moved = np.linalg.solve(
                was[:, :2], (at[:, :2] @ points[..., None])[..., 0, None] + (at - was)[:, 2:]
            )
            moved = moved[..., 0] - points
            slope = np.stack(
                [(a + b)[inner] / 2 for a, b in zip(_slopes(now), _slopes(before), strict=True)], axis=-1
            )
            left = (now - before)[inner] - (slope * moved).sum(axis=-1)
            flat = slope.reshape(-1, 2)
            errors.append(np.linalg.solve(flat.T @ flat, flat.T @ left.ravel()))
        before, was = now, at
    assert np.sqrt((np.array(errors) ** 2).sum(axis=1).mean()) <= 0.01


def _slopes(picture: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the derivatives to x and y, by a five-point stencil."""
    return tuple(  # type: ignore[return-value]
        (
            np.roll(picture, 2, axis)
            - 8 * np.roll(picture, 1, axis)
            + 8 * np.roll(picture, -1, axis)
            - np.roll(picture, -2, axis)
        )
        / 12
        for axis in (1, 0)
    )
