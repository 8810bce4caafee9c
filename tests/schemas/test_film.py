"""A film's size and lengths follow from what was asked."""

from __future__ import annotations

from typing import get_args

import pytest

from schemas.film import AspectRatio, Film, Resolution, frame_size


@pytest.mark.parametrize(
    ("resolution", "aspect_ratio", "size"),
    [
        ("720p", "16:9", (1280, 720)),
        ("720p", "9:16", (720, 1280)),
        ("1080p", "1:1", (1080, 1080)),
        ("720p", "4:5", (720, 900)),
        ("360p", "21:9", (840, 360)),
        ("480p", "16:9", (854, 480)),
        ("2160p", "16:9", (3840, 2160)),
    ],
)
def test_the_shorter_side_is_what_the_resolution_says(
    resolution: str, aspect_ratio: str, size: tuple[int, int]
) -> None:
    assert frame_size(resolution, aspect_ratio) == size


@pytest.mark.parametrize("aspect_ratio", get_args(AspectRatio))
@pytest.mark.parametrize("resolution", get_args(Resolution))
def test_every_frame_has_even_sides_of_the_right_shape(resolution: str, aspect_ratio: str) -> None:
    width_px, height_px = frame_size(resolution, aspect_ratio)
    across, down = map(int, aspect_ratio.split(":"))
    assert width_px % 2 == height_px % 2 == 0
    assert width_px / height_px == pytest.approx(across / down, rel=0.003)


def _film(**fields: object) -> Film:
    return Film.model_validate(fields)


def test_a_film_from_a_brief_lasts_30_s_unless_asked_otherwise() -> None:
    assert _film(brief="x").length_s == 30
    assert _film(brief="x", duration_s=12).length_s == 12


def test_scenes_without_a_length_share_what_is_left() -> None:
    film = _film(
        scenes=[{"picture": "a", "duration_s": 4}, {"picture": "b"}, {"picture": "c"}], duration_s=10
    )
    assert film.scene_durations_s() == (4, 3, 3)
    assert _film(scenes=[{"picture": "a", "duration_s": 4}, {"picture": "b"}]).length_s == 9


def test_music_is_there_unless_it_is_null() -> None:
    assert _film(brief="x").music is not None
    assert _film(brief="x", music=None).music is None
