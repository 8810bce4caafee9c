"""Pictures of other people's cameras and programs have their colours, whatever these are written in, and move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engines.media.probe import probe
from tests.engines.composition.foreign_frames import SIZE, frames_of, over
from tests.field import foreign_files as foreign

RED, BLUE, GROUND = (200, 40, 40), (40, 40, 200), (30, 120, 30)


def shown(bench: Any, path: Path, duration_s: float = 0.16, **clip: Any) -> Any:
    return over(bench, "#1e781e", path, duration_s, **clip)


def colour(frame: NDArray[np.uint8], x: int = SIZE[0] // 2) -> NDArray[np.float64]:
    return frame[SIZE[1] // 3 : -SIZE[1] // 3, x - 8 : x + 8].reshape(-1, 3).mean(axis=0)


def plain(rgb: Any, mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.new("RGB", size, tuple(rgb)).convert(mode)


def as_screen_shows(rgb: Any, primaries: Any) -> NDArray[np.float64]:
    """Return the sRGB of a colour of a screen of gamma 2.2 with these primaries."""

    def matrix(numbers: Any) -> NDArray[np.float64]:
        columns = np.array([foreign.xyz(*numbers[at : at + 2]) for at in (0, 2, 4)]).T
        return columns * np.linalg.solve(columns, foreign.xyz(0.3127, 0.3290))

    srgb = (0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
    light = np.linalg.inv(matrix(srgb)) @ matrix(primaries) @ (np.array(rgb) / 255) ** 2.2
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize(
    "primaries", [foreign.DISPLAY_P3, foreign.ADOBE_RGB], ids=["Display P3", "Adobe RGB"]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_picture_with_a_profile_has_the_colours_that_it_means(
    bench: Any, kind: str, primaries: Any
) -> None:
    path = bench.folder / "a"
    rgb = (180, 120, 90)
    plain(rgb).save(path, kind, icc_profile=foreign.profile(primaries), quality=98)
    wanted = as_screen_shows(rgb, primaries)
    assert np.abs(wanted - rgb).max() > 8
    assert np.abs(colour(frames_of(shown(bench, path))[2]) - wanted).max() <= 4


def test_profiles_hold_for_see_through_and_for_huge_pictures_too(bench: Any) -> None:
    rgb, profile = (180, 120, 90), foreign.profile(foreign.ADOBE_RGB)
    wanted = as_screen_shows(rgb, foreign.ADOBE_RGB)
    holed = plain(rgb, "RGBA")
    holed.putalpha(Image.new("L", SIZE, 128))
    holed.save(bench.folder / "a.png", icc_profile=profile)
    half = colour(frames_of(shown(bench, bench.folder / "a.png"))[2])
    assert np.abs(half - (wanted + np.array(GROUND)) / 2).max() <= 5
    plain(rgb, size=(4600, 3600)).save(bench.folder / "b.png", icc_profile=profile)
    assert np.abs(colour(frames_of(shown(bench, bench.folder / "b.png"))[2]) - wanted).max() <= 4


def test_a_profile_that_does_not_fit_or_cannot_be_read_does_no_harm(bench: Any) -> None:
    for number, (mode, profile) in enumerate(
        (("L", foreign.profile(foreign.ADOBE_RGB)), ("RGB", b"no profile"))
    ):
        path = bench.folder / f"{number}.png"
        plain((120, 120, 120), mode).save(path, icc_profile=profile)
        assert np.abs(colour(frames_of(shown(bench, path))[2]) - 120).max() <= 3


@pytest.mark.parametrize("write", [foreign.coded_png, foreign.coded_avif])
@pytest.mark.parametrize(
    ("transfer", "signal", "wanted"),
    [(foreign.HLG, 191, 241), (foreign.HLG, 97, 109), (foreign.PQ, 148, 239), (foreign.PQ, 97, 109)],
)
def test_a_picture_of_hdr_is_tone_mapped_and_that_is_told(
    bench: Any, write: Any, transfer: int, signal: int, wanted: int
) -> None:
    path = write(bench.folder / "a", np.full((96, 160, 3), signal, np.uint8), 9, transfer)
    result = shown(bench, path)
    assert np.abs(colour(frames_of(result)[2]) - wanted).max() <= 4
    assert result.degraded == ("unsupported: /timeline/tracks/1/clips/0: HDR was tone-mapped to SDR",)


def test_a_picture_coded_as_srgb_is_left_alone(bench: Any) -> None:
    path = foreign.coded_png(bench.folder / "a", np.full((96, 160, 3), RED, np.uint8), 1, 13)
    result = shown(bench, path)
    assert np.abs(colour(frames_of(result)[2]) - RED).max() <= 3
    assert result.degraded == ()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_moves_at_its_times_and_can_be_seen_through(bench: Any, kind: str) -> None:
    frames = frames_of(shown(bench, foreign.animation(bench.folder / "a", kind), 1.0))
    for number, wanted in ((2, RED), (11, RED), (14, BLUE), (23, BLUE)):
        assert np.abs(colour(frames[number], 40) - wanted).max() <= 8, number
        assert np.abs(colour(frames[number], 120) - GROUND).max() <= 8, number


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_an_animation_lasts_as_long_as_it_says_and_can_be_entered_in_the_middle(
    bench: Any, kind: str
) -> None:
    path = foreign.animation(bench.folder / "a", kind)
    alone = [{"kind": "video", "clips": [{"file": path, "fit": "fill"}]}]
    assert len(frames_of(bench.compose(alone, size=SIZE, fps=25))) == 25
    late = frames_of(shown(bench, path, trim_in_s=0.6))
    assert np.abs(colour(late[1], 40) - BLUE).max() <= 8


@pytest.mark.parametrize("draft", [True, False])
def test_poster_and_contact_sheet_of_a_draft_say_so(bench: Any, draft: bool) -> None:
    clips = [{"source": {"colour": "#1e781e"}, "duration_s": 0.5}]
    output = {"extras": ["poster", "contact_sheet"]}
    result = bench.compose([{"kind": "video", "clips": clips}], size=SIZE, fps=25, output=output, draft=draft)
    said = {product.role: probe(product.path).comment for product in result.products[1:]}
    wanted = "reelbus draft: made without models" if draft else None
    assert said == {"poster": wanted, "contact_sheet": wanted}
