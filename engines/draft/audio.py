"""How the draft audio engine serves its capabilities: speech, music and sound effects, without weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from engines.contract import Finished, Report, Result, Task, one_by_one
from runtime.errors import EngineUnavailable, Unsupported

if TYPE_CHECKING:
    from engines.draft.speech.espeak import EspeakPaths

_STEPS = {"text-to-speech": 4, "audio-generation": 3, "sound-effects": 3}
_REFUSED = {
    "voice-cloning": "the draft engine cannot clone a voice; a local engine (XTTS or Chatterbox) "
    "or a remote provider such as ElevenLabs can",
    "voice-design": "the draft engine cannot design a voice; a local engine (Qwen3-TTS or Parler-TTS) "
    "or a remote provider such as ElevenLabs can",
}


class DraftAudio:
    """Speech by espeak-ng, music by rules from a bundled soundfont, effects by arithmetic. CPU only."""

    concurrent = True
    ahead: ClassVar = (
        "engines.draft.music.playing",
        "engines.draft.music.rendering",
        "engines.draft.sounds.effects",
        "engines.draft.speech.speaking",
    )

    def __init__(self) -> None:
        self._espeak: EspeakPaths | None = None
        self._flite: str | None = None
        self._soundfont: bytes | None = None

    def load(self, device: str) -> None:
        """Find the speech programs and read the soundfont.

        Raises: EngineUnavailable when espeak-ng or the synthesizer is not installed.
        """
        from engines.draft.music.rendering import load_soundfont
        from engines.draft.speech.espeak import find_espeak
        from engines.draft.speech.flite import find_flite

        self._espeak = find_espeak()
        self._flite = find_flite()
        self._soundfont = load_soundfont()

    def unload(self) -> None:
        """Give the soundfont back."""
        self._soundfont = None

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Make one result for each task: audio/wav or audio/mpeg; speech also has its table of words as text.

        Raises: EngineUnavailable for voice-cloning and voice-design, Unsupported for any other capability,
        InvalidRequest, EngineFailed, TimedOut.
        """
        return one_by_one(tasks, self._make)

    def _make(self, task: Task) -> Result:
        total = _STEPS.get(task.capability, 1)
        path, step = task.workdir / "audio", _stepper(task.report, total)
        result = self._made(task, path, step)
        step(total, "done")
        return result

    def _made(self, task: Task, path: Path, step: Callable[[int, str], None]) -> Result:
        if self._espeak is None or self._soundfont is None:
            self.load("cpu")
        assert self._espeak is not None and self._soundfont is not None  # noqa: S101,PT018  load() set them or raised
        if task.capability == "text-to-speech":
            from engines.draft.speech.speaking import speak

            return speak(task, self._espeak, self._flite, path, step)
        if task.capability == "audio-generation":
            from engines.draft.music.playing import play

            return play(task, self._soundfont, path, step)
        if task.capability == "sound-effects":
            from engines.draft.sounds.effects import make_effect

            return make_effect(task, path, step)
        if task.capability in _REFUSED:
            raise EngineUnavailable(_REFUSED[task.capability])
        raise Unsupported(f"the draft audio engine does not offer {task.capability}")


def _stepper(report: Report, total: int) -> Callable[[int, str], None]:
    def step(done: int, stage: str) -> None:
        report.step(done, total, stage)

    return step
