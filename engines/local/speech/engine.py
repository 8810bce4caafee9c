"""How the trained voice serves text-to-speech: Kokoro-82M with sounds by espeak-ng. CPU only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from engines.contract import Finished, Result, Task, one_by_one
from runtime.errors import Unsupported

if TYPE_CHECKING:
    from engines.draft.speech.espeak import EspeakPaths
    from engines.local.speech.model import Kokoro


class KokoroSpeech:
    """A trained voice; several tasks may be in hand at once, each in a thread of its own."""

    concurrent = True
    ahead: ClassVar = ("onnxruntime", "engines.local.speech.speaking")

    def __init__(self) -> None:
        self._model: Kokoro | None = None
        self._espeak: EspeakPaths | None = None

    def load(self, device: str) -> None:
        """Read and check the weights, and find espeak-ng.

        Raises: EngineUnavailable when a package is missing, or holds other weights than those that were pinned.
        """
        from engines.draft.speech.espeak import find_espeak
        from engines.local.speech.model import Kokoro

        self._espeak = find_espeak()
        self._model = Kokoro()

    def unload(self) -> None:
        """Give the weights back."""
        self._model = None

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Make one result for each task: audio/wav or audio/mpeg, with its table of words as text.

        Raises: Unsupported for another capability, voice or language, InvalidRequest, EngineFailed, TimedOut.
        """
        return one_by_one(tasks, self._make)

    def _make(self, task: Task) -> Result:
        from engines.local.speech.speaking import speak

        if task.capability != "text-to-speech":
            raise Unsupported(f"kokoro does not offer {task.capability}")
        if self._model is None or self._espeak is None:
            self.load("cpu")
        assert self._model is not None and self._espeak is not None  # noqa: S101,PT018  load() set them or raised
        return speak(task, self._model, self._espeak, task.workdir / "audio")
