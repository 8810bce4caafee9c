"""How a process that lives and does nothing comes to an end: it shows its work's life, and cannot stand for ever."""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import Callable, Sequence

from runtime.notify import notify, watched_every_s

_LONGEST_BEAT_S = 5.0
_STDERR = 2


def arm(stands_s: float) -> None:
    """Let the process stand for so long from now on, and no longer; 0: for ever."""
    if stands_s:
        faulthandler.dump_traceback_later(stands_s, exit=True, file=_STDERR)


async def keep_watch(stands_s: float, stuck: Callable[[], Sequence[str]]) -> None:
    """Beat for as long as the process lives.

    While the work goes on, whoever started us hears it (`WATCHDOG=1`), and ends us when it does not. When not even the
    event loop turns for `stands_s`, because something holds the interpreter, a thread of the C library prints where
    every thread stands and ends the process with status 1; it needs neither interpreter nor loop. 0: never.
    """
    wanted_s = watched_every_s()
    beat_s = min(_LONGEST_BEAT_S, (stands_s or _LONGEST_BEAT_S) / 4, (wanted_s or _LONGEST_BEAT_S) / 4)
    try:
        while True:
            arm(stands_s)
            if wanted_s and not stuck():
                notify("WATCHDOG=1")
            await asyncio.sleep(beat_s)
    finally:
        faulthandler.cancel_dump_traceback_later()
