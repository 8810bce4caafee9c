"""Engines that do what no engine should: each lives in a host of its own, and what it does is bounded there."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from engines.contract import Finished, Product, Result, Task, one_by_one
from runtime.errors import Cancelled, OutOfMemory, ProviderRateLimited


class Villain:
    """Does what `params["do"]` names, then writes its words as any engine would."""

    concurrent = True

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def unload(self) -> None:
        """There is nothing to give back."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        return one_by_one(tasks, _made)


class OneAtATime(Villain):
    """The same, and two at once would be its end."""

    concurrent = False

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        if not self._lock.acquire(blocking=False):
            os._exit(99)
        try:
            yield from one_by_one(tasks, _made)
        finally:
            self._lock.release()


class NeedsMore(Villain):
    def load(self, device: str) -> None:
        __import__("a_module_that_nobody_has")


class DiesLoading(Villain):
    def load(self, device: str) -> None:
        os._exit(7)


class Gives(Villain):
    """Raises from `generate` itself, gives too little, and what was never asked for."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        deed = tasks[0].params["do"]
        if deed == "nothing":
            return
        if deed == "another's":
            yield Finished("somebody", Result(()))
            return
        if deed == "a word":
            yield Finished(tasks[0].task_id, "done")  # type: ignore[arg-type]
            return
        if deed == "exits":
            raise SystemExit(0)
        raise KeyboardInterrupt


def _made(task: Task) -> Result:
    words, _, deed = str(task.params.get("prompt", "words")).partition(
        "|"
    )  # where a capability lets nothing else pass
    deed = task.params.get("do", "") or deed
    path = task.workdir / "words.txt"
    found = DEEDS[deed](task, path) if deed else None
    if isinstance(found, Path):
        return Result((Product(found, "text/plain"),))
    path.write_text(words)
    task.report.step(1, 1, "writing")
    return Result((Product(path, "text/plain", text=path.read_text()),))


def _segfaults(task: Task, path: Path) -> None:
    ctypes.string_at(0)


def _says_garbage(task: Task, path: Path) -> None:
    _talk().sendall(b"\x00\x00\x00\x05hello")


def _says_a_list(task: Task, path: Path) -> None:
    _talk().sendall(b"\x00\x00\x00\x02[]")


def _says_a_gigabyte(task: Task, path: Path) -> None:
    talk = _talk()
    talk.sendall(b"\x3f\xff\xff\xff")
    for _ in range(1024):
        talk.sendall(bytes(1024 * 1024))


def _talk() -> socket.socket:
    """Find the descriptor that the host speaks through; whoever wants to harm would."""
    for entry in os.listdir("/proc/self/fd"):
        if int(entry) >= 200:
            return socket.socket(fileno=int(entry))
    raise AssertionError


def _closes(task: Task, path: Path) -> None:
    os.closerange(3, 4096)
    time.sleep(600)


def _prints(task: Task, path: Path) -> None:
    sys.stdout.write('{"kind":"result","call":1}\n' * 100)
    os.write(1, b"\x00\x00\x00\x05hello")
    sys.stdout.flush()


def _waits(task: Task, path: Path) -> None:
    threading.Event().wait()


def _holds(task: Task, path: Path) -> None:
    ctypes.PyDLL(None).sleep(600)


def _ignores(task: Task, path: Path) -> None:
    # From a thread no handler can be set; the C library can.
    ctypes.CDLL(None).signal(int(signal.SIGTERM), ctypes.c_void_p(1))
    threading.Event().wait()


def _grows(task: Task, path: Path) -> None:
    held = []
    while True:
        held.append(b"x" * (16 * 1024 * 1024))


def _forks(task: Task, path: Path) -> None:
    """Leave processes behind: of its group, of a session of their own, and one that lost its parent."""
    nap = "import os,time;open(os.environ['NOTE'] + str(os.getpid()),'w').close();time.sleep(600)"
    flee = f"import os\nos.setsid()\nif os.fork(): os._exit(0)\n{nap.replace(';', chr(10))}"
    note = os.environ | {"NOTE": str(Path(task.params["notes"]) / "pid-")}
    for program, session in ((nap, False), (nap, True), (flee, False)):
        subprocess.Popen([sys.executable, "-c", program], env=note, start_new_session=session)
    while len(list(Path(task.params["notes"]).iterdir())) < 3:
        time.sleep(0.02)
    os._exit(5)


def _fills(task: Task, path: Path) -> None:
    for number in range(100_000):
        (task.workdir / f"junk-{number}").write_bytes(bytes(256 * 1024))
        time.sleep(0.001)


def _outside(task: Task, path: Path) -> Path:
    found = task.workdir.parent / "elsewhere.txt"
    found.write_text("words")
    return found


def _climbs(task: Task, path: Path) -> Path:
    _outside(task, path)
    return task.workdir / ".." / "elsewhere.txt"


def _link(task: Task, path: Path) -> Path:
    path.symlink_to("/etc/hostname")
    return path


def _below_a_link(task: Task, path: Path) -> Path:
    (task.workdir / "there").symlink_to("/etc")
    return task.workdir / "there" / "hostname"


def _empty(task: Task, path: Path) -> Path:
    path.touch()
    return path


def _huge(task: Task, path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(int(task.params["size_bytes"]))
    return path


def _folder(task: Task, path: Path) -> Path:
    path.mkdir()
    return path


def _nowhere(task: Task, path: Path) -> Path:
    return task.workdir / "nowhere.txt"


def _pipe(task: Task, path: Path) -> Path:
    os.mkfifo(path)
    return path


def _raises(error: BaseException) -> Callable[[Task, Path], None]:
    def deed(task: Task, path: Path) -> None:
        raise error

    return deed


def _says_much(task: Task, path: Path) -> Path:
    """A path that no message can carry."""
    return task.workdir / ("x" * 20_000_000)


def _works(task: Task, path: Path) -> None:
    """Works until it is told to stop, or for as long as it is told to."""
    until_s = time.monotonic() + float(task.params.get("for_s", 60.0))
    done = 0
    while time.monotonic() < until_s:
        task.report.step(done := done + 1, 1000, "working")
        time.sleep(0.01)


def _exits(task: Task, path: Path) -> None:
    os._exit(0)


def _killed(task: Task, path: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stopped(task: Task, path: Path) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(5.0)  # the stop may reach this thread a moment later


def _tells_pid(task: Task, path: Path) -> Path:
    path.write_text(str(os.getpid()))
    return path


def _tells_environment(task: Task, path: Path) -> Path:
    path.write_text("\n".join(sorted(os.environ)))
    return path


def _leaves_a_checkpoint(task: Task, path: Path) -> Path:
    """Works until it is asked for a checkpoint."""
    while not task.report.wants_checkpoint:
        task.report.check()
        time.sleep(0.01)
    path.write_text("so far")
    task.report.checkpoint(path)
    return path


def _shows(task: Task, path: Path) -> Path:
    early = task.workdir / "early.webp"
    early.write_bytes(b"picture")
    task.report.preview(early)
    task.report.checkpoint(early)
    task.report.preview(Path("/etc/hostname"))
    path.write_text("words")
    return path


DEEDS: dict[str, Callable[[Task, Path], Any]] = {
    "segfaults": _segfaults,
    "says garbage": _says_garbage,
    "says a list": _says_a_list,
    "says a gigabyte": _says_a_gigabyte,
    "closes its socket": _closes,
    "prints": _prints,
    "waits for ever": _waits,
    "holds the interpreter": _holds,
    "ignores SIGTERM": _ignores,
    "takes all memory": _grows,
    "forks": _forks,
    "fills its folder": _fills,
    "outside": _outside,
    "climbs": _climbs,
    "link": _link,
    "below a link": _below_a_link,
    "empty": _empty,
    "huge": _huge,
    "folder": _folder,
    "nowhere": _nowhere,
    "pipe": _pipe,
    "works": _works,
    "exits": _exits,
    "is killed": _killed,
    "is stopped": _stopped,
    "tells its pid": _tells_pid,
    "tells its environment": _tells_environment,
    "shows": _shows,
    "leaves a checkpoint": _leaves_a_checkpoint,
    "says too much": _says_much,
    "raises ValueError": _raises(ValueError("a secret prompt")),
    "raises SystemExit": _raises(SystemExit(0)),
    "raises KeyboardInterrupt": _raises(KeyboardInterrupt()),
    "raises MemoryError": _raises(MemoryError()),
    "raises OutOfMemory": _raises(OutOfMemory("too large")),
    "raises ProviderRateLimited": _raises(ProviderRateLimited("slowly", retry_after_s=7.5)),
    "raises Cancelled": _raises(Cancelled("it says so")),
    "raises ImportError": _raises(ImportError("no", name="a_module")),
    "raises OSError": _raises(OSError(28, "No space left on device")),
}


def enter(confines: dict[str, Any]) -> None:
    """What a sandbox would be: it notes that it was called before anything of the engine."""
    Path(confines["note"]).write_text(str(os.getpid()))


class InBatches:
    """Makes all tasks of a call together: each writes how many there were, when its `go` file is there."""

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def unload(self) -> None:
        """There is nothing to give back."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        open_ = list(tasks)
        while open_:
            for task in list(open_):
                try:
                    task.report.step(0, 1, "waiting")
                    if "go" in task.params and not Path(task.params["go"]).exists():
                        continue
                    if task.params.get("do") == "fails":
                        raise OutOfMemory("not enough for this one")
                    path = task.workdir / "count.txt"
                    path.write_text(str(len(tasks)))
                    yield Finished(task.task_id, Result((Product(path, "text/plain"),)))
                except (Cancelled, OutOfMemory) as error:
                    yield Finished(task.task_id, error)
                open_.remove(task)
            time.sleep(0.005)


LOADS_WHEN = "VILLAIN_LOADS_WHEN"
"""Names the file that `SlowToLoad` waits for."""


class SlowToLoad(Villain):
    """Is loaded when a file is there."""

    def load(self, device: str) -> None:
        while not Path(os.environ[LOADS_WHEN]).exists():
            time.sleep(0.01)


class OnADevice(Villain):
    """Holds `HOLDS` of its device, and after a task as much as that says; it tells where it was loaded."""

    def load(self, device: str) -> None:
        self._device, self._holds = device, int(os.environ.get(HOLDS, "60"))

    def device_bytes(self) -> int:
        return self._holds

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        for task in tasks:
            self._holds = int(task.params.get("holds", self._holds))
            path = task.workdir / "device.txt"
            path.write_text(self._device)
            yield Finished(task.task_id, Result((Product(path, "text/plain", text=self._device),)))


HOLDS = "VILLAIN_HOLDS"
