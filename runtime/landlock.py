"""Which files a process may still touch: rights that it gives up for good, by Linux's Landlock.

Source: landlock(7) and Documentation/userspace-api/landlock.rst of Linux. Only the standard library is used: the other
side of an engine host is any Python.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress

from runtime.syscalls import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_FILE = 1 << 7, 1 << 8
_REFER, _TRUNCATE, _DEVICE = 1 << 13, 1 << 14, 1 << 15
_OF_ONE_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE
_KNOWN = ((1, (1 << 13) - 1), (2, _REFER), (3, _TRUNCATE), (5, _DEVICE))
"""From which version of its interface on the kernel knows which rights."""

READ = _READ_FILE | _READ_DIR
LIST = _READ_DIR
RUN = READ | _EXECUTE
USE = _READ_FILE | _WRITE_FILE
"""Of a device, such as /dev/null."""
WORK = READ | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _REFER
"""Everything but links, pipes, sockets and devices: whoever looks into the folder afterwards meets only files."""

_NO_TCP_SINCE, _ALONE_SINCE = 4, 6
_NO_TCP = 0b11  # bind and connect
_ALONE = 0b11  # no abstract socket of others is connected to, no other process gets a signal


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`; an older kernel takes only its beginning."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """`struct landlock_path_beneath_attr`."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Return the version of Landlock's interface that this kernel has; 0 when it has none, or does not use it."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def hides_signals(of_version: int) -> bool:
    """Whether a kernel with this version keeps signals and abstract sockets from other processes."""
    return of_version >= _ALONE_SINCE


def restrict(rights: Iterable[tuple[str, int]]) -> int:
    """Keep only these rights on files, none on TCP and on other processes; return the version, 0 where there is none.

    What does not exist is passed over. It holds for this thread and for what it starts later, so call it before
    there are others, and after `give_up_rights`.
    """
    has = version()
    if not has:
        return 0
    handled = sum(rights for since, rights in _KNOWN if has >= since)
    ruleset = _Ruleset(handled, _NO_TCP if has >= _NO_TCP_SINCE else 0, _ALONE if has >= _ALONE_SINCE else 0)
    size = 24 if has >= _ALONE_SINCE else 16 if has >= _NO_TCP_SINCE else 8
    try:
        rules = syscall(_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    except OSError:
        return 0
    try:
        for path, allowed in rights:
            with suppress(OSError):
                _allow(rules, path, allowed & handled)
        syscall(_RESTRICT_SELF, rules, 0)
    except OSError:
        return 0
    finally:
        os.close(rules)
    return has


def _allow(rules: int, path: str, allowed: int) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            allowed &= _OF_ONE_FILE
        beneath = _Beneath(allowed, folder)
        syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(folder)
