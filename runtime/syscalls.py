"""How Linux is asked for what Python has no function for."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def syscall(number: int, *arguments: object) -> int:
    """Call Linux; numbers are passed as longs, everything else as ctypes has it.

    Raises:
        OSError: it says no, or this is no Linux.
    """
    if (call := _call()) is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    value = call(
        ctypes.c_long(number),
        *(ctypes.c_long(each) if isinstance(each, int) else each for each in arguments),
    )
    if value < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(value)


@cache
def _call() -> Callable[..., int] | None:
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
    except (AttributeError, OSError, TypeError):
        return None
    call.restype = ctypes.c_long
    return call


def give_up_rights() -> bool:
    """Let no program that this process starts have more rights than itself; return whether the kernel agreed.

    Landlock and seccomp ask for it, so that nobody deceives a program that runs as somebody else (prctl(2)).
    """
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def hide_memory() -> bool:
    """Let other processes of the same user neither read this one's memory nor its core; return whether it is so."""
    return _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> bool:
    try:
        prctl = ctypes.CDLL(None).prctl
    except (AttributeError, OSError, TypeError):
        return False
    zero = ctypes.c_ulong(0)
    return bool(prctl(option, ctypes.c_ulong(value), zero, zero, zero) == 0)
