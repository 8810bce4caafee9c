"""How a test has something done in a copy of itself that is confined."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.host.sandbox import Confinement, enter, possible

MIB = 1024 * 1024


def confined(do: Callable[[], object], work: Path, *inputs: Path) -> Any:
    """Return what `do` returns in a copy of this process that is confined to a folder and its inputs."""
    answer, put = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of numpy, which the copy does without
        pid = os.fork()
    if pid == 0:
        try:
            achieved = enter(
                Confinement(
                    writable=(str(work),),
                    readable=tuple(str(path) for path in inputs),
                    memory_bytes=2048 * MIB,
                    cpu_s=120,
                    file_bytes=64 * MIB,
                    keep=(put,),
                )
            )
            assert achieved == possible()
            os.write(put, json.dumps({"did": do()}).encode())
        except BaseException as error:  # noqa: BLE001  # it is told, and no test goes on in the copy
            os.write(put, json.dumps({"broke": repr(error)}).encode())
        finally:
            os._exit(0)
    os.close(put)
    with open(answer, "rb") as file:
        said = json.loads(file.read())
    os.waitpid(pid, 0)
    assert "did" in said, said
    return said["did"]
