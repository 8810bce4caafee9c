from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engines.contract import Task
from engines.draft.placeholder import COMMENT, Placeholder
from engines.media.probe import probe


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
    engine.load()
    (result,) = engine.generate([Task("t", capability, params, 1)], tmp_path, Quiet())
    found = probe(result.products[0].path)
    assert (found.media_type, found.width_px, found.height_px) == facts[:3]
    if facts[3] is not None:
        assert found.duration_s == pytest.approx(facts[3], abs=0.05)


def test_a_written_stand_in_says_what_it_is(tmp_path: Path) -> None:
    (result,) = Placeholder().generate([Task("t", "text-generation", {"prompt": "x"}, 1)], tmp_path, Quiet())
    assert result.products[0].text == "[placeholder]"
    assert "placeholder" in COMMENT
    assert "draft" in COMMENT
