from __future__ import annotations

import itertools

import numpy as np
import pytest

from catalog.motions import MOTIONS
from engines.draft.parallax.camera import camera_path, ease, matrix, needed_crop, place
from engines.draft.parallax.sheet import Sheet

IDS = [motion.id for motion in MOTIONS]


def sheet(depth: float, *, bleed: float = 0.0, tilt: float = 0.0) -> Sheet:
    size = (round(320 * (1 + 2 * bleed)), round(180 * (1 + 2 * bleed)))
    samples = np.zeros((size[1], size[0], 4), np.uint8)
    return Sheet(samples, size[0], size[1], 0, 0, bleed=bleed, depth=depth, tilt=tilt)


def test_easing_starts_and_ends_at_rest_and_never_jerks() -> None:
    places = np.array([ease(t) for t in np.linspace(0, 1, 2001)])
    speed = np.diff(places) * 2000
    assert places[0] == 0.0
    assert places[-1] == 1.0
    assert speed.min() >= -1e-9
    assert speed[0] < 0.01
    assert speed[-1] < 0.01
    assert speed.max() < 1.5
    assert np.abs(np.diff(speed)).max() < 0.01


@pytest.mark.parametrize("motion", IDS)
def test_paths_are_smooth(motion: str) -> None:
    path = camera_path(motion, 5.0)
    poses = np.array([[(p := path(t)).x, p.y, p.dolly, p.zoom] for t in np.linspace(0, 1, 121)])
    assert np.abs(np.diff(poses, 2, axis=0)).max() < 2e-4


@pytest.mark.parametrize("motion", IDS)
@pytest.mark.parametrize("duration_s", [0.2, 5.0, 60.0])
def test_no_edge_of_any_sheet_enters_the_frame(motion: str, duration_s: float) -> None:
    sheets = [sheet(0.0, bleed=0.1), sheet(0.2, tilt=0.4), sheet(0.5, bleed=0.12), sheet(1.0, bleed=0.12)]
    path = camera_path(motion, duration_s)
    crop = needed_crop(sheets, path, duration_s)
    assert crop < 1.25
    for t, one in itertools.product(np.linspace(0, 1, 97), sheets):
        to_samples = matrix(one, place(one, path(t), t * duration_s, crop), 320, 180)
        for x, y in itertools.product((-0.5, 319.5), (-0.5, 179.5)):
            u, v = to_samples @ (x, y, 1.0)
            assert -0.6 <= u <= one.width - 0.4
            assert -0.6 <= v <= one.height - 0.4


def test_a_still_camera_leaves_pixels_where_they_are() -> None:
    one = sheet(0.7)
    still = place(one, camera_path("static", 5.0)(0.4), 2.0, 1.0)
    assert matrix(one, still, 320, 180) == pytest.approx(np.array([[1.0, 0, 0], [0, 1.0, 0]]))


def test_near_sheets_move_more_than_far_ones() -> None:
    path = camera_path("pan-right", 5.0)
    shifts = [place(sheet(depth), path(1.0), 5.0, 1.0).shift_x for depth in (0.0, 0.5, 1.0)]
    assert 0 < shifts[0] < shifts[1] < shifts[2]


def test_an_orbit_moves_far_and_near_in_opposite_directions() -> None:
    pose = camera_path("orbit", 5.0, seed=1)(1.0)
    far, near = (place(sheet(depth), pose, 5.0, 1.0).shift_x for depth in (0.0, 1.0))
    assert far * near < 0
