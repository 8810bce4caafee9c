"""The pictures of a given film, as an engine that cannot be confined may take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.contract import Task
from engines.local.reading.reader import READER, Reader
from runtime.errors import AssetInvalid

LARGEST_PX = 4096
MOST_BYTES = 4 << 30
"""So much memory is taken at most, however many pictures may come."""


def frames_of(
    task: Task, pointer: str, *, most: int, largest_px: int = LARGEST_PX, reader: Reader = READER
) -> tuple[NDArray[np.uint8], float]:
    """Return all pictures of a given film, (count, height, width, 3), upright, and how many come in a second.

    Raises:
        AssetInvalid: it cannot be read, has more pictures or a longer side; the parameter is named.
        EngineFailed: nobody could be started to read it.
    """
    order = {"kind": "film", "most": most, "largest_px": largest_px}
    found = reader.read(task, pointer, order, min(most * largest_px * largest_px * 3, MOST_BYTES))
    try:
        width_px, height_px = int(found.head["width_px"]), int(found.head["height_px"])
        fps = float(found.head["fps"])
        if not (0 < width_px <= largest_px and 0 < height_px <= largest_px and 0 <= fps <= 1000):
            raise ValueError("no film is like that")
        return np.frombuffer(found.content, np.uint8).reshape(-1, height_px, width_px, 3), fps
    except (KeyError, TypeError, ValueError):  # whoever reads foreign bytes may say anything
        raise AssetInvalid(f"{pointer}: it cannot be read: whoever tries says what cannot be") from None
