"""How an idle worker gives memory back: frames that are long freed would otherwise stay in its heap."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Return freed memory to the system, where the C library can (glibc's malloc_trim); harmless elsewhere."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return
