"""How sound of any length is held: 48 kHz stereo in a file, read and written in blocks of two seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
Samples = NDArray[np.float32]
"""float32 (2, samples), 48 kHz, left and right."""

BLOCK = 96_000
"""Whole seconds, and whole blocks of the duck, the limiter and the loudness."""
_FRAME_BYTES = 8


class Pcm:
    """Sound in a file of `path`, exactly `length` samples; what was not written yet is silent."""

    def __init__(self, path: Path, length: int) -> None:
        self.path, self.length = path, length
        self._file = path.open("w+b")
        self._file.truncate(length * _FRAME_BYTES)

    def starts(self) -> range:
        """Return where each block begins."""
        return range(0, self.length, BLOCK)

    def read(self, start: int) -> Samples:
        """Return the block that begins at `start`; the last is as long as what is left."""
        count = min(BLOCK, self.length - start)
        self._file.seek(start * _FRAME_BYTES)
        data = self._file.read(count * _FRAME_BYTES)
        return np.frombuffer(bytearray(data), np.float32).reshape(2, count)

    def write(self, start: int, block: Samples) -> None:
        """Put a whole block where it begins."""
        self._file.seek(start * _FRAME_BYTES)
        self._file.write(np.ascontiguousarray(block, np.float32).data)

    def blocks(self, go_on: Callable[[], None]) -> Iterator[Samples]:
        """Read from the beginning to the end; `go_on` is called before each block and may raise."""
        for start in self.starts():
            go_on()
            yield self.read(start)

    def close(self) -> None:
        """Let go of the file and remove it."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def cut(pieces: Iterable[Samples], size: int) -> Iterator[Samples]:
    """Cut a stream of sound into pieces of exactly `size` samples; the last may be shorter."""
    kept: list[Samples] = []
    held = 0
    for piece in pieces:
        at = 0
        if held:
            at = min(size - held, piece.shape[1])
            kept.append(piece[:, :at])
            held += at
            if held < size:
                continue
            yield np.concatenate(kept, axis=1)
            kept, held = [], 0
        while piece.shape[1] - at >= size:
            yield piece[:, at : at + size]
            at += size
        if at < piece.shape[1]:
            kept, held = [piece[:, at:]], piece.shape[1] - at
    if held:
        yield np.concatenate(kept, axis=1)
