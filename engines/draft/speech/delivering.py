"""How spoken samples become the result of a task: polished, each word timed, written to a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines.contract import Product, Result
from engines.draft.sounds.files import COMMENT, write_audio
from engines.draft.speech.espeak import Spoken, WordEvent
from engines.draft.speech.polish import SAMPLE_RATE_HZ, Tone, polish, silence
from engines.draft.speech.reading import Reading
from engines.draft.speech.timing import table, time_words
from engines.draft.speech.wording import words_of

_WORDLESS_S = 0.5
_READ_A_SECOND = 6.0
_LONGEST_SILENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a result is written (without suffix), as what ("wav", "mp3"), and what its file says of its maker."""

    path: Path
    audio_format: str
    comment: str = COMMENT


def deliver(
    reading: Reading,
    spoken: Spoken | None,
    tone: Tone,
    target: Target,
    degraded: list[str],
    step: Callable[[int, str], None],
) -> Result:
    """Return the result of what was spoken for a reading; None is a text without anything to say.

    `step(1..3, stage)` may raise to cancel.

    Raises: Unsupported for another format, EngineUnavailable, EngineFailed.
    """
    step(1, "polishing")
    finished = None if spoken is None else polish(spoken, tone)
    if finished is None or not len(finished.samples):
        degraded.append("nothing in the text can be spoken: a short silence takes its place")
        quiet_s = _silence_s(reading.shown) if reading.degraded else _WORDLESS_S
        finished = Spoken(silence(quiet_s), SAMPLE_RATE_HZ, ())
    step(2, "timing words")
    samples = finished.samples
    events = tuple(
        WordEvent(reading.said_at[event.char], event.time_s)
        for event in finished.words
        if 0 <= event.char < len(reading.said_at)
    )
    words = words_of(reading.shown, frozenset(event.char for event in events))
    timed = time_words(words, events, samples, SAMPLE_RATE_HZ)
    step(3, "writing")
    path = target.path.with_suffix(f".{target.audio_format}")
    media_type = write_audio(samples, SAMPLE_RATE_HZ, path, target.audio_format, target.comment)
    written = table(reading.shown, timed, len(samples) / SAMPLE_RATE_HZ, reading.shown_at)
    return Result((Product(path, media_type, text=written),), tuple(degraded))


def _silence_s(shown: str) -> float:
    """How long a text that cannot be spoken is silent: about as long as it takes to read."""
    letters = sum(char.isalnum() for char in shown)
    return min(max(letters / _READ_A_SECOND, _WORDLESS_S), _LONGEST_SILENCE_S)
