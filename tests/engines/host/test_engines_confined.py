"""Whatever reads or makes media in the sandbox does there what it does outside."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engines.draft.video import DraftVideo
from engines.media.probe import probe
from engines.media.stills import read_still
from schemas.capabilities import PARAMS, Capability
from tests.engines.host.confining import confined
from tests.engines.running import Work, generate

HERE = "tests.engines.host.test_engines_confined"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pixels = np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8)
    Image.fromarray(pixels).save(path := tmp_path_factory.mktemp("given") / "photo.jpg")
    return path


def small_and_smaller(said: list[str]) -> list[int | None]:
    """Read a picture, write it smaller, read that and write it as WebP; return their widths in pixels."""
    photo, folder = Path(said[0]), Path(said[1])
    still = read_still(photo, lambda size, see_through: 2)
    cv2.imwrite(str(folder / "small.png"), cv2.GaussianBlur(still, (5, 5), 0))
    Image.open(folder / "small.png").save(folder / "small.webp")
    return [probe(path).width_px for path in (photo, folder / "small.png", folder / "small.webp")]


def clip(folder: str) -> str:
    """Make a clip in a folder and return its digest."""
    given = {"prompt": "waves", "duration_s": 0.5, "width_px": 160, "height_px": 96}
    params = PARAMS[Capability("video-generation")].model_validate(given, strict=False).to_json()
    engine = DraftVideo()
    engine.load("cpu")
    (result,) = generate(engine, [Work("task", "video-generation", params, 1)], Path(folder))
    return hashlib.sha256(result.products[0].path.read_bytes()).hexdigest()


def test_pictures_are_read_and_written(photo: Path, tmp_path: Path) -> None:
    widths = confined(f"{HERE}:small_and_smaller", tmp_path, photo, said=[str(photo), str(tmp_path)])
    assert widths == [160, 80, 80]


def test_the_draft_video_engine_makes_the_same_bytes(tmp_path: Path) -> None:
    inside = confined(f"{HERE}:clip", tmp_path, said=str(tmp_path / "inside"))
    assert inside == clip(str(tmp_path / "outside"))
