"""The pipelines of flow-matching transformers and our steps give the same picture, whoever shares the steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from engines.contract import Result, Task
from engines.local.diffusion.flow import FlowSample
from engines.local.diffusion.flow_models import FlowModel
from engines.local.diffusion.flow_networks import NETWORKS
from engines.local.diffusion.painting import Painter, Painting
from engines.stepping import Stepped
from runtime.errors import Cancelled, Unsupported
from tests.models import tiny_flow
from tests.models.test_sdxl import CLOSE, Watching, task

WRITTEN: dict[str, Callable[[Path], Path]] = {
    "flux1-schnell": tiny_flow.flux1,
    "flux2-klein": tiny_flow.flux2_klein,
    "z-image-turbo": tiny_flow.z_image,
    "qwen-image-2512": tiny_flow.qwen_image,
}


@pytest.fixture(scope="module", params=WRITTEN)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return WRITTEN[name](tmp_path_factory.mktemp("flow") / name)


@pytest.fixture(scope="module")
def painter(name: str, folder: Path) -> Painter[FlowSample]:
    made = Painter(NETWORKS[name](folder), name)
    made.load("cpu")
    return made


def run(painter: Painter[FlowSample], *tasks: Task) -> list[Painting[FlowSample]]:
    """Step all of them to their ends, together."""
    states = [painter.admit(each) for each in tasks]
    left = list(states)
    while left:
        ended = painter.step(left)
        left = [state for state, last in zip(left, ended, strict=True) if not last]
    return states


def by_pipeline(painter: Painter[FlowSample], each: Task) -> np.ndarray[Any, Any]:
    """Return the pixels that the pipeline of diffusers makes of a task."""
    params, network = each.params, painter.network
    pipeline: Any = network.pipeline  # type: ignore[attr-defined]
    pipeline.set_progress_bar_config(disable=True)
    said = {"guidance_scale": 0.0}
    if network.guidance:  # type: ignore[attr-defined]
        away = params.get("negative_prompt", " ")
        said = {"true_cfg_scale": params.get("guidance", 4.0), "negative_prompt": away}
    tokens = {"max_sequence_length": network.most_tokens}  # type: ignore[attr-defined]
    made = pipeline(
        prompt=params["prompt"],
        width=params["width_px"],
        height=params["height_px"],
        num_inference_steps=params["steps"],
        generator=torch.Generator("cpu").manual_seed(each.seed),
        output_type="np",
        **said,
        **tokens,
    )
    pixels: np.ndarray[Any, Any] = made.images[0]
    return pixels


def pixels_of(painter: Painter[FlowSample], state: Painting[FlowSample]) -> np.ndarray[Any, Any]:
    network: Any = painter.network
    with torch.inference_mode():
        decoded = network.pipeline.vae.decode(
            network.unscaled(network.spatial(state.sample)), return_dict=False
        )
        pixels = decoded[0][:, :, 0] if decoded[0].ndim == 5 else decoded[0]
        made: np.ndarray[Any, Any] = network.pipeline.image_processor.postprocess(pixels, output_type="np")[0]
    return made


def test_one_alone_and_many_together_are_what_the_pipeline_makes(
    painter: Painter[FlowSample], tmp_path: Path
) -> None:
    tasks = [
        task(tmp_path, "a", seed=1, steps=4),
        task(tmp_path, "b", seed=2, steps=7, prompt="a castle by the sea at night", guidance=2.5),
        task(tmp_path, "c", seed=3, steps=2, prompt="x"),
        task(tmp_path, "d", seed=4, steps=4, height_px=96),
        task(tmp_path, "e", seed=5, steps=4, negative_prompt="red, and all that is long"),
    ]
    together = run(painter, *tasks)
    (alone,) = run(painter, tasks[0])
    for state in (*together, alone):
        wanted = by_pipeline(painter, state.task)
        assert np.abs(pixels_of(painter, state) - wanted).max() <= CLOSE


def test_what_a_task_leaves_unsaid_is_what_its_model_was_made_for(
    painter: Painter[FlowSample], tmp_path: Path
) -> None:
    said = task(tmp_path)
    unsaid = Task("u", said.capability, {"prompt": "a fox"}, 1, said.workdir, said.report)
    network: Any = painter.network
    assert painter.admit(unsaid).sample.steps == network.steps


def test_another_attempt_goes_on_where_the_first_one_was_and_ends_with_the_same_bytes(
    painter: Painter[FlowSample], tmp_path: Path
) -> None:
    whole = painter.finish(run(painter, task(tmp_path, "whole", steps=6))[0])
    watching = Watching()
    eager = Painter(painter.network, "tiny", written_every_s=0.0)
    state = eager.admit(task(tmp_path, "first", steps=6, report=watching))
    for _ in range(3):
        eager.step([state])
    path = tmp_path / "left.safetensors"
    path.write_bytes(watching.checkpoints[-1])
    again = eager.admit(task(tmp_path, "second", steps=6, checkpoint=path))
    assert again.sample.done == 3
    while again.sample.done < again.sample.steps:
        eager.step([again])
    made = eager.finish(again).products[0].path.read_bytes()
    assert made == whole.products[0].path.read_bytes()
    for change in ({"seed": 8}, {"prompt": "a hare"}, {"steps": 7}):
        other = task(tmp_path, "other", checkpoint=path, **({"steps": 6} | change))
        assert eager.admit(other).sample.done == 0


def test_as_an_engine_it_makes_files_and_a_cancel_of_one_leaves_the_others(
    name: str, folder: Path, tmp_path: Path
) -> None:
    engine = FlowModel(name, folder)
    engine.load("cpu")
    stopped = task(tmp_path, "stopped", report=Watching(stop_at=2))
    other = task(tmp_path, "other", width_px=75, height_px=50, steps=2)
    ended = {each.task_id: each.outcome for each in engine.generate([stopped, other])}
    engine.unload()
    assert isinstance(ended["stopped"], Cancelled)
    made = ended["other"]
    assert isinstance(made, Result)
    with Image.open(made.products[0].path) as picture:
        assert (picture.size, picture.format) == ((75, 50), "PNG")


def test_early_views_are_pictures(painter: Painter[FlowSample], tmp_path: Path) -> None:
    view = painter.network.view(painter.admit(task(tmp_path, width_px=1024, height_px=512)).sample)
    assert max(view.size) <= 512
    assert view.width == 2 * view.height


def test_what_it_cannot_do_is_refused_by_name(painter: Painter[FlowSample], tmp_path: Path) -> None:
    for key, value in (("control", {"type": "canny"}), ("references", ["a"])):
        with pytest.raises(Unsupported, match=key):
            painter.admit(task(tmp_path, **{key: value}))
    with pytest.raises(Unsupported, match="2048"):
        painter.admit(task(tmp_path, width_px=2056))


def test_stepping_needs_no_more_than_the_protocol(painter: Painter[FlowSample], tmp_path: Path) -> None:
    ended = list(Stepped(painter).generate([task(tmp_path, f"t{n}", seed=n, steps=2) for n in range(10)]))
    assert all(isinstance(each.outcome, Result) for each in ended)
