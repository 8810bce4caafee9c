"""What the upscaling engine delivers and refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engines.contract import Input, Result
from engines.draft.image import DraftImage
from engines.local.upscaling.engine import Upscaler
from engines.media.probe import probe
from runtime.errors import AssetInvalid, Cancelled, Unsupported
from tests.engines.running import Quiet, Work, generate


@pytest.fixture(scope="module")
def engine() -> Iterator[Upscaler]:
    engine = Upscaler()
    engine.load("cpu")
    yield engine
    engine.unload()


def scene(folder: Path, width_px: int, height_px: int) -> Path:
    painter = DraftImage()
    painter.load("cpu")
    params = {
        "prompt": "a robot in a kitchen",
        "style": "anime",
        "width_px": width_px,
        "height_px": height_px,
    }
    return generate(painter, [Work("scene", "image-generation", params, 3)], folder)[0].products[0].path


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft scene of two pieces."""
    return scene(tmp_path_factory.mktemp("drawn"), 320, 192)


def enlarged(engine: Upscaler, given: Path, folder: Path, factor: float = 2.0, report: Any = None) -> Result:
    work = Work("t", "image-upscaling", {"factor": factor}, 1, {"/image": Input(given, "image/png")})
    return generate(engine, [work], folder, report)[0]


def pixels(path: Path) -> NDArray[np.float64]:
    with Image.open(path) as image:
        return np.asarray(image, np.float64)


def psnr_db(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(10 * np.log10(255**2 / np.mean((one - other) ** 2)))


def edges(rgb: NDArray[np.float64]) -> float:
    """Return how steep the steepest hundredth of a picture is."""
    grey = rgb.mean(axis=2)
    return float(np.percentile(np.hypot(*np.gradient(grey)), 99))


def test_a_drawn_scene_is_nearer_to_its_original_than_by_bicubic_above_all_its_edges(
    engine: Upscaler, tmp_path: Path
) -> None:
    with Image.open(scene(tmp_path / "drawn", 640, 360)) as original:
        original.resize((160, 90), Image.Resampling.LANCZOS).save(small := tmp_path / "small.png")
        wanted = np.asarray(original, np.float64)
    with Image.open(small) as image:
        bicubic = np.asarray(image.resize((640, 360), Image.Resampling.BICUBIC), np.float64)
    made = pixels(enlarged(engine, small, tmp_path, 4.0).products[0].path)
    assert psnr_db(made, wanted) > psnr_db(bicubic, wanted) + 0.5
    assert edges(bicubic) < 0.8 * edges(wanted)
    assert abs(edges(made) - edges(wanted)) < 0.7 * abs(edges(bicubic) - edges(wanted))


@pytest.mark.parametrize(
    ("factor", "size"), [(1.5, (60, 36)), (3.0, (120, 72)), (3.7, (148, 89)), (4.0, (160, 96))]
)
def test_any_factor_up_to_four_is_made(
    engine: Upscaler, drawn: Path, tmp_path: Path, factor: float, size: tuple[int, int]
) -> None:
    with Image.open(drawn) as image:
        image.resize((40, 24), Image.Resampling.BOX).save(small := tmp_path / "small.png")
    made = enlarged(engine, small, tmp_path, factor).products[0]
    assert (made.media_type, probe(made.path).media_type) == ("image/png", "image/png")
    assert pixels(made.path).shape[1::-1] == size
    with Image.open(made.path) as image:
        back = np.asarray(image.resize((40, 24), Image.Resampling.LANCZOS), np.float64)
    assert psnr_db(back, pixels(small)) > 29  # the same picture, and not shifted


def test_the_word_draft_stays_in_the_file(engine: Upscaler, drawn: Path, tmp_path: Path) -> None:
    given, made = probe(drawn).comment, probe(enlarged(engine, drawn, tmp_path).products[0].path).comment
    assert made == given
    assert given is not None
    assert "draft" in given


def test_transparency_stays_and_hidden_colours_do_not_come_through(engine: Upscaler, tmp_path: Path) -> None:
    rgba = np.zeros((32, 48, 4), np.uint8)
    rgba[8:24, 8:40] = (200, 60, 40, 255)  # around it hidden black
    Image.fromarray(rgba).save(given := tmp_path / "given.png")
    made = pixels(enlarged(engine, given, tmp_path).products[0].path)
    assert made.shape == (64, 96, 4)
    assert made[0, 0, 3] == 0
    assert made[32, 48, 3] == 255
    shown = made[made[..., 3] > 8][:, :3]
    assert np.abs(shown - (200, 60, 40)).max() < 24


@pytest.mark.parametrize("colour", [(0, 0, 0), (128, 128, 128), (200, 60, 40), (255, 255, 255)])
def test_plain_colours_stay_as_they_are(
    engine: Upscaler, tmp_path: Path, colour: tuple[int, int, int]
) -> None:
    Image.new("RGB", (24, 16), colour).save(given := tmp_path / "given.png")
    assert np.abs(pixels(enlarged(engine, given, tmp_path).products[0].path) - colour).max() <= 2


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK"])
def test_other_kinds_of_pictures_are_enlarged_too(
    engine: Upscaler, drawn: Path, tmp_path: Path, mode: str
) -> None:
    given = tmp_path / ("given.jpg" if mode == "CMYK" else "given.png")
    with Image.open(drawn) as image:
        image.resize((40, 24)).convert(mode).save(given)
    assert pixels(enlarged(engine, given, tmp_path).products[0].path).shape[:2] == (48, 80)


def test_a_turned_photo_is_enlarged_upright(engine: Upscaler, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 16), (90, 120, 150)).save(given := tmp_path / "given.jpg", exif=exif)
    assert pixels(enlarged(engine, given, tmp_path).products[0].path).shape == (80, 32, 3)


def test_of_an_animation_it_says_that_it_took_the_first_picture(engine: Upscaler, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(given := tmp_path / "given.gif", save_all=True, append_images=frames[1:])
    assert enlarged(engine, given, tmp_path).degraded == (
        "of an animation only its first picture was enlarged",
    )


def test_what_would_be_too_large_is_refused_before_it_is_read(engine: Upscaler, tmp_path: Path) -> None:
    Image.new("1", (4100, 4100)).save(given := tmp_path / "given.png")
    steps: list[str] = []
    with pytest.raises(
        Unsupported, match=r"/factor: 4100x4100 px would become 8200x8200 px; 67 megapixels are allowed"
    ):
        enlarged(engine, given, tmp_path, report=_Heard(steps))
    assert steps == []


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"RIFF\x24\0\0\0WAVEfmt "])
def test_what_is_no_picture_is_refused(engine: Upscaler, tmp_path: Path, content: bytes) -> None:
    (given := tmp_path / "given").write_bytes(content)
    with pytest.raises(AssetInvalid):
        enlarged(engine, given, tmp_path)


def test_a_picture_that_is_cut_off_is_refused(engine: Upscaler, drawn: Path, tmp_path: Path) -> None:
    (given := tmp_path / "given.png").write_bytes(drawn.read_bytes()[:9000])
    with pytest.raises(AssetInvalid):
        enlarged(engine, given, tmp_path)


class _Heard(Quiet):
    def __init__(self, steps: list[str], stop_after: int | None = None) -> None:
        self._steps, self._stop_after = steps, stop_after

    def step(self, done: int, total: int, stage: str) -> None:  # type: ignore[override]
        self._steps.append(f"{done}/{total}")
        if len(self._steps) == self._stop_after:
            raise Cancelled


def test_it_stops_between_two_pieces_and_leaves_no_file(
    engine: Upscaler, drawn: Path, tmp_path: Path
) -> None:
    steps: list[str] = []
    with pytest.raises(Cancelled):
        enlarged(engine, drawn, tmp_path / "work", report=_Heard(steps, stop_after=3))
    assert steps == ["0/4", "1/4", "2/4"]
    assert list((tmp_path / "work").iterdir()) == []
