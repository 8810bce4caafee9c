"""Engines that say they are `concurrent` give in many threads at once what they give in one."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from engines.draft.audio import DraftAudio
from engines.draft.image import DraftImage
from engines.draft.placeholder import Placeholder
from engines.draft.text import DraftText
from engines.draft.video import DraftVideo
from schemas.capabilities import PARAMS, Capability
from tests.engines.running import Work, generate
from worker.report import TaskReport

WORK: tuple[tuple[Any, str, Mapping[str, Any]], ...] = (
    (DraftText, "text-generation", {"prompt": "A fox and the sea."}),
    (DraftImage, "image-generation", {"prompt": "a fox in the hills", "width_px": 192, "height_px": 128}),
    (DraftAudio, "audio-generation", {"mood": "calm", "duration_s": 2}),
    (DraftAudio, "text-to-speech", {"text": "A fox lives by the sea."}),
    (DraftAudio, "sound-effects", {"prompt": "rain", "duration_s": 1}),
    (DraftVideo, "video-generation", {"prompt": "waves", "duration_s": 1, "width_px": 160, "height_px": 96}),
    (Placeholder, "image-generation", {"prompt": "a fox", "width_px": 192, "height_px": 128}),
)


@pytest.mark.parametrize(
    ("engine", "capability", "params"), WORK, ids=[f"{w[0].__name__}-{w[1]}" for w in WORK]
)
def test_one_instance_in_several_threads_gives_the_same_bytes(
    engine: Any, capability: str, params: Mapping[str, Any], tmp_path: Path
) -> None:
    one = engine()
    assert one.concurrent
    one.load("cpu")
    whole = PARAMS[Capability(capability)].model_validate(params, strict=False).to_json()

    def made(name: str, seed: int) -> bytes:
        folder = tmp_path / name
        folder.mkdir()
        task = Work(task_id=name, capability=capability, params=whole, seed=seed)
        (result,) = generate(one, [task], folder, TaskReport())
        return result.products[0].path.read_bytes()

    alone = [made(f"alone-{seed}", seed) for seed in (1, 2)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(made, [f"together-{n}" for n in range(4)], [1, 2, 1, 2]))
    assert together == [*alone, *alone]
