"""A given sound, as an engine that cannot be confined may take it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.contract import Task
from engines.local.reading.reader import READER, Reader
from runtime.errors import AssetInvalid

LONGEST_S = 3600.0


def sound_of(
    task: Task, pointer: str, rate_hz: int, *, longest_s: float = LONGEST_S, reader: Reader = READER
) -> NDArray[np.float32]:
    """Return a given sound, or that of a given film, as mono samples at this rate.

    Raises:
        AssetInvalid: it cannot be read, or is longer; the parameter is named.
        EngineFailed: nobody could be started to read it.
    """
    order = {"kind": "sound", "rate_hz": rate_hz, "longest_s": longest_s}
    found = reader.read(task, pointer, order, int(longest_s * rate_hz + 1) * 4)
    if len(found.content) % 4:
        raise AssetInvalid(f"{pointer}: it cannot be read: whoever tries says what cannot be")
    samples = np.frombuffer(found.content, np.float32)
    return np.clip(np.nan_to_num(samples), -8.0, 8.0)
