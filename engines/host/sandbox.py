"""What a process gives up for good before it reads a foreign byte: files, network, other processes, memory, time.

Only the standard library is used, and of ours what uses no more: the process may be any Python.
"""

from __future__ import annotations

import os
import resource
import signal
import site
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from runtime import landlock, seccomp
from runtime.syscalls import give_up_rights, hide_memory

_GIB = 1024**3
_ADDRESSES_BESIDE_BYTES = 4 * _GIB
"""Address space that takes no memory: libraries, reserved heaps of threads."""

_OF_THE_SYSTEM = (
    "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/nix/store",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/usr/share/zoneinfo",
    "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/locale",
    "/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage", "/sys/kernel/mm/hugepages",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/filesystems",
    "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/max_map_count",
    "/dev/random", "/dev/urandom",
)  # fmt: skip
"""What libraries look at; nothing there belongs to a user."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
_PACKAGE_FOLDERS = ("site-packages", "dist-packages", "lib-dynload")
_OURS = str(Path(__file__).resolve().parents[2])
_pinned: list[int] = []
"""Rights on /proc/self hang on the kernel's copy of its entry, which it may forget when nobody holds it."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a process may still do. Nothing else: no network, no other process, no other file.

    - `writable`: folders in which files and folders may be made, but no links, pipes, sockets or devices.
    - `readable`: files and folders; `listed`: folders in which only names may be seen. The interpreter, its packages,
      the libraries of the system and its fonts are always readable.
    - `memory_bytes`: what it may allocate, with what it had when it was forked (RLIMIT_DATA). `address_bytes`: its
      address space, 4 GiB more when it is not said, which also counts shared memory (RLIMIT_AS); 0 is no limit.
    - `cpu_s`: more seconds of computing, all threads together; then it is killed.
    - `file_bytes`: the largest file that it may write. How much a folder holds its owner must watch.
    - `forks`: whether it may start processes, which are confined as it is. Threads it always may.
    - `keep`: the open files that it keeps besides 0 to 2; all of them when it is None.
    """

    writable: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    memory_bytes: int | None = None
    address_bytes: int | None = None
    cpu_s: int | None = None
    file_bytes: int = 0
    open_files: int = 256
    forks: bool = False
    keep: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Achieved:
    """What the machine allowed of a confinement: the version of Landlock's interface (0: none), and seccomp."""

    landlock: int
    seccomp: bool

    @property
    def whole(self) -> bool:
        """Whether files and network are both out of reach."""
        return bool(self.landlock) and self.seccomp


def possible() -> Achieved:
    """Return what this machine allows; nothing is given up."""
    return Achieved(landlock.version(), seccomp.offered())


def enter(confinement: Confinement) -> Achieved:
    """Give up everything that the confinement does not name, for good, and return what the machine allowed.

    Call it in a process that has one thread: the kernel confines a thread, and those that it starts later. The working
    folder is the root afterwards: whoever looks for settings in it finds none, instead of some that it may not read.

    Raises:
        RuntimeError: there are other threads.
    """
    if _threads() > 1:
        raise RuntimeError("a process is confined before it has a second thread")
    if confinement.keep is not None:
        _close_all_but({0, 1, 2, *confinement.keep})
    give_up_rights()
    hide_memory()
    files = landlock.restrict(_rights(confinement))
    _limit(confinement)
    os.chdir("/")
    return Achieved(files, seccomp.refuse(forks=confinement.forks))


def enter_as(fields: Mapping[str, Any]) -> Achieved:
    """Give up what `fields` do not name: those of a `Confinement` as they come over a wire, lists for tuples.

    Raises:
        RuntimeError: as `enter`.
        TypeError: there is no such field.
    """
    as_tuples: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    return enter(Confinement(**as_tuples))


def allow(cpu_s: int, time_s: float) -> None:
    """Let the system end this process after so much more computing, or so much more time.

    The timer is the process's own, so that it holds when whoever started it is gone.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    _set(resource.RLIMIT_CPU, _used_s() + 1 + cpu_s, hard)
    signal.setitimer(signal.ITIMER_REAL, time_s)


@cache
def code_of_this_python() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what this interpreter imports from: what to read, and folders of which it needs the names alone.

    Of a checkout these are the packages in it: its settings and its home are none of the code's business. It is looked
    for once: whoever forks for each file asks before.
    """
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    readable = {*prefixes, *site.getsitepackages()}
    listed: set[str] = set()
    for entry in (os.path.realpath(entry) for entry in (_OURS, *sys.path) if entry):
        if any(_is_below(entry, prefix) for prefix in readable):
            continue
        if os.path.basename(entry) in _PACKAGE_FOLDERS or os.path.isfile(entry):
            readable.add(entry)
            continue
        listed.add(entry)
        readable.update(_packages(entry))
    return tuple(sorted(readable)), tuple(sorted(listed))


def _rights(confinement: Confinement) -> Iterator[tuple[str, int]]:
    code, listed = code_of_this_python()
    read = landlock.RUN if confinement.forks else landlock.READ
    yield from ((path, landlock.LIST) for path in (*listed, *confinement.listed))
    yield from ((path, read) for path in (*_OF_THE_SYSTEM, *code))
    if confinement.forks:
        yield from ((path, landlock.RUN) for path in ("/bin", "/usr/bin", "/usr/local/bin"))
    yield from ((path, landlock.USE) for path in _DEVICES)
    with suppress(OSError):
        _pinned.append(os.open("/proc/self", os.O_PATH | os.O_CLOEXEC))
        yield f"/proc/{os.getpid()}", landlock.READ
    yield from ((path, landlock.READ) for path in confinement.readable)
    yield from ((path, landlock.WORK) for path in confinement.writable)


def _packages(folder: str) -> Iterator[str]:
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir():
                if os.path.isfile(os.path.join(entry.path, "__init__.py")):
                    yield entry.path
            elif entry.name.endswith((".py", ".so", ".pth")):
                yield entry.path


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _limit(confinement: Confinement) -> None:
    memory_bytes, address_bytes = confinement.memory_bytes, confinement.address_bytes
    if address_bytes is None and memory_bytes is not None:
        address_bytes = memory_bytes + _ADDRESSES_BESIDE_BYTES
    if memory_bytes is not None:
        _set(resource.RLIMIT_DATA, memory_bytes)
    if address_bytes:
        _set(resource.RLIMIT_AS, address_bytes)
    if confinement.cpu_s is not None:
        _set(resource.RLIMIT_CPU, _used_s() + 1 + confinement.cpu_s)
    _set(resource.RLIMIT_FSIZE, confinement.file_bytes)
    _set(resource.RLIMIT_NOFILE, confinement.open_files)
    _set(resource.RLIMIT_CORE, 0)


def _set(limit: int, value: int, hard: int | None = None) -> None:
    """Set a limit, for good unless `hard` says how far it may be raised again; what is lower stays."""
    _, most = resource.getrlimit(limit)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    with suppress(OSError, ValueError):
        resource.setrlimit(limit, (value, value if hard is None else hard))


def _used_s() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime)


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:  # no Linux: what needs it cannot be had either
        return 1


def _close_all_but(kept: Collection[int]) -> None:
    try:
        opened = [int(entry) for entry in os.listdir("/proc/self/fd")]
    except OSError:
        opened = list(range(resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
    for number in opened:
        if number not in kept:
            with suppress(OSError):
                os.close(number)
