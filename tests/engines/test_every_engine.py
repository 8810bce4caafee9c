"""What every engine of the catalogue keeps of the contract, whatever it makes."""

from __future__ import annotations

import hashlib
import importlib
import json
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog.models import MODELS, PLACEHOLDER, Model
from engines.contract import Engine, Input, Result, Task
from runtime.errors import Cancelled
from schemas.capabilities import PARAMS, Capability

SMALL: Mapping[str, Mapping[str, Any]] = {
    "text-generation": {"prompt": "A fox finds the sea"},
    "prompt-refinement": {"prompt": "a fox"},
    "text-to-text": {"text": "A fox. It runs.", "instruction": "upper case"},
    "image-generation": {"prompt": "a fox", "width_px": 64, "height_px": 64},
    "video-generation": {"prompt": "the sea", "width_px": 64, "height_px": 36, "duration_s": 0.25},
    "video-animation": {"image": "s3://media/picture", "duration_s": 0.25},
    "text-to-speech": {"text": "A fox."},
    "audio-generation": {"mood": "calm", "duration_s": 1.0},
    "sound-effects": {"prompt": "rain", "duration_s": 0.5},
    "image-upscaling": {"image": "s3://media/picture"},
    "quality-assessment": {"assets": ["s3://media/picture"], "text": "A fox."},
    "moderation": {"assets": ["s3://media/picture"], "text": "A fox."},
    "speech-to-text": {"audio": "s3://media/sound"},
    "composition": {
        "timeline": {
            "canvas": {"width_px": 64, "height_px": 36, "fps": 24},
            "tracks": [{"kind": "video", "clips": [{"source": "s3://media/picture", "duration_s": 0.25}]}],
            "output": {"extras": ["poster"]},
        }
    },
}
PICTURES = {
    "video-animation": "/image",
    "image-upscaling": "/image",
    "moderation": "/assets/0",
    "quality-assessment": "/assets/0",
    "composition": "/timeline/tracks/0/clips/0/source",
}
NO_STAND_IN = {"composition", "speech-to-text"}
HERE = [
    row
    for row in MODELS
    if not row.environment and not row.provider and all(source.kind != "hub" for source in row.weights)
]
"""Those whose weights must be pulled keep it too, on tiny ones: `tests/models`. Of those with an environment of their own
the hosts do: `host/test_every_engine.py`. Models of providers keep another: `remote`."""
ROWS = [
    *((row, capability) for row in HERE for capability in row.capabilities),
    *((PLACEHOLDER, capability) for capability in SMALL if capability not in NO_STAND_IN),
]
every_engine = pytest.mark.parametrize(
    ("row", "capability"), ROWS, ids=[f"{row.name} {capability}" for row, capability in ROWS]
)


class Watched:
    """A report that notes fractions, and can cancel at its first word."""

    wants_checkpoint = False

    def __init__(self, *, cancelled: bool = False) -> None:
        self.fractions: list[float] = []
        self._cancelled = cancelled

    def step(self, done: int, total: int, stage: str) -> None:
        assert stage
        self.fractions.append(done / total)
        self.check()

    def preview(self, path: Path) -> None:
        assert path.stat().st_size <= 64_000
        self.check()

    def checkpoint(self, path: Path) -> None:
        assert path.is_file()
        self.check()

    def check(self) -> None:
        if self._cancelled:
            raise Cancelled


@pytest.fixture(scope="module")
def engines() -> Mapping[str, Engine]:
    made = {}
    for row in (*HERE, PLACEHOLDER):
        module, _, name = row.target.partition(":")
        made[row.name] = getattr(importlib.import_module(module), name)()
        made[row.name].load("cpu")
    return made


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("given") / "picture.png"
    Image.linear_gradient("L").resize((64, 36)).convert("RGB").save(path)
    return path


def small_task(
    capability: str, picture: Path, folder: Path, name: str, report: Watched, seed: int = 7
) -> Task:
    params = PARAMS[Capability(capability)].model_validate_json(json.dumps(SMALL[capability])).to_json()
    workdir = folder / name
    workdir.mkdir(parents=True)
    given = {PICTURES[capability]: Input(picture, "image/png")} if capability in PICTURES else {}
    if capability == "speech-to-text":
        given = {"/audio": Input(_sound(folder / f"{name}.wav"), "audio/wav")}
    return Task(name, capability, params, seed, workdir, report, inputs=given)


def _sound(path: Path) -> Path:
    """Write half a second of a rising hum."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"".join((n * n % 8000).to_bytes(2, "little") for n in range(8000)))
    return path


def digests(result: object) -> list[str]:
    assert isinstance(result, Result), result
    return [hashlib.sha256(product.path.read_bytes()).hexdigest() for product in result.products]


@every_engine
def test_each_of_a_batch_ends_once_with_files_in_its_own_folder_and_nothing_else_left_there(
    engines: Mapping[str, Engine], row: Model, capability: str, picture: Path, tmp_path: Path
) -> None:
    reports = [Watched(), Watched()]
    tasks = [
        small_task(capability, picture, tmp_path, name, report)
        for name, report in zip("ab", reports, strict=True)
    ]
    ended = list(engines[row.name].generate(tasks))
    assert sorted(one.task_id for one in ended) == ["a", "b"]
    for task in tasks:
        (outcome,) = (one.outcome for one in ended if one.task_id == task.task_id)
        assert isinstance(outcome, Result), outcome
        made = {product.path for product in outcome.products}
        assert all(path.parent == task.workdir and path.stat().st_size > 0 for path in made)
        assert set(task.workdir.rglob("*")) == made
    for report in reports:
        assert report.fractions == sorted(report.fractions)
        assert report.fractions[-1] == 1.0
    if row.deterministic:
        assert len({tuple(digests(one.outcome)) for one in ended}) == 1


@every_engine
def test_who_is_cancelled_in_a_batch_leaves_the_other_alone_and_no_file(
    engines: Mapping[str, Engine], row: Model, capability: str, picture: Path, tmp_path: Path
) -> None:
    stopped = small_task(capability, picture, tmp_path, "stopped", Watched(cancelled=True))
    other = small_task(capability, picture, tmp_path, "other", Watched())
    ended = {one.task_id: one.outcome for one in engines[row.name].generate([stopped, other])}
    assert isinstance(ended["stopped"], Cancelled)
    assert list(stopped.workdir.rglob("*")) == []
    assert digests(ended["other"])
