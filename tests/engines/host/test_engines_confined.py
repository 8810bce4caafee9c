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


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pixels = np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8)
    Image.fromarray(pixels).save(path := tmp_path_factory.mktemp("given") / "photo.jpg")
    return path


def test_pictures_are_read_and_written(photo: Path, tmp_path: Path) -> None:
    def do() -> object:
        still = read_still(photo, lambda size, see_through: 2)
        cv2.imwrite(str(tmp_path / "small.png"), cv2.GaussianBlur(still, (5, 5), 0))
        Image.open(tmp_path / "small.png").save(tmp_path / "small.webp")
        return [probe(path).width_px for path in (photo, tmp_path / "small.png", tmp_path / "small.webp")]

    assert confined(do, tmp_path, photo) == [160, 80, 80]


def test_the_draft_video_engine_makes_the_same_bytes(tmp_path: Path) -> None:
    given = {"prompt": "waves", "duration_s": 0.5, "width_px": 160, "height_px": 96}
    params = PARAMS[Capability("video-generation")].model_validate(given, strict=False).to_json()

    def do(folder: Path) -> str:
        engine = DraftVideo()
        engine.load("cpu")
        (result,) = generate(engine, [Work("task", "video-generation", params, 1)], folder)
        return hashlib.sha256(result.products[0].path.read_bytes()).hexdigest()

    assert confined(lambda: do(tmp_path / "inside"), tmp_path) == do(tmp_path / "outside")
