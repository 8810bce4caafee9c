"""Foreign code: try one thing after the other that it should not, and print what became of each as JSON.

Run by `test_sandbox.py` as `hostile.py confined|free FACTS`.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.host.sandbox import Confinement, enter

MIB = 1024 * 1024
MEMORY_BYTES, FILE_BYTES, ADDRESS_BYTES = 256 * MIB, MIB, 1024 * MIB


class _Part(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def main(mode: str, facts: dict[str, Any]) -> None:
    """Try everything."""
    work, outside = Path(facts["work"]), Path(facts["outside"])
    inherited = socket.socket()
    achieved = None
    if mode == "confined":
        achieved = enter(
            Confinement(
                writable=(str(work),),
                readable=(facts["input"],),
                memory_bytes=MEMORY_BYTES,
                address_bytes=ADDRESS_BYTES,
                file_bytes=FILE_BYTES,
                open_files=64,
            )
        )
    said = {name: _outcome(attempt) for name, attempt in _attempts(facts, work, outside, inherited).items()}
    print(json.dumps({"achieved": achieved and [achieved.landlock, achieved.seccomp], "said": said}))


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except MemoryError:
        return "MemoryError"
    except OSError as error:
        return f"errno {error.errno}"
    return "done"


def _attempts(
    facts: dict[str, Any], work: Path, outside: Path, inherited: socket.socket
) -> dict[str, Callable[[], object]]:
    victim, port = facts["victim"], facts["port"]

    def fork() -> None:
        if (child := os.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)

    def read_of_victim() -> None:
        into = ctypes.create_string_buffer(6)
        here = _Part(ctypes.cast(into, ctypes.c_void_p), 6)
        there = _Part(facts["address"], 6)
        libc = ctypes.CDLL(None, use_errno=True)
        zero, one = ctypes.c_ulong(0), ctypes.c_ulong(1)
        if libc.process_vm_readv(victim, ctypes.byref(here), one, ctypes.byref(there), one, zero) < 0:
            raise OSError(ctypes.get_errno(), "")
        assert into.raw == b"secret"

    def memory_file() -> None:
        with open(f"/proc/{victim}/mem", "rb", buffering=0) as file:
            file.seek(facts["address"])
            assert file.read(6) == b"secret"

    def datagram() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(b"x", ("127.0.0.1", port))

    def unix(name: str) -> None:
        with socket.socket(socket.AF_UNIX) as out:
            out.connect(name)

    def datagram_through_pair() -> None:
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with one, other:
            one.sendto(b"x", facts["datagram"])

    def wait_in_a_thread() -> None:
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    def talk_through_a_stream() -> None:
        one, other = socket.socketpair()
        with one, other:
            one.sendall(b"x")
            assert other.recv(1) == b"x"

    def own_files() -> None:
        (work / "folder").mkdir()
        (work / "folder" / "new").write_text("x")
        (work / "folder" / "new").rename(work / "renamed")
        (work / "renamed").unlink()
        (work / "folder").rmdir()

    def call(name: str, *numbers: int) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if getattr(libc, name)(*(ctypes.c_ulong(number) for number in numbers)) < 0:
            raise OSError(ctypes.get_errno(), "")

    return {
        # What an engine does, and may.
        "reads its input": lambda: Path(facts["input"]).read_bytes(),
        "makes and moves files in its folder": own_files,
        "starts a thread": wait_in_a_thread,
        "talks through a stream": talk_through_a_stream,
        "looks at itself": lambda: [Path(f"/proc/self/{name}").read_bytes() for name in ("statm", "maps")],
        "sends itself a signal": lambda: os.kill(os.getpid(), 0),
        "draws chance": lambda: [os.urandom(1), Path("/dev/urandom").open("rb").read(1)],
        "allocates a little": lambda: bytearray(MEMORY_BYTES // 4),
        # What it may not.
        "read /etc/passwd": lambda: Path("/etc/passwd").read_bytes(),
        "read a file of its user": (outside / "secret").read_bytes,
        "read it through a link": lambda: Path(facts["link"]).read_bytes(),
        "list the folder beside": lambda: os.listdir(outside),
        "write outside": lambda: (outside / "new").write_text("x"),
        "change outside": lambda: (outside / "mine").open("ab").write(b"x"),
        "cut outside": lambda: os.truncate(outside / "mine", 0),
        "change rights outside": lambda: (outside / "mine").chmod(0o777),
        "change times outside": lambda: os.utime(outside / "mine", (0, 0)),
        "watch what others do": lambda: call("inotify_init1", 0),
        "outlive its parent": lambda: call("prctl", 1, 0, 0, 0, 0),
        "make a link": lambda: (work / "link").symlink_to("/etc/passwd"),
        "make a second name": lambda: os.link(outside / "mine", work / "name"),
        "move out": lambda: [(work / "m").write_text("x"), (work / "m").rename(outside / "m")],
        "make a pipe": lambda: os.mkfifo(work / "pipe"),
        "connect by TCP": lambda: socket.create_connection(("127.0.0.1", port), 10).close(),
        "connect a socket it was left": lambda: inherited.connect(("127.0.0.1", port)),
        "send by UDP": datagram,
        "connect to a path": lambda: unix(facts["path"]),
        "connect to an abstract name": lambda: unix("\0" + facts["abstract"]),
        "send to a path from a pair": datagram_through_pair,
        "read another's memory": read_of_victim,
        "open another's memory": memory_file,
        "see another's command": lambda: Path(f"/proc/{victim}/cmdline").read_bytes(),
        "signal its parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
        "signal another": lambda: os.kill(victim, signal.SIGCONT),
        "fork": fork,
        "run a program": lambda: os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", ":"], {}), 0),
        "fill the disk": lambda: (
            (work / "large").open("wb", buffering=0).write(bytes(FILE_BYTES + 1))
            and (work / "large").open("ab", buffering=0).write(b"x")
        ),
        "open many files": lambda: [open(os.devnull) for _ in range(64)],
        "eat memory": lambda: bytearray(MEMORY_BYTES + MIB),
        "eat shared memory": lambda: mmap.mmap(-1, ADDRESS_BYTES),
    }


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
