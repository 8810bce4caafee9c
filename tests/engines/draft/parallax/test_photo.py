from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engines.draft.parallax.behind import fill_behind, spread_colours
from engines.draft.parallax.camera import camera_path
from engines.draft.parallax.ground import find_horizon
from engines.draft.parallax.photo import sheets_from_photo
from engines.draft.parallax.picture import read_picture
from engines.draft.parallax.render import Renderer
from engines.draft.parallax.subject import find_subject
from engines.media.encode import Planes
from runtime.errors import AssetInvalid

WIDTH, HEIGHT = 480, 320


def landscape() -> NDArray[np.uint8]:
    y = np.linspace(0, 1, HEIGHT)[:, None, None]
    sky = np.array([120, 160, 220]) * (1 - y) + np.array([200, 210, 230]) * y
    rng = np.random.default_rng(2)
    grass = np.array([70, 110, 50]) + 40 * cv2.resize(rng.random((60, 90)), (WIDTH, HEIGHT))[..., None]
    return np.clip(np.where(y > 0.6, grass, sky + 0 * grass), 0, 255).astype(np.uint8)


def with_subject() -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    mask = np.zeros((HEIGHT, WIDTH))
    cv2.ellipse(mask, (230, 170), (50, 90), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    picture = landscape() * (1 - mask[..., None]) + np.array([200, 40, 30]) * mask[..., None]
    return picture.astype(np.uint8), mask


def test_a_clear_subject_is_found_with_its_edges() -> None:
    picture, mask = with_subject()
    found = find_subject(picture)
    assert found is not None
    assert np.abs(found.alpha - mask).mean() < 0.012


@pytest.mark.parametrize("kind", ["sky", "plain", "noise", "tiny"])
def test_a_picture_without_a_clear_subject_stays_whole(kind: str) -> None:
    picture = {
        "sky": landscape()[: HEIGHT // 2],
        "plain": np.full((HEIGHT, WIDTH, 3), 90, np.uint8),
        "noise": np.random.default_rng(4).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8),
        "tiny": np.full((16, 16, 3), 9, np.uint8),
    }[kind]
    assert find_subject(picture) is None
    assert len(sheets_from_photo(picture)) == 1


def test_a_horizon_is_found_and_ground_and_sky_meet_without_a_seam() -> None:
    picture = landscape()
    assert find_horizon(picture) == pytest.approx(0.6, abs=0.01)
    sheets = sheets_from_photo(picture)
    assert len(sheets) == 2
    drawn = Renderer(sheets, camera_path("pan-left", 5.0), width_px=WIDTH, height_px=HEIGHT, duration_s=5.0)
    y = np.zeros((HEIGHT, WIDTH), np.uint8)
    half = np.zeros((2, HEIGHT // 2, WIDTH // 2), np.uint8)
    drawn.draw(1.0, Planes(y, half[0], half[1]))
    rows = np.abs(np.diff(y.astype(int).mean(axis=1)))
    assert int((rows > 20).sum()) <= 3  # the horizon itself and nothing else


def test_behind_the_subject_nothing_of_it_is_left() -> None:
    picture, mask = with_subject()
    behind = fill_behind(picture, mask.astype(np.float32))
    truth = landscape().astype(int)
    assert np.abs(behind.astype(int) - truth)[mask > 0].mean() < 14
    assert np.array_equal(behind[mask == 0][:1000], picture[mask == 0][:1000])
    red = behind[..., 0].astype(int) - behind[..., 1]
    assert red.max() < 40


def test_the_first_picture_of_a_still_camera_is_the_picture_itself() -> None:
    picture, _ = with_subject()
    sheets = sheets_from_photo(picture)
    assert len(sheets) == 3
    drawn = Renderer(sheets, camera_path("static", 1.0), width_px=WIDTH, height_px=HEIGHT, duration_s=1.0)
    y = np.zeros((HEIGHT, WIDTH), np.uint8)
    half = np.zeros((2, HEIGHT // 2, WIDTH // 2), np.uint8)
    drawn.draw(0.0, Planes(y, half[0], half[1]))
    luma = 16 + (picture @ np.array([0.2126, 0.7152, 0.0722])) * 219 / 255
    assert np.abs(y - luma).mean() < 1.0


def test_colours_spread_without_dark_rims() -> None:
    weight = np.zeros((64, 64), np.float32)
    weight[20:30, 20:30] = 1
    spread = spread_colours(np.full((64, 64, 3), 200, np.float32), weight)
    assert spread == pytest.approx(np.full((64, 64, 3), 200.0), abs=0.5)


@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [("RGB", (641, 361), (640, 360)), ("P", (40, 30), (40, 30)), ("LA", (50, 50), (50, 50)),
     ("I;16", (20, 20), (20, 20)), ("RGBA", (4000, 1000), (1920, 480)), ("1", (1, 1), (16, 16)),
     ("L", (3000, 3), (1920, 16))],
)  # fmt: skip
def test_pictures_of_any_mode_and_size_are_read_even_and_bounded(
    tmp_path: Path, mode: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    path = tmp_path / "a.png"
    Image.new(mode, size).save(path)
    picture = read_picture(path, long_side_max_px=1920)
    assert (picture.shape[1], picture.shape[0]) == expected
    assert picture.dtype == np.uint8


def test_a_turned_photo_is_put_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 32)).save(path, exif=exif)
    assert read_picture(path, long_side_max_px=1920).shape == (64, 32, 3)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("hello")
    with pytest.raises(AssetInvalid):
        read_picture(path, long_side_max_px=1920)
