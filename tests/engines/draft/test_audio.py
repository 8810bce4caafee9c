"""Whether the draft audio engine keeps the engine contract for speech, music and effects."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from catalog.languages import FIRST_CLASS_CODES
from catalog.moods import MOODS
from engines.contract import Result
from engines.draft.audio import DraftAudio
from language.marks import unmarked
from runtime.errors import Cancelled, EngineUnavailable, InvalidRequest, ReelbusError, Unsupported
from tests.engines.running import Work, generate

_LINES = {
    "en": "The morning light moves slowly over the hills, and it's 25 degrees.",
    "fr": "Qu'est-ce que c'est ? Il y a l'homme, la mer et le vent.",
    "de": "Der Zug fährt heute um halb neun ab, gib's weiter!",
    "es": "¿Dónde está la estación? Mañana llegaremos a las 8.",
    "it": "L'acqua dell'isola è limpida, c'è un po' di vento.",
    "pt": "Amanhã não há aulas; vamos à praia de manhã.",
    "nl": "'s Ochtends fietst ze naar de stad en terug.",
    "pl": "W Szczebrzeszynie chrząszcz brzmi w trzcinie.",
    "ru": "Привет, мир! Сегодня хорошая погода в Москве.",
}


class Listener:
    """A report that remembers what it was told, and may cancel at a stage."""

    def __init__(self, cancel_at: str | None = None) -> None:
        self.steps: list[tuple[int, int, str]] = []
        self._cancel_at = cancel_at

    def step(self, done: int, total: int, stage: str) -> None:
        self.steps.append((done, total, stage))
        if stage == self._cancel_at:
            raise Cancelled

    def preview(self, path: Path) -> None:
        raise AssertionError(path)


@pytest.fixture(scope="module")
def engine() -> DraftAudio:
    engine = DraftAudio()
    engine.load("cpu")
    return engine


def make(engine: DraftAudio, workdir: Path, capability: str, **params: Any) -> Result:
    return generate(engine, [Work("task-1", capability, params, 7)], workdir, Listener())[0]


def read_wav(path: Path) -> tuple[NDArray[np.float64], int]:
    """Return samples (channels, n) in -1..1 and their rate."""
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return pcm.reshape(-1, file.getnchannels()).T / 32768.0, file.getframerate()


def check_words(text: str, result: Result) -> list[dict[str, Any]]:
    """Check the whole promise about the table of words; return its rows."""
    assert result.products[0].text is not None
    table = json.loads(result.products[0].text)
    assert len(result.products[0].text.encode()) <= 65_536
    rows: list[dict[str, Any]] = table["words"]
    times = [time for row in rows for time in (row["start_s"], row["end_s"])]
    assert times == sorted(times)
    assert all(0 <= time <= table["duration_s"] for time in times)
    shown = unmarked(text)
    places = [(shown.index_of(row["char_start"]), shown.index_of(row["char_end"])) for row in rows]
    assert all(row["text"] == shown.text[a:b] for row, (a, b) in zip(rows, places, strict=True))
    assert "".join("".join(row["text"] for row in rows).split()) == "".join(shown.text.split())
    return rows


def heard(engine: DraftAudio, workdir: Path, text: str, language: str = "en") -> tuple[bytes, Result]:
    result = make(engine, workdir, "text-to-speech", text=text, language=language)
    return result.products[0].path.read_bytes(), result


@pytest.mark.parametrize(
    ("written", "said", "language"),
    [
        ("**Welcome** to the _harbour_.", "Welcome to the harbour.", "en"),
        ("$19.99 in 1984", "nineteen dollars ninety-nine in nineteen eighty-four", "en"),
        ("Call 416-555-0192", "Call four one six, five five five, zero one nine two", "en"),
        ("World War II", "World War two", "en"),
        ("Am 5. Nov 2020", "Am fünften November zweitausendzwanzig", "de"),
        ("The word 狐狸 means fox", "The word means fox", "en"),
    ],
)
def test_what_is_heard_is_what_is_meant(
    engine: DraftAudio, tmp_path: Path, written: str, said: str, language: str
) -> None:
    sound, result = heard(engine, tmp_path, written, language)
    meant, _ = heard(engine, tmp_path, said, language)
    assert abs(len(sound) - len(meant)) < 0.06 * len(meant)
    if "狐" not in written:
        assert sound == meant
    check_words(written, result)


def test_words_of_many_words_keep_their_times(engine: DraftAudio, tmp_path: Path) -> None:
    _, result = heard(engine, tmp_path, "It costs **$19.99** today.")
    rows = json.loads(result.products[0].text or "")["words"]
    assert [row["text"] for row in rows] == ["It", "costs", "$19.99", "today."]
    assert [(row["char_start"], row["char_end"]) for row in rows] == [(0, 2), (3, 8), (11, 17), (20, 26)]
    price = rows[2]["end_s"] - rows[2]["start_s"]
    assert price > 2 * (rows[1]["end_s"] - rows[1]["start_s"])


def test_japanese_is_spoken_and_never_named(engine: DraftAudio, tmp_path: Path) -> None:
    sound, result = heard(engine, tmp_path, "灯台とくじらの物語。", "ja")
    kana, _ = heard(engine, tmp_path, "トウダイト クジラノ モノガタリ。", "ja")
    assert sound == kana
    assert result.degraded == ()


@pytest.mark.parametrize("language", FIRST_CLASS_CODES)
def test_every_word_of_a_line_is_timed_in_all_nine_languages(
    engine: DraftAudio, tmp_path: Path, language: str
) -> None:
    text = _LINES[language]
    result = make(engine, tmp_path, "text-to-speech", text=text, language=language)
    rows = check_words(text, result)
    assert len(rows) >= len(text.split()) - 2
    assert all(row["end_s"] > row["start_s"] for row in rows)
    samples, rate_hz = read_wav(result.products[0].path)
    for row in rows:
        part = samples[0, int(row["start_s"] * rate_hz) : int(row["end_s"] * rate_hz) + 1]
        assert np.abs(part).max() > 0.02, row
    assert result.degraded == ()


def test_speech_ends_soon_after_its_last_sound(engine: DraftAudio, tmp_path: Path) -> None:
    result = make(engine, tmp_path, "text-to-speech", text="Good night.")
    samples, rate_hz = read_wav(result.products[0].path)
    assert result.products[0].media_type == "audio/wav"
    assert rate_hz == 24_000
    assert samples.shape[0] == 1
    heard = np.flatnonzero(np.abs(samples[0]) > 0.002)
    assert (samples.shape[1] - heard[-1]) / rate_hz <= 0.15
    assert 0.5 < np.abs(samples).max() * 2 < 1.7


def test_speed_and_pitch_do_what_they_say(engine: DraftAudio, tmp_path: Path) -> None:
    text = "A quiet river runs along the old stone wall."
    length = {
        speed: read_wav(make(engine, tmp_path, "text-to-speech", text=text, speed=speed).products[0].path)[
            0
        ].shape[1]
        for speed in (0.25, 0.5, 1.0, 2.0, 4.0)
    }
    for speed, samples in length.items():
        assert samples * speed == pytest.approx(length[1.0], rel=0.2)
    pitches = [
        _pitch_hz(make(engine, tmp_path, "text-to-speech", text=text, pitch=p)) for p in (0.5, 1.0, 2.0)
    ]
    assert pitches[0] < 0.65 * pitches[1]
    assert pitches[2] > 1.6 * pitches[1]


def _pitch_hz(result: Result) -> float:
    samples, rate_hz = read_wav(result.products[0].path)
    found = []
    for start in range(0, samples.shape[1] - 2048, 1024):
        part = samples[0, start : start + 2048]
        if part.std() > 0.05:
            correlation = np.correlate(part, part, "full")[2047:]
            lag = rate_hz // 500 + int(np.argmax(correlation[rate_hz // 500 : rate_hz // 40]))
            found.append(rate_hz / lag)
    return float(np.median(found))


def test_voices_emotions_and_languages_are_heard(engine: DraftAudio, tmp_path: Path) -> None:
    requests: list[dict[str, Any]] = [
        {}, {"voice": "en-US-Jenny"}, {"voice": "elder"}, {"voice": "fr-FR-Denise"}, {"voice": "whisper"},
        {"emotion": "sad"}, {"emotion": "excited"}, {"language": "de"}, {"pitch": 1.3},
    ]  # fmt: skip
    digests = set()
    for request in requests:
        result = make(engine, tmp_path, "text-to-speech", text="Radio Berlin, 1999.", **request)
        assert result.degraded == ()
        digests.add(hashlib.sha256(result.products[0].path.read_bytes()).hexdigest())
    assert len(digests) == len(requests)


def test_what_is_ignored_or_replaced_is_said(engine: DraftAudio, tmp_path: Path) -> None:
    odd = make(engine, tmp_path, "text-to-speech", text="Hello", emotion="bamboozled")
    assert "emotion is ignored" in odd.degraded[0]
    other = make(engine, tmp_path, "text-to-speech", text="Hallo", voice="fr-FR-Henri", language="de")
    assert "de-male speaks instead" in other.degraded[0]


def test_chinese_is_read_as_chinese_when_nobody_named_the_language(
    engine: DraftAudio, tmp_path: Path
) -> None:
    text = "一只狐狸想去看大海。"
    plain = make(engine, tmp_path, "text-to-speech", text=text)
    assert plain.degraded == ("the text is not written in English: it is read as Chinese (Mandarin)",)
    named = make(engine, tmp_path, "text-to-speech", text=text, language="zh")
    assert named.degraded == ()
    assert plain.products[0].path.read_bytes() == named.products[0].path.read_bytes()


def test_a_voice_whose_program_is_missing_is_refused_not_replaced(tmp_path: Path) -> None:
    from engines.draft.speech.espeak import Delivery
    from engines.draft.speech.flite import speak_flite

    with pytest.raises(EngineUnavailable, match="flite"):
        speak_flite(None, "slt", "Hello", Delivery(), lambda: None)


@pytest.mark.parametrize(
    ("params", "near"),
    [
        ({"voice": "fr-FR-Denis"}, "fr-female"),
        ({"language": "frr"}, "fr"),
        ({"format": "ogg"}, "wav and mp3"),
    ],
)
def test_what_is_not_offered_is_refused_with_the_nearest_name(
    engine: DraftAudio, tmp_path: Path, params: dict[str, Any], near: str
) -> None:
    with pytest.raises(Unsupported, match=near):
        make(engine, tmp_path, "text-to-speech", text="Hello", **params)


@pytest.mark.parametrize(
    "text", ["😀😀", "\x00\x07", "   \n\t ", "…", "\u200f\u202e", "\ufdd0", "\ud800", "!!!"]
)
def test_text_without_words_gives_a_short_silence_and_says_so(
    engine: DraftAudio, tmp_path: Path, text: str
) -> None:
    result = make(engine, tmp_path, "text-to-speech", text=text)
    samples, _ = read_wav(result.products[0].path)
    assert samples.shape[1] == 12_000
    assert "silence" in result.degraded[0]
    assert json.loads(result.products[0].text or "")["duration_s"] == 0.5


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    language=st.sampled_from(["en", "fr", "ar", "ja", "zh", "th", "ru", "hi"]),
)
def test_no_text_breaks_the_voice(engine: DraftAudio, tmp_path: Path, text: str, language: str) -> None:
    check_words(text, make(engine, tmp_path, "text-to-speech", text=text, language=language))


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם, מה שלומך היום?",
        "مرحبا بالعالم 123",
        "[[h@'loU]] <speak>hi</speak> &amp; ]]>",
        "A" * 400,
        "1" * 300,
    ],
)
def test_scripts_and_markup_are_spoken_as_text(engine: DraftAudio, tmp_path: Path, text: str) -> None:
    check_words(
        text, make(engine, tmp_path, "text-to-speech", text=text, language="he" if text[0] > "z" else "en")
    )


def test_a_long_text_is_spoken_whole(engine: DraftAudio, tmp_path: Path) -> None:
    text = ("So much to say, and 1 breath. " * 67)[:2000]
    result = make(engine, tmp_path, "text-to-speech", text=text, speed=4.0)
    check_words(text, result)
    assert read_wav(result.products[0].path)[0].shape[1] / 24_000 > 15


@pytest.mark.parametrize("duration_s", [0.5, 1.37, 4.0, 12.3456789])
def test_music_has_exactly_the_duration_asked_for_and_ends_in_silence(
    engine: DraftAudio, tmp_path: Path, duration_s: float
) -> None:
    result = make(engine, tmp_path, "audio-generation", mood="hopeful", duration_s=duration_s)
    samples, rate_hz = read_wav(result.products[0].path)
    assert samples.shape == (2, round(duration_s * rate_hz))
    assert rate_hz == 48_000
    assert np.abs(samples).max() <= 10 ** (-3 / 20)
    assert np.abs(samples).max() > 0.1
    assert np.abs(samples[:, -480:]).max() < 0.005


def test_no_two_moods_and_no_two_seeds_sound_the_same(engine: DraftAudio, tmp_path: Path) -> None:
    tasks = [Work(mood.name, "audio-generation", {"mood": mood.name, "duration_s": 1.5}, 1) for mood in MOODS]
    tasks.append(Work("again", "audio-generation", {"mood": "calm", "duration_s": 1.5}, 2))
    results = generate(engine, tasks, tmp_path, Listener())
    digests = {hashlib.sha256(result.products[0].path.read_bytes()).hexdigest() for result in results}
    assert len(digests) == len(MOODS) + 1


def test_intensity_makes_music_louder_and_fuller(engine: DraftAudio, tmp_path: Path) -> None:
    levels = []
    for intensity in (0.0, 1.0):
        result = make(engine, tmp_path, "audio-generation", mood="epic", duration_s=4.0, intensity=intensity)
        levels.append(np.sqrt((read_wav(result.products[0].path)[0] ** 2).mean()))
    assert levels[1] > 1.4 * levels[0]


def test_a_prompt_without_a_mood_is_played_calmly_and_says_so(engine: DraftAudio, tmp_path: Path) -> None:
    assert (
        "calm is played" in make(engine, tmp_path, "audio-generation", prompt="zq", duration_s=1).degraded[0]
    )
    assert make(engine, tmp_path, "audio-generation", prompt="an epic battle", duration_s=1).degraded == ()


def test_equal_requests_give_equal_bytes_in_another_process(engine: DraftAudio, tmp_path: Path) -> None:
    requests: list[tuple[str, dict[str, Any]]] = [
        ("text-to-speech", {"text": "Twice the same, please.", "pitch": 2.0, "speed": 0.4}),
        ("audio-generation", {"mood": "tense", "duration_s": 2.5}),
        ("sound-effects", {"prompt": "rain and thunder", "duration_s": 1.5}),
        ("text-to-speech", {"text": "Und noch einmal.", "language": "de", "format": "mp3"}),
    ]
    tasks = [Work(str(number), name, params, 5) for number, (name, params) in enumerate(requests)]
    here = [
        hashlib.sha256(r.products[0].path.read_bytes()).hexdigest()
        for r in generate(engine, tasks, tmp_path, Listener())
    ]
    program = (
        "import hashlib, json, sys; from pathlib import Path; from types import SimpleNamespace as N\n"
        "from tests.engines.running import Work, generate; from engines.draft.audio import DraftAudio\n"
        "tasks = [Work(f'other-{i}', n, p, 5) for i, (n, p) in enumerate(json.loads(sys.argv[1]))][::-1]\n"
        "made = generate(DraftAudio(), tasks, Path(sys.argv[2]), N(step=lambda *a: None))\n"
        "print(*[hashlib.sha256(r.products[0].path.read_bytes()).hexdigest() for r in made][::-1])"
    )
    other = tmp_path / "other"
    other.mkdir()
    out = subprocess.run(
        [sys.executable, "-c", program, json.dumps(requests), str(other)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.split() == here


@pytest.mark.parametrize("audio_format", ["wav", "mp3"])
def test_a_file_says_that_it_is_a_draft(engine: DraftAudio, tmp_path: Path, audio_format: str) -> None:
    result = make(engine, tmp_path, "audio-generation", mood="sad", duration_s=2.0, format=audio_format)
    assert result.products[0].media_type == {"wav": "audio/wav", "mp3": "audio/mpeg"}[audio_format]
    with av.open(str(result.products[0].path)) as file:
        assert file.metadata["comment"].startswith("reelbus draft")
        assert (file.duration or 0) / 1e6 == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    "prompt", ["rain", "a church bell", "footsteps in a city", "birds and wind and sea", "click"]
)
def test_effects_last_as_long_as_asked_and_begin_and_end_cleanly(
    engine: DraftAudio, tmp_path: Path, prompt: str
) -> None:
    result = make(engine, tmp_path, "sound-effects", prompt=prompt, duration_s=2.25)
    samples, rate_hz = read_wav(result.products[0].path)
    assert samples.shape == (2, round(2.25 * rate_hz))
    assert 0.3 < np.abs(samples).max() <= 10 ** (-3 / 20)
    assert np.abs(samples[:, [0, -1]]).max() < 0.01
    assert result.degraded == ()


def test_an_unknown_sound_gets_the_nearest_one_and_says_so(engine: DraftAudio, tmp_path: Path) -> None:
    assert (
        "thunder is the nearest"
        in make(engine, tmp_path, "sound-effects", prompt="thnder", duration_s=1).degraded[0]
    )
    partly = make(engine, tmp_path, "sound-effects", prompt="a dog barking in soft rain", duration_s=1)
    assert partly.degraded == ("2 words of the prompt name nothing that the draft engine can make",)
    assert "quiet room" in make(engine, tmp_path, "sound-effects", prompt="∅", duration_s=1).degraded[0]


@pytest.mark.parametrize("capability", ["voice-cloning", "voice-design"])
def test_what_needs_a_trained_model_is_refused_by_name(
    engine: DraftAudio, tmp_path: Path, capability: str
) -> None:
    with pytest.raises(EngineUnavailable, match="remote provider"):
        make(engine, tmp_path, capability, text="Hello", description="warm", reference="x")


@pytest.mark.parametrize(
    ("capability", "params"),
    [
        ("audio-generation", {"mood": "calm", "duration_s": 0.1}),
        ("audio-generation", {"mood": "calm", "duration_s": 601}),
        ("audio-generation", {"mood": "calm", "duration_s": 2, "tempo": 10}),
        ("audio-generation", {"mood": "calm", "duration_s": 2, "intensity": 2}),
        ("sound-effects", {"prompt": "rain", "duration_s": 0}),
        ("text-to-speech", {"text": ""}),
        ("text-to-speech", {"text": "a", "speed": 9}),
    ],
)
def test_numbers_out_of_range_are_refused(
    engine: DraftAudio, tmp_path: Path, capability: str, params: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest):
        make(engine, tmp_path, capability, **params)


def test_other_capabilities_are_unsupported(engine: DraftAudio, tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        make(engine, tmp_path, "speech-to-text")


@pytest.mark.parametrize(
    ("capability", "params", "stage"),
    [
        ("text-to-speech", {"text": "Never heard."}, "polishing"),
        ("audio-generation", {"mood": "epic", "duration_s": 5.0}, "playing"),
        ("sound-effects", {"prompt": "sea"}, "mixing"),
    ],
)
def test_a_cancelled_task_stops_at_the_next_step(
    engine: DraftAudio, tmp_path: Path, capability: str, params: dict[str, Any], stage: str
) -> None:
    with pytest.raises(Cancelled):
        generate(engine, [Work("t", capability, params, 1)], tmp_path, Listener(stage))


def test_a_cancelled_line_takes_its_speech_program_with_it() -> None:
    from engines.draft.speech.child import run_child

    def refuse() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        run_child((sys.executable, "-c", "import time; time.sleep(60)"), b"", 50.0, refuse)


def test_a_program_that_hangs_or_is_missing_ends_in_one_of_our_errors() -> None:
    from engines.draft.speech.child import run_child

    with pytest.raises(ReelbusError, match="in time"):
        run_child((sys.executable, "-c", "import time; time.sleep(60)"), b"", 0.3, lambda: None)
    with pytest.raises(EngineUnavailable):
        run_child(("/nonexistent/program",), b"", 1.0, lambda: None)


def test_steps_count_up_to_the_whole_of_each_task(engine: DraftAudio, tmp_path: Path) -> None:
    listener = Listener()
    tasks = [
        Work("../../a", "text-to-speech", {"text": "One."}, 1),
        Work("b", "sound-effects", {"prompt": "click", "duration_s": 0.5}, 1),
    ]
    results = generate(engine, tasks, tmp_path, listener)
    for total in (4, 3):
        said = [done for done, of, _ in listener.steps if of == total]
        assert said == sorted(said)
        assert said[-1] == total
    assert [result.products[0].path.parent for result in results] == [tmp_path / "0", tmp_path / "1"]
