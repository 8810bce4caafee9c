"""How a line is spoken by Flite, where that program is installed: clearer English, no word events."""

from __future__ import annotations

import io
import shutil
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engines.draft.speech.child import run_child
from engines.draft.speech.espeak import Delivery, Spoken
from runtime.errors import EngineFailed, EngineUnavailable


def find_flite() -> str | None:
    """Return the path of the program flite, or None."""
    return shutil.which("flite")


def speak_flite(
    program: str | None, timbre: str, text: str, delivery: Delivery, alive: Callable[[], None]
) -> Spoken:
    """Speak English with a Flite voice ("slt", "rms"); pitch is left to the caller.

    Raises: EngineUnavailable without the program, EngineFailed, TimedOut, and what `alive` raises.
    """
    if program is None:
        raise EngineUnavailable(
            "this voice needs the program flite (Debian package flite); en-US-male does not"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "line.txt"), Path(folder, "line.wav")
        source.write_text(text, encoding="utf-8", errors="replace")
        slowness = min(max(1.0 / delivery.speed, 0.4), 2.5)
        pace = f"duration_stretch={slowness:.4f}"
        command = (program, "-voice", timbre, "-f", str(source), "-o", str(target), "--setf", pace)
        run_child(command, b"", 20.0 + len(text) / 50.0, alive)
        try:
            data = target.read_bytes()
            with wave.open(io.BytesIO(data)) as file:
                rate_hz, pcm = file.getframerate(), file.readframes(file.getnframes())
        except (OSError, wave.Error, EOFError) as error:
            raise EngineFailed("flite ended without a result") from error
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768.0)
    return Spoken(samples, rate_hz, (), delivery.speed * slowness, delivery.pitch)
