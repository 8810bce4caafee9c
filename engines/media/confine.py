"""What a process gives up before it reads a foreign file: memory, computing time, writing, and the network."""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # EPERM

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_SYSCALL_AT, _ARCHITECTURE_AT = 0, 4
_FOREIGN_TABLES = 0x40000000  # x32: the same calls again under other numbers
_IO_URING = 425  # it could make sockets without the call that makes them

_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""The kernel's name of an architecture, and its number of socket(2)."""


def confine(memory_bytes: int) -> None:
    """Limit this process for good: its address space, no file written, no core, no new socket (Linux).

    Where the kernel offers no filter the network stays; the readers themselves open nothing but the file.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    refuse_sockets()


def allow(cpu_s: int, time_s: float) -> None:
    """Let the system end this process after so much more computing, or so much more time.

    The timer is the process's own, so that it holds when whoever started it is gone.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, time_s)


def refuse_sockets() -> bool:
    """Let every later socket(2) of this process fail with EPERM; return whether the kernel agreed.

    Source: seccomp(2) and Documentation/userspace-api/seccomp_filter.rst of Linux.
    """
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    architecture, socket_call = known
    rules = [
        _rule(_LOAD, _ARCHITECTURE_AT),
        _rule(_JUMP_EQUAL, architecture, otherwise=5),
        _rule(_LOAD, _SYSCALL_AT),
        _rule(_JUMP_AT_LEAST, _FOREIGN_TABLES, then=3),
        _rule(_JUMP_EQUAL, socket_call, then=2),
        _rule(_JUMP_EQUAL, _IO_URING, then=1),
        _rule(_RETURN, _ALLOW),
        _rule(_RETURN, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(rules))
    program = _Program(len(rules), ctypes.cast(code, ctypes.c_void_p))
    try:
        prctl = ctypes.CDLL(None).prctl
    except (AttributeError, OSError):
        return False
    zero = ctypes.c_ulong(0)
    if prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(program)) == 0)


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("rules", ctypes.c_void_p))


def _rule(operation: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """Return one `struct sock_filter`; jumps count the rules that are passed over."""
    return struct.pack("HBBI", operation, then, otherwise, value)
