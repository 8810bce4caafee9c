"""How speech is written down: Whisper tiny.en through faster-whisper. Of ours, standard library only: it has its own Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog.weights.transcription import WHISPER_TINY_EN
from engines.contract import Finished, Product, Result, Task, one_by_one
from engines.local.weights import verified
from runtime.errors import AssetInvalid, InvalidRequest, Unsupported

LONGEST_S = 4 * 3600.0
"""More sound than this is refused: it is held in memory, 64 kB a second."""
_RATE_HZ = 16_000
_TEXT_BYTES = 65_000


class Transcription:
    """Writes down English speech. The sound is decoded here, so its host is confined. CPU only."""

    def __init__(self) -> None:
        self._model: Any = None

    def load(self, device: str) -> None:
        """Check the weights and load them.

        Raises: EngineUnavailable when they are missing, or others than those that were pinned.
        """
        folders = {verified(WHISPER_TINY_EN, file.path).parent for file in WHISPER_TINY_EN.files}
        from faster_whisper import WhisperModel

        (folder,) = folders
        self._model = WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=1,
            num_workers=1,
            local_files_only=True,
        )

    def unload(self) -> None:
        """Give the weights back."""
        self._model = None

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Make one application/json for each task: {"text", "language", "duration_s", "segments", "words"}.

        Raises: Unsupported for another language or translation, AssetInvalid for a sound that cannot be read.
        """
        return one_by_one(tasks, self._make)

    def _make(self, task: Task) -> Result:
        if task.capability != "speech-to-text":
            raise Unsupported(f"whisper-tiny-en does not offer {task.capability}")
        given = task.inputs.get("/audio")
        if given is None:
            raise InvalidRequest("/audio: there is no sound to write down")
        language = str(task.params.get("language") or "en")
        if language.replace("_", "-").casefold().split("-")[0] != "en":
            raise Unsupported(f"whisper-tiny-en hears English alone, not {language!r}")
        if task.params.get("translate"):
            raise Unsupported("whisper-tiny-en does not translate")
        if self._model is None:
            self.load("cpu")
        task.report.step(0, 100, "decoding")
        samples = _decoded(given.path, task)
        told = self._told(samples, task)
        path = task.workdir / "transcript.json"
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        path.write_text(text, "utf-8")
        task.report.step(100, 100, "done")
        fits = len(text.encode()) <= _TEXT_BYTES
        return Result((Product(path, "application/json", text=text if fits else None),))

    def _told(self, samples: Any, task: Task) -> dict[str, Any]:
        duration_s = len(samples) / _RATE_HZ
        segments: list[dict[str, Any]] = []
        words: list[dict[str, Any]] = []
        if len(samples):
            found, _ = self._model.transcribe(
                samples, language="en", beam_size=1, temperature=0.0, word_timestamps=True, vad_filter=False
            )
            for segment in found:  # each is computed when it is asked for
                said = [_word(word, duration_s) for word in segment.words or ()]
                segments.append(
                    {
                        "text": segment.text.strip(),
                        "start_s": _seconds(segment.start, duration_s),
                        "end_s": _seconds(segment.end, duration_s),
                    }
                )
                words += said
                done = min(99, max(1, int(100 * segment.end / max(duration_s, 0.001))))
                task.report.step(done, 100, "listening")
        return {
            "text": " ".join(each["text"] for each in segments),
            "language": "en",
            "duration_s": round(duration_s, 3),
            "segments": segments,
            "words": words,
        }


def _word(word: Any, duration_s: float) -> dict[str, Any]:
    return {
        "text": word.word.strip(),
        "start_s": _seconds(word.start, duration_s),
        "end_s": _seconds(word.end, duration_s),
    }


def _seconds(time_s: float, duration_s: float) -> float:
    return round(min(max(float(time_s), 0.0), duration_s), 3)


def _decoded(path: Path, task: Task) -> Any:
    """Return the first sound of a file as float32 mono samples at 16 kHz.

    Raises: AssetInvalid when there is none, or it cannot be read or is too long.
    """
    import av
    import numpy as np

    parts: list[Any] = []
    count = 0
    try:
        with av.open(str(path), metadata_errors="ignore") as file:
            if not file.streams.audio:
                raise AssetInvalid("/audio: the file has no sound")
            resampler = av.AudioResampler(format="flt", layout="mono", rate=_RATE_HZ)
            for frame in file.decode(audio=0):
                task.report.check()
                for made in resampler.resample(frame):
                    parts.append(made.to_ndarray().reshape(-1))
                    count += len(parts[-1])
                if count > LONGEST_S * _RATE_HZ:
                    raise AssetInvalid(f"/audio: more than {LONGEST_S / 3600:.0f} hours of sound")
            for made in resampler.resample(None):
                parts.append(made.to_ndarray().reshape(-1))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise AssetInvalid("/audio: the sound cannot be read") from error
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
