"""How an audio-generation request is fulfilled: mood, composition, performance, file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from catalog.moods import DEFAULT_MOOD, Mood, find_mood, mood_of_prompt, nearest_mood
from engines.contract import Product, Result, Task
from engines.draft.music.composing import compose
from engines.draft.music.rendering import SAMPLE_RATE_HZ, render
from engines.draft.sounds.files import write_audio
from runtime.errors import InvalidRequest, Unsupported

_SHORTEST_S, _LONGEST_S = 0.5, 600.0


def play(task: Task, soundfont: bytes, path: Path, step: Callable[[int, str], None]) -> Result:
    """Compose and play one piece into `path` (without suffix); `step(0..3, stage)` may raise to cancel.

    Raises: InvalidRequest (ranges), Unsupported (mood, format), EngineUnavailable, EngineFailed.
    """
    params = task.params
    duration_s = float(params["duration_s"])
    if not _SHORTEST_S <= duration_s <= _LONGEST_S:
        raise InvalidRequest(f"duration_s of music must be {_SHORTEST_S:g} to {_LONGEST_S:g}")
    tempo = params.get("tempo")
    if tempo is not None and not 30 <= float(tempo) <= 240:
        raise InvalidRequest("tempo must be 30 to 240")
    intensity = 0.5 if params.get("intensity") is None else float(params["intensity"])
    if not 0.0 <= intensity <= 1.0:
        raise InvalidRequest("intensity must be 0 to 1")
    degraded: list[str] = []
    mood = _mood(params.get("mood"), params.get("prompt"), degraded)
    step(0, "composing")
    piece = compose(mood.name, duration_s, None if tempo is None else float(tempo), intensity, task.seed)
    step(1, "playing")
    samples = render(soundfont, piece, -21.5 + 5.0 * intensity, lambda _: step(1, "playing"))
    step(2, "writing")
    audio_format = params.get("format") or "wav"
    target = path.with_suffix(f".{audio_format}")
    media_type = write_audio(samples, SAMPLE_RATE_HZ, target, audio_format)
    return Result((Product(target, media_type),), tuple(degraded))


def _mood(name: str | None, prompt: str | None, degraded: list[str]) -> Mood:
    if name is not None:
        mood = find_mood(name)
        if mood is None:
            raise Unsupported(f"mood {name!r} is not offered; the nearest is {nearest_mood(name)}")
        return mood
    mood = mood_of_prompt(prompt or "")
    if mood is not None:
        return mood
    if prompt:
        degraded.append(
            f"no word of the prompt names a mood the draft engine knows: {DEFAULT_MOOD} is played"
        )
    default = find_mood(DEFAULT_MOOD)
    assert default is not None  # noqa: S101  the default is a row of the table
    return default
