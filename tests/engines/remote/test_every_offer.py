"""Every model of every provider does its work at its provider's fake, and is paid once."""

from __future__ import annotations

import io
import json
import time
import wave
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog.models import MODELS, Model
from catalog.models.remote import REMOTE
from catalog.providers import PROVIDERS
from engines.contract import Input, Result, Task
from engines.media.sniff import sniff
from engines.remote.engine import CardEngine
from engines.remote_contract import Pending, Ready, Ticket
from infra.fakes import media
from infra.fakes.server import ANSWERS, Fakes
from schemas.capabilities import CAPABILITIES, Capability
from schemas.mediakinds import media_kind
from tests.engines.running import Quiet

PARAMS: dict[str, dict[str, Any]] = {
    "text-generation": {"prompt": "Say something about foxes."},
    "text-to-text": {"text": "Guten Tag", "target_language": "en"},
    "prompt-refinement": {"prompt": "a fox"},
    "image-generation": {"prompt": "a fox", "width_px": 640, "height_px": 360, "steps": 30, "guidance": 7.5},
    "image-editing": {"prompt": "make it blue", "strength": 0.75},
    "image-upscaling": {"factor": 2.0},
    "video-generation": {"prompt": "a fox runs", "duration_s": 5.0, "fps": 24.0},
    "video-animation": {"prompt": "it runs", "duration_s": 5.0, "fps": 24.0},
    "video-upscaling": {"factor": 2.0},
    "text-to-speech": {"text": "One fox and two foxes.", "speed": 1.0, "pitch": 1.0, "format": "wav"},
    "audio-generation": {"prompt": "calm", "duration_s": 8.0, "format": "wav"},
    "sound-effects": {"prompt": "a door"},
    "speech-to-text": {"language": "en"},
}
GIVEN = {"image-editing": "/image", "image-upscaling": "/image", "video-animation": "/image"}
ACTIVE = [(row, capability) for row in REMOTE if row.lifecycle == "active" for capability in row.capabilities]


def task(folder: Path, capability: str, seed: int = 7, key: str = "key-1", **params: Any) -> Task:
    """One task, with what it is given."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {}
    if (pointer := GIVEN.get(capability)) is not None:
        path = folder / "given.png"
        path.write_bytes(media.picture("given", 64, 64))
        inputs[pointer] = Input(path, "image/png")
    if capability == "speech-to-text":
        path = folder / "given.wav"
        path.write_bytes(media.sound(1.0))
        inputs["/audio"] = Input(path, "audio/wav")
    if capability == "video-upscaling":
        path = folder / "given.mp4"
        path.write_bytes(media.film())
        inputs["/video"] = Input(path, "video/mp4")
    wanted = {**PARAMS[capability], **params}
    return Task("t", capability, wanted, seed, folder, Quiet(), inputs, idempotency_key=key)


def engine_of(row: Model) -> CardEngine:
    """The engine of a row, loaded."""
    engine = CardEngine(*row.arguments)
    engine.load("cpu")
    return engine


def done(engine: CardEngine, each: Task) -> Result:
    """Submit, wait and fetch."""
    answer = engine.submit(each, False)
    if isinstance(answer, Result):
        return answer
    assert isinstance(answer, Ticket)
    for _ in range(200):
        standing = engine.check(answer.text)
        if isinstance(standing, Ready):
            return engine.fetch(each, answer.text)
        assert isinstance(standing, Pending), standing
        time.sleep(0.01)
    raise AssertionError("it never ended")


@pytest.mark.parametrize(("row", "capability"), ACTIVE, ids=[f"{row.name} {what}" for row, what in ACTIVE])
def test_a_model_makes_what_its_capability_promises_and_is_paid_once(
    fakes: Fakes, tmp_path: Path, row: Model, capability: str
) -> None:
    engine = engine_of(row)
    result = done(engine, task(tmp_path, capability))
    engine.unload()
    main = result.products[0]
    assert media_kind(main.media_type) in CAPABILITIES[Capability(capability)].result
    assert sniff(main.path) == main.media_type
    (bought,) = fakes.ledger.rows()
    assert bought["provider"] == row.provider


def test_every_provider_has_a_fake_and_every_row_is_in_the_catalogue() -> None:
    assert {card.id for card in PROVIDERS} == set(ANSWERS)
    assert set(REMOTE) <= set(MODELS)
    assert len({row.name for row in MODELS}) == len(MODELS)
    for row in REMOTE:
        assert row.lifecycle == "active" or row.successor in {other.name for other in REMOTE}


def test_speech_has_the_time_of_every_word(fakes: Fakes, tmp_path: Path) -> None:
    row = next(row for row in REMOTE if row.name == "elevenlabs-multilingual")
    text = "One fox, two foxes."
    result = done(engine_of(row), task(tmp_path, "text-to-speech", text=text))
    table = json.loads(result.products[0].text or "")
    assert [text[word["char_start"] : word["char_end"]] for word in table["words"]] == text.split()
    assert [word["text"] for word in table["words"]] == text.split()
    assert table["words"][0]["start_s"] == 0.0 < table["words"][1]["start_s"]
    with wave.open(io.BytesIO(result.products[0].path.read_bytes())) as file:
        assert abs(file.getnframes() / file.getframerate() - table["duration_s"]) < 0.1


def test_what_is_heard_comes_with_the_time_of_every_word(fakes: Fakes, tmp_path: Path) -> None:
    row = next(row for row in REMOTE if row.name == "openai-whisper")
    result = done(engine_of(row), task(tmp_path, "speech-to-text"))
    told = json.loads(result.products[0].text or "")
    assert told["text"] == "this is a tone"
    assert told["words"][1] == {"text": "is", "start_s": 0.5, "end_s": 0.9}


def test_a_picture_has_the_size_that_was_asked_for_where_the_provider_takes_one(
    fakes: Fakes, tmp_path: Path
) -> None:
    row = next(row for row in REMOTE if row.name == "together-flux-schnell")
    result = done(engine_of(row), task(tmp_path, "image-generation"))
    with Image.open(result.products[0].path) as picture:
        assert picture.size == (640, 360)


@pytest.mark.parametrize("name", ["openai-gpt-5-mini", "gemini-flash", "openrouter-auto"])
def test_with_a_schema_the_answer_is_json(fakes: Fakes, tmp_path: Path, name: str) -> None:
    row = next(row for row in REMOTE if row.name == name)
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    result = done(engine_of(row), task(tmp_path, "text-generation", json_schema=schema))
    assert result.products[0].media_type == "application/json"
    assert set(json.loads(result.products[0].path.read_text())) == {"title"}
