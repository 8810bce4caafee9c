"""The trained voice says what it is given, in its languages, with the times of its words, and refuses the rest by name."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.contract import Result
from engines.local.speech.engine import KokoroSpeech
from runtime.errors import Unsupported
from tests.engines.running import Work, generate

TEXT = "In 1984, a **fox** ran out of the house."


@pytest.fixture(scope="module")
def voice() -> Iterator[KokoroSpeech]:
    engine = KokoroSpeech()
    engine.load("cpu")
    yield engine
    engine.unload()


def say(kokoro: KokoroSpeech, folder: Path, text: str = TEXT, **params: Any) -> Result:
    return generate(kokoro, [Work("t", "text-to-speech", {"text": text, **params}, 7)], folder)[0]


def samples(result: Result) -> np.ndarray[Any, np.dtype[np.int16]]:
    with wave.open(str(result.products[0].path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def table(result: Result) -> Any:
    return json.loads(result.products[0].text or "")


def test_each_word_is_heard_where_its_table_says(voice: KokoroSpeech, tmp_path: Path) -> None:
    result = say(voice, tmp_path)
    assert result.degraded == ()
    told, heard = table(result), samples(result)
    assert told["duration_s"] == pytest.approx(len(heard) / 24_000, abs=1e-5)
    assert [word["text"] for word in told["words"]] == [
        "In",
        "1984,",
        "a",
        "fox",
        "ran",
        "out",
        "of",
        "the",
        "house.",
    ]
    assert [TEXT[word["char_start"] : word["char_end"]] for word in told["words"]][3] == "fox"
    times = [time for word in told["words"] for time in (word["start_s"], word["end_s"])]
    assert times == sorted(times)
    assert times[0] < 0.2
    assert 2.0 < told["duration_s"] < 6.0
    by_text = {word["text"]: word for word in told["words"]}
    assert by_text["1984,"]["end_s"] - by_text["1984,"]["start_s"] > 0.6  # nineteen eighty-four
    # A clause ends with a pause, and no word is heard in it.
    quiet = heard[int(by_text["1984,"]["end_s"] * 24_000) : int(by_text["a"]["start_s"] * 24_000)]
    assert len(quiet) == 0 or np.abs(quiet.astype(np.int32)).mean() < 600
    loud = [heard[int(w["start_s"] * 24_000) : int(w["end_s"] * 24_000)] for w in told["words"]]
    assert all(np.abs(part.astype(np.int32)).max() > 1000 for part in loud)


def test_equal_work_is_equal_and_another_voice_or_pace_is_not(voice: KokoroSpeech, tmp_path: Path) -> None:
    first = say(voice, tmp_path / "a", "A fox.")
    again = say(voice, tmp_path / "b", "A fox.")
    assert first.products[0].path.read_bytes() == again.products[0].path.read_bytes()
    man = say(voice, tmp_path / "c", "A fox.", voice="michael")
    assert not np.array_equal(samples(first), samples(man))
    slow = say(voice, tmp_path / "d", "A fox.", speed=0.4)
    assert table(slow)["duration_s"] > 1.7 * table(first)["duration_s"]
    low = say(voice, tmp_path / "e", "A fox.", pitch=0.7)
    assert table(low)["duration_s"] == pytest.approx(table(first)["duration_s"], rel=0.15)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Où vas-tu ?"),
        ("es", "¿Dónde está?"),
        ("it", "Che bello!"),
        ("pt-BR", "Que dia!"),
        ("en-GB", "A fox."),
    ],
)
def test_it_speaks_its_languages(voice: KokoroSpeech, tmp_path: Path, language: str, text: str) -> None:
    result = say(voice, tmp_path, text, language=language)
    assert result.degraded == ()
    assert np.abs(samples(result).astype(np.int32)).max() > 8000


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"language": "de"}, "'de'"),
        ({"voice": "elder"}, "'elder'"),
        ({"voice": "de-male"}, "'de-male'"),
        ({"voice": "nobody"}, "'nobody'"),
        ({"text": "Лиса видит море."}, "Russian"),
        ({"format": "ogg"}, "'ogg'"),
    ],
)
def test_what_it_cannot_say_is_refused_by_name(
    voice: KokoroSpeech, tmp_path: Path, params: dict[str, Any], named: str
) -> None:
    with pytest.raises(Unsupported, match=named):
        say(voice, tmp_path, **({"text": "A fox."} | params))


def test_what_it_leaves_out_is_told(voice: KokoroSpeech, tmp_path: Path) -> None:
    glad = say(voice, tmp_path / "a", "A fox.", emotion="happy")
    assert glad.degraded == ("emotion changes pace and loudness alone: this voice has no moods",)
    role = say(voice, tmp_path / "b", "Le renard.", voice="narrator", language="fr")
    assert role.degraded == ("narrator: no male voice speaks French, ff_siwis does",)
    nothing = say(voice, tmp_path / "c", "\U0001f600 …")
    assert nothing.degraded == ("nothing in the text can be spoken: a short silence takes its place",)
    assert table(nothing)["words"]


def test_its_file_says_what_made_it(voice: KokoroSpeech, tmp_path: Path) -> None:
    content = say(voice, tmp_path, "A fox.").products[0].path.read_bytes()
    assert b"synthetic speech, made by Kokoro-82M" in content
    assert b"draft" not in content
