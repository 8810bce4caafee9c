"""Which calls of the kernel a process may still make: a filter that it puts upon itself for good, by Linux's seccomp.

Source: seccomp(2) and Documentation/userspace-api/seccomp_filter.rst of Linux. Only the standard library is used.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from dataclasses import dataclass

from runtime.syscalls import syscall

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # EPERM
_UNKNOWN = 0x00050000 | 38  # ENOSYS: the C library then does it in an older way
_SET_FILTER, _ASK_ACTION = 1, 2
_ALL_THREADS = 1

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_EQUAL, _AT_LEAST = 0x15, 0x35
_SYSCALL_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_OTHER_TABLE = 0x40000000  # x32: the same calls again under other numbers
_NEWER = 457
"""From this number on calls are newer than this list; nothing needs them, and one of them may be what a hole is."""

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""The kernel's name of an architecture, and its column below."""

_Numbers = tuple[int | None, int | None]
_Calls = dict[str, _Numbers]
_NETWORK: _Calls = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
}  # fmt: skip
_OTHER_PROCESSES: _Calls = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239),
}  # fmt: skip
_MEMORY_OF_NOBODY: _Calls = {
    "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
}  # fmt: skip
"""It outlives the process, or is not counted by its limits."""
_FILES: _Calls = {
    # What is said of a file, and paths that go around Landlock: neither asks for a right that it knows.
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88), "futimesat": (261, None),
    "truncate": (76, 45), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    "mknod": (133, None), "mknodat": (259, 33), "fanotify_init": (300, 262), "chroot": (161, 51),
    "pivot_root": (155, 41), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
}  # fmt: skip
_SYSTEM: _Calls = {
    "mount": (165, 40), "umount2": (166, 39), "move_mount": (429, 429), "open_tree": (428, 428),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "sethostname": (170, 161), "setdomainname": (171, 162),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "personality": (135, 92),
    "vhangup": (153, 58), "syslog": (103, 116), "lookup_dcookie": (212, 18), "uselib": (134, None),
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159),
    "setfsuid": (122, 151), "setfsgid": (123, 152), "capset": (126, 91),
}  # fmt: skip
_NEW_PROGRAMS: _Calls = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
}  # fmt: skip

_KILL, _TGKILL = (62, 129), (234, 131)
_CLONE, _CLONE3 = (56, 220), (435, 435)
_SOCKETPAIR, _FCNTL, _IOCTL, _PRLIMIT, _PRCTL = (53, 199), (72, 25), (16, 29), (302, 261), (157, 167)
_SECCOMP = (317, 277)

_ANYTHING = 0xFFFFFFFF
_A_THREAD = 0x00010000
_NAMESPACES = 0x7E020000
_SOCKET_TYPE, _STREAM = 0xF, 1
_OUTLIVE = 1  # PR_SET_PDEATHSIG
_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX = 8, 10, 15
_PUSH_INPUT, _PASTE, _SOCKET_OWNER, _SOCKET_GROUP = 0x5412, 0x541C, 0x8901, 0x8902
"""TIOCSTI and TIOCLINUX type into a terminal as its person would; FIOSETOWN and SIOCSPGRP send signals."""


@dataclass(frozen=True, slots=True)
class _If:
    """Refuse a call by one of its arguments: when the masked low half equals `value`, or when it does not."""

    numbers: _Numbers
    argument: int
    value: int
    mask: int = _ANYTHING
    unless: bool = False


def offered() -> bool:
    """Whether this kernel takes such filters, on a machine whose calls are known here."""
    if not sys.platform.startswith("linux") or platform.machine() not in _ARCHITECTURES:
        return False
    _, column = _ARCHITECTURES[platform.machine()]
    try:
        # Errors are returned by a filter: the action that all of this rests on.
        return syscall(_SECCOMP[column], _ASK_ACTION, 0, ctypes.byref(ctypes.c_uint32(0x00050000))) == 0
    except OSError:
        return False


def refuse(*, forks: bool) -> bool:
    """Let every later call that a maker of media has no need of fail with EPERM; return whether the kernel agreed.

    No network, no other process, no memory that is not counted, nothing about the system; without `forks` no new
    process and no other program, but threads. Socket pairs that are open go on working. It holds for all threads.
    Call `give_up_rights` before.
    """
    known = _ARCHITECTURES.get(platform.machine())
    if known is None or not offered():
        return False
    architecture, column = known
    rules = _rules(architecture, column, forks=forks)
    code = ctypes.create_string_buffer(b"".join(rules))
    program = _Program(len(rules), ctypes.cast(code, ctypes.c_void_p))
    try:
        return syscall(_SECCOMP[column], _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0
    except OSError:
        return False


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("rules", ctypes.c_void_p))


def _conditions(*, forks: bool) -> list[_If]:
    me = os.getpid()
    found = [
        _If(_SOCKETPAIR, 1, _STREAM, _SOCKET_TYPE, unless=True),  # a datagram may be sent to any address
        _If(_CLONE, 0, 0, _NAMESPACES, unless=True),
        _If(_PRLIMIT, 0, 0, unless=True),
        _If(_PRCTL, 0, _OUTLIVE),  # who is to end with its parent does
        *(_If(_FCNTL, 1, command) for command in (_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX)),
        *(_If(_IOCTL, 1, command) for command in (_PUSH_INPUT, _PASTE, _SOCKET_OWNER, _SOCKET_GROUP)),
    ]
    if not forks:
        found += [
            _If(_CLONE, 0, 0, _A_THREAD),
            _If(_KILL, 0, me, unless=True),  # abort(3) is a signal to oneself
            _If(_TGKILL, 0, me, unless=True),
        ]
    return found


def _rules(architecture: int, column: int, *, forks: bool) -> list[bytes]:
    rules = [
        _rule(_LOAD, _ARCHITECTURE_AT),
        _rule(_EQUAL, architecture, then=1),
        _rule(_RETURN, _REFUSE),
        _rule(_LOAD, _SYSCALL_AT),
        _rule(_AT_LEAST, _OTHER_TABLE, otherwise=1),
        _rule(_RETURN, _REFUSE),
        _rule(_AT_LEAST, _NEWER, otherwise=1),
        _rule(_RETURN, _UNKNOWN),
        # Its flags lie in memory, where no filter can look.
        _rule(_EQUAL, _CLONE3[column], otherwise=1),
        _rule(_RETURN, _UNKNOWN),
    ]
    groups: list[_Calls] = [
        _NETWORK,
        _OTHER_PROCESSES,
        _MEMORY_OF_NOBODY,
        _FILES,
        _SYSTEM,
        *([] if forks else [_NEW_PROGRAMS]),
    ]
    for numbers in (numbers for group in groups for numbers in group.values()):
        if (number := numbers[column]) is not None:
            rules += [_rule(_EQUAL, number, otherwise=1), _rule(_RETURN, _REFUSE)]
    for each in _conditions(forks=forks):
        if (number := each.numbers[column]) is not None:
            rules += [
                _rule(_EQUAL, number, otherwise=5),
                _rule(_LOAD, _ARGUMENTS_AT + 8 * each.argument),
                _rule(_AND, each.mask),
                _rule(_EQUAL, each.value, then=int(each.unless), otherwise=int(not each.unless)),
                _rule(_RETURN, _REFUSE),
                _rule(_LOAD, _SYSCALL_AT),
            ]
    return [*rules, _rule(_RETURN, _ALLOW)]


def _rule(operation: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """Return one `struct sock_filter`; jumps count the rules that are passed over."""
    return struct.pack("HBBI", operation, then, otherwise, value)
