"""An engine that says what it could reach."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engines.contract import Finished, Product, Result, Task, one_by_one


class Curious:
    """Tries what its parameters name, in the thread of its task."""

    def load(self, device: str) -> None: ...

    def unload(self) -> None: ...

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        return one_by_one(tasks, _looked)


def _looked(task: Task) -> Result:
    (made := task.workdir / "said.json").write_text(
        json.dumps(
            {
                "passwd": _outcome(lambda: Path("/etc/passwd").read_bytes()),
                "outside": _outcome(lambda: Path(task.params["outside"]).write_text("x")),
                "socket": _outcome(lambda: socket.socket().close()),
                "signal": _outcome(lambda: os.kill(os.getppid(), 0)),
                "another's": _outcome(lambda: _first_file(Path(task.params["others"])).read_bytes()),
                "into another's": _outcome(lambda: (Path(task.params["others"]) / "x").write_text("x")),
                "own input": _outcome(task.inputs["/own"].path.read_bytes),
                "into its input": _outcome(lambda: task.inputs["/own"].path.write_text("x")),
                "beside its input": _outcome(lambda: (task.inputs["/own"].path.parent / "x").write_text("x")),
                "threads": len(os.listdir("/proc/self/task")) > 1,
            }
        )
    )
    return Result((Product(made, "application/json"),))


def _first_file(folder: Path) -> Path:
    """Return a file below a folder, found as one that looks around would."""
    return next(path for path in sorted(folder.rglob("*")) if path.is_file())


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (PermissionError, StopIteration):  # what may not be listed seems empty
        return "refused"
    return "done"
