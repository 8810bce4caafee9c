from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from engines.contract import Input
from engines.draft.placeholder import COMMENT, Placeholder
from engines.media.probe import probe
from tests.engines.running import Work, generate


class Quiet:
    def step(self, done: int, total: int, stage: str) -> None:
        return

    def preview(self, path: Path) -> None:
        return


@pytest.mark.parametrize(
    ("capability", "params", "facts"),
    [
        ("image-generation", {"prompt": "x", "width_px": 33, "height_px": 17}, ("image/png", 33, 17, None)),
        (
            "video-generation",
            {"width_px": 64, "height_px": 48, "duration_s": 0.5, "fps": 24},
            ("video/mp4", 64, 48, 0.5),
        ),
        ("text-to-speech", {"text": "a" * 30}, ("audio/wav", None, None, 2.0)),
        ("audio-generation", {"duration_s": 1.5}, ("audio/wav", None, None, 1.5)),
    ],
)
def test_a_stand_in_has_the_medium_size_and_length_that_were_asked_for(
    tmp_path: Path, capability: str, params: dict[str, Any], facts: tuple[Any, ...]
) -> None:
    engine = Placeholder()
    engine.load("cpu")
    (result,) = generate(engine, [Work("t", capability, params, 1)], tmp_path, Quiet())
    found = probe(result.products[0].path)
    assert (found.media_type, found.width_px, found.height_px) == facts[:3]
    if facts[3] is not None:
        assert found.duration_s == pytest.approx(facts[3], abs=0.05)


def test_a_written_stand_in_says_what_it_is(tmp_path: Path) -> None:
    (result,) = generate(Placeholder(), [Work("t", "text-generation", {"prompt": "x"}, 1)], tmp_path, Quiet())
    assert result.products[0].text == "[placeholder]"
    assert "placeholder" in COMMENT
    assert "draft" in COMMENT


def animation(source: Path) -> Work:
    params = {"image": "x", "duration_s": 0.25}
    return Work("t", "video-animation", params, 1, {"/image": Input(source)})


def test_a_clip_of_a_damaged_picture_has_a_stand_in(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    (result,) = generate(Placeholder(), [animation(damaged)], tmp_path, Quiet())
    found = probe(result.products[0].path)
    assert (found.width_px, found.height_px, found.frames) == (1280, 720, 6)
    assert "placeholder" in (found.comment or "")


@pytest.mark.parametrize(("size", "made"), [((1, 1), (16, 16)), ((333, 251), (332, 250))])
def test_a_stand_in_is_as_large_as_its_picture_where_a_clip_can_be(
    tmp_path: Path, size: tuple[int, int], made: tuple[int, int]
) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "a.png")
    (result,) = generate(Placeholder(), [animation(tmp_path / "a.png")], tmp_path, Quiet())
    found = probe(result.products[0].path)
    assert (found.width_px, found.height_px) == made


def test_a_stand_in_says_in_the_picture_what_it_is(tmp_path: Path) -> None:
    task = Work("t", "video-generation", {"prompt": "a", "width_px": 320, "height_px": 180, "fps": 1}, 1, {})
    (result,) = generate(Placeholder(), [task], tmp_path, Quiet())
    with av.open(str(result.products[0].path)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="gray")
    assert int(np.ptp(frame)) > 80
