"""What the trained model makes of sounds: samples, and how long each sound lasts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.weights.speech import ALPHABET, KOKORO_PARTS, KOKORO_VOICES
from engines.local.weights import read_weights

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24_000
MOST_SOUNDS = 510
"""The model reads so many at once, and its voices have a style for each length."""
_SAMPLES_A_FRAME = 600
_LENGTHS = "/encoder/Clip_output_0"
"""Inside the model: how many frames of sound each of its inputs lasts. It is no output of the file as it comes."""


@dataclass(frozen=True, slots=True)
class Said:
    """Float32 samples at 24 kHz, and for each sound the sample with which it begins."""

    samples: NDArray[np.float32]
    begins: tuple[int, ...]


class Kokoro:
    """The model, loaded. Equal sounds, voice and speed give equal samples on one machine: it computes in one thread."""

    def __init__(self) -> None:
        """Read and check the weights.

        Raises: EngineUnavailable when they are missing, or others than those that were pinned.
        """
        import numpy as np
        import onnxruntime

        self._alphabet: dict[str, int] = json.loads(read_weights(KOKORO_VOICES, ALPHABET))
        self._voices = {
            file.path.removesuffix(".bin"): np.frombuffer(
                read_weights(KOKORO_VOICES, file.path), "<f4"
            ).reshape(MOST_SOUNDS, 1, -1)
            for file in KOKORO_VOICES.files
            if file.path.endswith(".bin")
        }
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Pieces have many lengths: what one needed beyond what the model holds is given back behind it.
        self._running = onnxruntime.RunOptions()
        self._running.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        parts = (read_weights(part, file.path) for part in KOKORO_PARTS for file in part.files)
        model = b"".join((*parts, _output(_LENGTHS)))
        self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def known(self, sounds: str) -> str:
        """Return the sounds that the model reads; the others are left out."""
        return "".join(sound for sound in sounds if sound in self._alphabet)

    def say(self, sounds: str, voice: str, speed: float) -> Said:
        """Say 1 to 510 sounds that it reads in a voice; `speed` is a factor of its own pace."""
        import numpy as np

        ids: Sequence[int] = [self._alphabet[sound] for sound in sounds]
        given = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": self._voices[voice][len(ids) - 1],
            "speed": np.array([speed], np.float32),
        }
        samples, frames = self._session.run(None, given, self._running)
        ends = np.cumsum(frames[0]).astype(np.int64) * _SAMPLES_A_FRAME
        return Said(np.asarray(samples, np.float32), tuple(int(end) for end in ends[:-2]))


def _output(name: str) -> bytes:
    """Return what makes a value inside a model one of its outputs, when it follows the model's bytes.

    A model is a Protocol Buffers message, and fields that come twice are merged (protobuf.dev, "Last One Wins"): this is
    ModelProto.graph (7) with one GraphProto.output (12), of which only ValueInfoProto.name (1) is said.
    """
    data = name.encode()
    for tag in (b"\x0a", b"\x62", b"\x3a"):
        data = tag + bytes([len(data)]) + data
    return data
