"""What the quality engine finds in pictures, films, sound and words, and what it leaves alone."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from engines.contract import Input
from engines.draft.audio import DraftAudio
from engines.local.quality.engine import Quality
from engines.local.quality.reading import _bounded
from engines.media.encode import VideoWriter
from runtime.errors import AssetInvalid, Unsupported
from tests.engines.running import Work, generate

FONT = Path(__file__).parents[4] / "engines/composition/fonts/NotoSans-Bold.ttf"
LINE = "Un renard découvre la mer"


@pytest.fixture(scope="module")
def engine() -> Iterator[Quality]:
    engine = Quality()
    engine.load("cpu")
    yield engine
    engine.unload()


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    voice = DraftAudio()
    voice.load("cpu")
    params = {
        "text": "A red fox walks through the snow and finds the sea.",
        "format": "wav",
        "speed": 1.0,
        "pitch": 1.0,
    }
    work = Work("voice", "text-to-speech", params, 1)
    return generate(voice, [work], tmp_path_factory.mktemp("spoken"))[0].products[0].path


def title(size_px: int = 36) -> Image.Image:
    image = Image.new("RGB", (640, 240), (30, 60, 110))
    draw = ImageDraw.Draw(image)
    draw.text((40, 90), LINE, font=ImageFont.truetype(FONT, size_px), fill="white")
    return image


def saved(image: Image.Image, folder: Path, name: str = "given.png") -> Path:
    image.save(path := folder / name)
    return path


def sound(folder: Path, samples: NDArray[np.float64], rate: int = 16_000) -> Path:
    with wave.open(str(path := folder / "given.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(samples * 32767, -32768, 32767).astype("<i2").tobytes())
    return path


def judged(engine: Quality, folder: Path, *given: Path, **params: Any) -> dict[str, Any]:
    inputs = {f"/assets/{n}": Input(path) for n, path in enumerate(given)}
    whole = {"assets": [f"s3://media/{n}" for n in range(len(given))], **params}
    (result,) = generate(engine, [Work("t", "quality-assessment", whole, 1, inputs)], folder / "made")
    told = json.loads(result.products[0].path.read_text("utf-8"))
    assert json.loads(result.products[0].text or "") == told
    assert isinstance(told, dict)
    return told


def codes(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["reasons"]]


def test_a_sharp_title_passes_and_is_read(engine: Quality, tmp_path: Path) -> None:
    told = judged(engine, tmp_path, saved(title(), tmp_path), text=LINE)
    assert (told["verdict"], told["reasons"]) == ("pass", [])
    assert told["scores"]["text_legible"] == 1.0
    assert told["scores"]["sharpness"] > 0.2
    assert told["subjects"][0]["read"] == [LINE]


@pytest.mark.parametrize(
    ("image", "verdict", "code"),
    [
        (title().filter(ImageFilter.GaussianBlur(14)), "review", "blurred"),
        (Image.new("RGB", (320, 200), (128, 128, 130)), "review", "flat"),
        (Image.new("RGB", (320, 200)), "fail", "black"),
        (title().point(lambda value: value // 6), "review", "underexposed"),
        (title().point(lambda value: min(255, value + 230)), "review", "overexposed"),
    ],
)
def test_a_fault_of_a_picture_is_named(
    engine: Quality, tmp_path: Path, image: Image.Image, verdict: str, code: str
) -> None:
    told = judged(engine, tmp_path, saved(image, tmp_path))
    assert told["verdict"] == verdict
    assert code in codes(told)


@pytest.mark.parametrize("text", ["A castle of glass stood on the hill", "海の狐"])
def test_another_text_than_the_one_that_is_shown_is_told(engine: Quality, tmp_path: Path, text: str) -> None:
    told = judged(engine, tmp_path, saved(title(), tmp_path), text=text)
    assert (told["verdict"], codes(told)) == ("review", ["text_not_legible"])
    assert told["scores"]["text_legible"] < 0.5


@pytest.mark.parametrize("size", [(1, 1), (1200, 2), (2, 1200), (4000, 300)])
def test_a_narrow_picture_is_read_in_bounded_work(
    engine: Quality, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Its shorter side alone decided once how far it was enlarged: minutes and gigabytes for two rows of pixels."""
    pixels = np.random.default_rng(2).integers(0, 255, (size[1], size[0], 3), np.uint8)
    made = _bounded(pixels)
    assert max(made.shape) <= 1600
    assert max(made.shape[:2]) <= 4 * min(made.shape[:2])
    told = judged(engine, tmp_path, saved(Image.fromarray(pixels), tmp_path), text=LINE)
    assert "text_not_legible" in codes(told)


def test_a_film_with_black_pictures_is_told(engine: Quality, tmp_path: Path) -> None:
    shown = np.asarray(title().resize((160, 60)), np.uint8)
    with VideoWriter(path := tmp_path / "film.mp4", 160, 60, 4) as video:
        for n in range(24):
            video.write_rgb(shown if n < 12 else np.zeros_like(shown))
    told = judged(engine, tmp_path, path)
    assert (told["verdict"], codes(told)) == ("review", ["black"])
    assert told["scores"]["black"] == pytest.approx(0.5, abs=0.15)


def test_loudness_is_that_of_a_known_tone(engine: Quality, tmp_path: Path) -> None:
    """EBU Tech 3341: 1 kHz at -23 dBFS in both channels is -23 LUFS."""
    at = np.arange(4 * 48_000) / 48_000
    told = judged(engine, tmp_path, sound(tmp_path, np.sin(2 * np.pi * 1000 * at) * 10 ** (-23 / 20), 48_000))
    assert told["verdict"] == "pass"
    assert told["scores"]["loudness_lufs"] == pytest.approx(-23.0, abs=0.2)
    assert told["scores"]["silence"] == told["scores"]["clipped"] == 0.0
    assert "speech_overall" not in told["scores"]


@pytest.mark.parametrize(
    ("gain", "verdict", "code"),
    [(0.0, "fail", "silent"), (0.004, "review", "quiet"), (9.0, "review", "clipped")],
)
def test_a_fault_of_a_sound_is_named(
    engine: Quality, tmp_path: Path, gain: float, verdict: str, code: str
) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)
    told = judged(engine, tmp_path, sound(tmp_path, gain * tone))
    assert told["verdict"] == verdict
    assert code in codes(told)


def test_speech_is_rated_and_noise_makes_it_worse(engine: Quality, spoken: Path, tmp_path: Path) -> None:
    with wave.open(str(spoken)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, channels)[:, 0] / 32768
    clean = judged(engine, tmp_path, spoken, policy="speech")
    noise = np.random.default_rng(1).normal(0, 0.1, samples.size)
    noisy = judged(engine, tmp_path, sound(tmp_path, samples * 0.5 + noise, rate), policy="speech")
    assert clean["verdict"] == "pass"
    assert codes(noisy) == ["poor_speech"]
    for name in ("speech_overall", "speech_background"):
        assert 1.0 <= noisy["scores"][name] < clean["scores"][name] - 0.5 <= 4.5


@pytest.mark.parametrize(
    ("text", "verdict", "code"),
    [
        ("A red fox walks through the snow. It finds the sea.", "pass", None),
        ("the sea is blue and " * 20, "review", "repetitive"),
        ("caf\ufffd au lait \x00", "review", "garbled"),
        ("... --- !!!", "fail", "no_words"),
    ],
)
def test_a_text_alone_is_measured(
    engine: Quality, tmp_path: Path, text: str, verdict: str, code: str | None
) -> None:
    told = judged(engine, tmp_path, text=text)
    assert (told["verdict"], codes(told)) == (verdict, [code] if code else [])
    assert told["subjects"][0]["subject"] == "/text"


def test_each_asset_is_told_in_its_place_and_the_severest_verdict_counts(
    engine: Quality, tmp_path: Path
) -> None:
    first, second = saved(title(), tmp_path), saved(Image.new("L", (99, 77)), tmp_path, "black.png")
    told = judged(engine, tmp_path, first, second)
    assert told["verdict"] == "fail"
    assert [one["verdict"] for one in told["subjects"]] == ["pass", "fail"]
    assert [reason["subject"] for reason in told["reasons"]] == ["/assets/1"]


def test_an_unknown_policy_is_refused_with_the_nearest(engine: Quality, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"/policy: there is no such policy; the nearest is speech"):
        judged(engine, tmp_path, text="x", policy="speach")


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"\0\1\2\3"])
def test_what_cannot_be_read_is_no_verdict(engine: Quality, tmp_path: Path, content: bytes) -> None:
    (given := tmp_path / "given").write_bytes(content)
    with pytest.raises(AssetInvalid):
        judged(engine, tmp_path, given)
