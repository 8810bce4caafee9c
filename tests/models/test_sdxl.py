"""SDXL's own pipeline and our steps give the same picture, whoever shares the steps; tasks come, leave and go on alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from PIL import Image

from engines.contract import Input, Result, Task
from engines.local.diffusion import pictures
from engines.local.diffusion.painting import Painter, Painting
from engines.local.diffusion.prompts import NEGATIVE
from engines.local.diffusion.sampling import Sample
from engines.local.diffusion.sdxl_network import SdxlNetwork
from engines.stepping import Stepped
from runtime.errors import AssetInvalid, Cancelled, Unsupported
from tests.engines.running import Quiet

CLOSE = 1e-5
"""Single precision: batches of other sizes round otherwise."""


class Watching(Quiet):
    """Notes what is said; stops at a step, if it shall."""

    def __init__(self, stop_at: int = 0) -> None:
        self.fractions: list[float] = []
        self.previews: list[Path] = []
        self.checkpoints: list[bytes] = []
        self._stop_at = stop_at

    def step(self, done: int, total: int, stage: str) -> None:
        self.fractions.append(done / total)

    def preview(self, path: Path) -> None:
        assert path.stat().st_size <= 64_000
        self.previews.append(path)

    def checkpoint(self, path: Path) -> None:
        self.checkpoints.append(path.read_bytes())

    def check(self) -> None:
        if self._stop_at and len(self.fractions) >= self._stop_at:
            raise Cancelled("enough")


def task(
    folder: Path,
    name: str = "one",
    seed: int = 7,
    report: Quiet | None = None,
    checkpoint: Path | None = None,
    inputs: Mapping[str, Path] | None = None,
    **params: Any,
) -> Task:
    workdir = folder / name
    workdir.mkdir(parents=True, exist_ok=True)
    given = {pointer: Input(path) for pointer, path in (inputs or {}).items()}
    capability = "image-editing" if inputs else "image-generation"
    params = {"prompt": "a fox", "width_px": 64, "height_px": 64, "steps": 6, **params}
    return Task(name, capability, params, seed, workdir, report or Quiet(), given, checkpoint=checkpoint)


def run(painter: Painter[Sample], *tasks: Task) -> list[Painting[Sample]]:
    """Step all of them to their ends, together."""
    states = [painter.admit(each) for each in tasks]
    left = list(states)
    while left:
        ended = painter.step(left)
        left = [state for state, last in zip(left, ended, strict=True) if not last]
    return states


def network_of(painter: Painter[Sample]) -> SdxlNetwork:
    assert isinstance(painter.network, SdxlNetwork)
    return painter.network


def pipeline_of(painter: Painter[Sample], kind: type[Any]) -> Any:
    parts = {
        name: part
        for name, part in network_of(painter).pipeline.components.items()
        if name not in {"image_encoder", "feature_extractor"}
    }
    parts["scheduler"] = type(network_of(painter).pipeline.scheduler).from_config(
        network_of(painter).pipeline.scheduler.config
    )
    made = kind(**parts, add_watermarker=False)
    made.set_progress_bar_config(disable=True)
    return made


def by_pipeline(painter: Painter[Sample], each: Task) -> torch.Tensor:
    params = each.params
    made: torch.Tensor = pipeline_of(painter, diffusers.StableDiffusionXLPipeline)(
        prompt=params["prompt"],
        negative_prompt=params.get("negative_prompt", NEGATIVE),
        width=params["width_px"],
        height=params["height_px"],
        num_inference_steps=params["steps"],
        guidance_scale=params.get("guidance", 7.5),
        generator=torch.Generator("cpu").manual_seed(each.seed),
        output_type="latent",
    ).images
    return made


def test_one_alone_and_many_together_are_what_the_pipeline_makes(
    painter: Painter[Sample], tmp_path: Path
) -> None:
    tasks = [
        task(tmp_path, "a", seed=1),
        task(tmp_path, "b", seed=2, steps=9, guidance=5.0, prompt="a castle by the sea at night"),
        task(tmp_path, "c", seed=3, steps=4, guidance=1.0),
        task(tmp_path, "d", seed=4, height_px=96),
        task(tmp_path, "e", seed=5, negative_prompt="red"),
    ]
    for state in run(painter, *tasks):
        wanted = by_pipeline(painter, state.task)
        assert float((state.sample.latents - wanted).abs().max()) <= CLOSE * float(wanted.abs().max())


def test_whoever_comes_later_changes_nothing(painter: Painter[Sample], tmp_path: Path) -> None:
    (alone,) = run(painter, task(tmp_path, "alone", steps=8))
    first = painter.admit(task(tmp_path, "first", steps=8))
    for _ in range(3):
        painter.step([first])
    second = painter.admit(task(tmp_path, "second", seed=9, steps=3))
    while first.sample.done < first.sample.steps:
        painter.step([each for each in (first, second) if each.sample.done < each.sample.steps])
    assert torch.allclose(first.sample.latents, alone.sample.latents, rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("strength", [0.3, 0.75, 1.0])
def test_a_picture_to_begin_with_is_changed_as_the_pipeline_changes_it(
    painter: Painter[Sample], tmp_path: Path, strength: float
) -> None:
    given = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    given.save(tmp_path / "given.png")
    each = task(tmp_path, seed=3, inputs={"/image": tmp_path / "given.png"}, strength=strength)
    (state,) = run(painter, each)
    begun = pictures.encoded(network_of(painter).pipeline, given, each.seed)
    made = pipeline_of(painter, diffusers.StableDiffusionXLImg2ImgPipeline)
    made.vae.encode = lambda _: type("Held", (), {"latents": begun / made.vae.config.scaling_factor})()
    try:
        wanted = made(
            prompt="a fox",
            negative_prompt=NEGATIVE,
            image=given,
            strength=strength,
            num_inference_steps=6,
            guidance_scale=7.5,
            generator=torch.Generator("cpu").manual_seed(3),
            output_type="latent",
        ).images
    finally:
        del made.vae.encode
    assert float((state.sample.latents - wanted).abs().max()) <= CLOSE * float(wanted.abs().max())


def test_outside_a_mask_nothing_changes_and_inside_it_does(painter: Painter[Sample], tmp_path: Path) -> None:
    given = Image.radial_gradient("L").resize((64, 64)).convert("RGB")
    given.save(tmp_path / "given.png")
    mask = Image.new("L", (64, 64))
    mask.paste(255, (32, 0, 64, 64))
    mask.save(tmp_path / "mask.png")
    each = task(
        tmp_path, inputs={"/image": tmp_path / "given.png", "/mask": tmp_path / "mask.png"}, strength=1.0
    )
    (state,) = run(painter, each)
    made = Image.open(painter.finish(state).products[0].path)
    left, right = (0, 0, 32, 64), (40, 0, 64, 64)
    assert made.crop(left).tobytes() == given.crop(left).tobytes()
    assert made.crop(right).tobytes() != given.crop(right).tobytes()


def test_a_picture_has_the_size_that_was_asked_for(painter: Painter[Sample], tmp_path: Path) -> None:
    result = painter.finish(run(painter, task(tmp_path, width_px=75, height_px=50, steps=2))[0])
    with Image.open(result.products[0].path) as made:
        assert (made.size, made.format) == ((75, 50), "PNG")
    with pytest.raises(Unsupported, match="2048"):
        painter.admit(task(tmp_path, width_px=2056))


@pytest.mark.parametrize(("kind", "media_type"), pictures.MEDIA_TYPES.items())
def test_equal_tasks_give_equal_bytes_in_every_format(
    painter: Painter[Sample], tmp_path: Path, kind: str, media_type: str
) -> None:
    results = [
        painter.finish(run(painter, task(tmp_path, name, steps=2, format=kind))[0]) for name in ("a", "b")
    ]
    first, second = (hashlib.sha256(each.products[0].path.read_bytes()).digest() for each in results)
    assert first == second
    assert results[0].products[0].media_type == media_type


def test_a_cancel_ends_one_at_its_next_step_and_leaves_the_others(
    painter: Painter[Sample], tmp_path: Path
) -> None:
    stopped, other = Watching(stop_at=2), Watching()
    engine = Stepped(painter)
    ended = engine.generate(
        [task(tmp_path, "stopped", report=stopped), task(tmp_path, "other", report=other)]
    )
    outcomes = {each.task_id: each.outcome for each in ended}
    assert isinstance(outcomes["stopped"], Cancelled)
    assert len(stopped.fractions) == 2
    assert isinstance(outcomes["other"], Result)
    assert other.fractions == sorted(other.fractions)
    assert other.fractions[-1] == 1.0


def test_a_prompt_that_is_longer_than_the_encoders_read_is_told(
    painter: Painter[Sample], tmp_path: Path
) -> None:
    long, short = run(
        painter, task(tmp_path, "long", prompt="fox " * 40, steps=1), task(tmp_path, "short", steps=1)
    )
    assert any("tokens were left out" in each for each in painter.finish(long).degraded)
    assert painter.finish(short).degraded == ()


def test_what_it_cannot_do_is_refused_by_name(painter: Painter[Sample], tmp_path: Path) -> None:
    for name, value in (("control", {"type": "canny"}), ("references", ["a"])):
        with pytest.raises(Unsupported, match=name):
            painter.admit(task(tmp_path, **{name: value}))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(AssetInvalid, match="cannot be read"):
        painter.admit(task(tmp_path, inputs={"/image": tmp_path / "broken.png"}))
    Image.new("RGB", (64, 64)).save(tmp_path / "given.png")
    Image.new("L", (32, 64)).save(tmp_path / "mask.png")
    inputs = {"/image": tmp_path / "given.png", "/mask": tmp_path / "mask.png"}
    with pytest.raises(AssetInvalid, match="32 x 64"):
        painter.admit(task(tmp_path, inputs=inputs))


def test_another_attempt_goes_on_where_the_first_one_was_and_ends_with_the_same_bytes(
    painter: Painter[Sample], tmp_path: Path
) -> None:
    whole = painter.finish(run(painter, task(tmp_path, "whole", steps=8))[0])
    eager = Painter(painter.network, "tiny", written_every_s=0.0)
    watching = Watching()
    state = eager.admit(task(tmp_path, "first", steps=8, report=watching))
    for _ in range(5):
        eager.step([state])
    path = tmp_path / "left.safetensors"
    path.write_bytes(watching.checkpoints[-1])
    again = painter.admit(task(tmp_path, "second", steps=8, checkpoint=path))
    assert again.sample.done == 5
    while again.sample.done < again.sample.steps:
        painter.step([again])
    made = painter.finish(again).products[0].path.read_bytes()
    assert made == whole.products[0].path.read_bytes()


@pytest.mark.parametrize("left", [b"", b"no safetensors at all", b"\xff" * 64])
def test_what_is_no_checkpoint_of_this_work_is_passed_over(
    painter: Painter[Sample], tmp_path: Path, left: bytes
) -> None:
    path = tmp_path / "left.safetensors"
    path.write_bytes(left)
    assert painter.admit(task(tmp_path, "one", checkpoint=path)).sample.done == 0


def test_a_checkpoint_of_other_work_is_passed_over(painter: Painter[Sample], tmp_path: Path) -> None:
    eager = Painter(painter.network, "tiny", written_every_s=0.0)
    watching = Watching()
    eager.step([eager.admit(task(tmp_path, "first", report=watching))])
    path = tmp_path / "left.safetensors"
    path.write_bytes(watching.checkpoints[-1])
    assert painter.admit(task(tmp_path, "same", checkpoint=path)).sample.done == 1
    for change in ({"seed": 8}, {"prompt": "a hare"}, {"steps": 7}):
        assert painter.admit(task(tmp_path, "other", checkpoint=path, **change)).sample.done == 0


def test_a_step_without_room_is_taken_in_halves(painter: Painter[Sample], tmp_path: Path) -> None:
    (alone,) = run(painter, task(tmp_path, "alone", steps=2))
    unet, forward = network_of(painter).pipeline.unet, network_of(painter).pipeline.unet.forward

    def narrow(sample: torch.Tensor, *args: Any, **named: Any) -> Any:
        if len(sample) > 4:
            raise torch.OutOfMemoryError("no room")
        return forward(sample, *args, **named)

    unet.forward = narrow
    try:
        states = run(painter, *(task(tmp_path, f"t{n}", steps=2) for n in range(5)))
    finally:
        unet.forward = forward
    for state in states:
        assert torch.allclose(state.sample.latents, alone.sample.latents, rtol=CLOSE, atol=CLOSE)


def test_early_views_are_small_pictures(painter: Painter[Sample], tmp_path: Path) -> None:
    (state,) = run(painter, task(tmp_path, steps=2))
    with Image.open(pictures.preview(painter.network.view(state.sample), tmp_path / "view.webp")) as view:
        assert (view.format, max(view.size)) == ("WEBP", pictures.PREVIEW_PX)


def test_loading_and_unloading_many_times_keeps_no_memory(checkpoint: Path) -> None:
    def once() -> None:
        made = Painter(SdxlNetwork(checkpoint), "tiny")
        made.load("cpu")
        made.unload()

    for _ in range(3):
        once()
    before = _rss_bytes()
    for _ in range(10):
        once()
    assert _rss_bytes() - before < 20_000_000


def _rss_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
