"""How a test has something done in a process that is confined from its first foreign byte on."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from engines.host.sandbox import Confinement, enter, possible

MIB = 1024 * 1024
_ROOT = Path(__file__).parents[3]


def confined(do: str, work: Path, *inputs: Path, said: object = None) -> Any:
    """Return what the function `do` (`module:name`) returns for `said`, as JSON, in a process confined to a folder and its inputs.

    It is a new process and no copy of this one, which has threads.
    """
    given = json.dumps([do, str(work), [str(path) for path in inputs], said])
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from tests.engines.host.confining import main; main()"],
        check=False,
        input=given,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(_ROOT), "PATH": os.environ.get("PATH", "")},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main() -> None:
    """Confine this process, then do what its input says."""
    do, work, inputs, said = json.loads(sys.stdin.read())
    achieved = enter(
        Confinement(
            writable=(work,),
            readable=(*inputs, str(_ROOT / "tests")),
            memory_bytes=2048 * MIB,
            cpu_s=120,
            file_bytes=64 * MIB,
        )
    )
    assert achieved == possible()
    module, _, name = do.partition(":")
    sys.stdout.write(json.dumps(getattr(importlib.import_module(module), name)(said)))
