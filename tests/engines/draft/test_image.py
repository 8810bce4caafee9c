"""What the draft image engine delivers and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engines.draft.image import DraftImage, painted_size
from engines.draft.scene.plan import plan_scene
from engines.draft.scene.stamp import read_spec
from runtime.errors import Cancelled, EngineUnavailable, InvalidRequest, Unsupported
from tests.engines.running import Work, generate


class Steps:
    """A report that keeps what it is told, and can ask to stop."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.said: list[tuple[int, int, str]] = []
        self.stop_after = stop_after

    def step(self, done: int, total: int, stage: str) -> None:
        self.said.append((done, total, stage))
        if self.stop_after is not None and len(self.said) > self.stop_after:
            raise Cancelled

    def preview(self, path: Path) -> None:
        raise AssertionError("drafts are too quick for previews")


def task(seed: int = 5, **params: Any) -> Work:
    return Work(
        "t",
        "image-generation",
        {"prompt": "a red fox in a field", "width_px": 192, "height_px": 108} | params,
        seed,
    )


def make(folder: Path, *tasks: Work) -> list[Path]:
    engine = DraftImage()
    engine.load("cpu")
    return [result.products[0].path for result in generate(engine, tasks, folder, Steps())]


def test_equal_requests_give_equal_bytes_and_other_seeds_others(tmp_path: Path) -> None:
    first, same, other = make(tmp_path, task(), task(), task(seed=6))
    assert first.read_bytes() == same.read_bytes()
    assert first.read_bytes() != other.read_bytes()


@pytest.mark.parametrize(
    ("kind", "media_type"), [("png", "image/png"), ("jpeg", "image/jpeg"), ("webp", "image/webp")]
)
def test_each_format_carries_its_scene_and_the_word_draft(tmp_path: Path, kind: str, media_type: str) -> None:
    (result,) = generate(DraftImage(), [task(format=kind, style="watercolor")], tmp_path, Steps())
    product = result.products[0]
    assert product.media_type == media_type
    with Image.open(product.path) as picture:
        assert picture.format == kind.upper()
        assert picture.size == (192, 108)
    assert read_spec(product.path) == plan_scene("a red fox in a field", style="watercolor", seed=5)
    assert b"draft" in product.path.read_bytes()


@pytest.mark.parametrize("size", [(16, 16), (17, 301), (640, 16), (101, 99), (2000, 1700)])
def test_pictures_have_exactly_the_size_asked_for(tmp_path: Path, size: tuple[int, int]) -> None:
    (path,) = make(tmp_path, task(width_px=size[0], height_px=size[1]))
    with Image.open(path) as picture:
        assert picture.size == size


@pytest.mark.parametrize("size", [(8192, 8192), (16, 8192), (8192, 16), (1024, 1024), (16, 16)])
def test_what_is_painted_at_once_stays_small(size: tuple[int, int]) -> None:
    width, height = painted_size(*size)
    assert width * height <= 2_700_000
    assert max(width, height) <= 8192


def test_control_and_references_are_refused_with_who_could(tmp_path: Path) -> None:
    for params in (
        {"control": {"type": "canny", "image": "sha256:0", "scale": 1.0}},
        {"references": ["sha256:0"]},
    ):
        with pytest.raises(EngineUnavailable, match="image model engine"):
            make(tmp_path, task(**params))


def test_an_unknown_style_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="watercolor"):
        make(tmp_path, task(style="watercolour"))


def test_other_capabilities_and_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        make(tmp_path, Work("t", "image-editing", {"prompt": "x"}, 1))
    with pytest.raises(InvalidRequest):
        make(tmp_path, task(width_px=9000))


def test_progress_rises_to_its_total_and_a_cancel_passes(tmp_path: Path) -> None:
    steps = Steps()
    generate(DraftImage(), [task()], tmp_path, steps)
    done = [at for at, _, _ in steps.said]
    assert done == sorted(done)
    assert steps.said[-1][0] == steps.said[-1][1]
    with pytest.raises(Cancelled):
        generate(DraftImage(), [task()], tmp_path, Steps(stop_after=2))


def test_a_picture_of_somebody_else_has_no_scene(tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(path)
    assert read_spec(path) is None
    path.write_bytes(b"no picture")
    assert read_spec(path) is None
    assert read_spec(tmp_path / "missing.png") is None


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(min_size=1, max_size=200), st.integers(16, 90), st.integers(16, 90), st.integers(0, 2**53 - 1))
def test_no_prompt_breaks_the_painter(
    tmp_path: Path, prompt: str, width: int, height: int, seed: int
) -> None:
    (path,) = make(tmp_path, task(seed=seed, prompt=prompt, width_px=width, height_px=height))
    assert path.stat().st_size > 100
