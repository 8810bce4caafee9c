"""Measure foreign files, one a line, until the input ends: `python -m engines.media.apart_child MEMORY_BYTES`.

Each file is measured by a copy of this process, which can reach that file and nothing else, and ends with it. This
process itself reads no foreign byte.
"""

from __future__ import annotations

import ctypes
import dataclasses
import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import av  # now, and not while the first file waits
import av.logging
from PIL import Image

from engines.host.sandbox import Confinement, allow, code_of_this_python, enter
from engines.media.probe import probe
from runtime.errors import AssetInvalid

_COMMENT_CHARACTERS = 1000
_ANSWER_BYTES = 60 * 1024
_OPEN_FILES = 32
_PR_SET_PDEATHSIG = 1


def main(memory_bytes: int) -> None:
    """Answer each [path, cpu_s, time_s] with what the file holds, why it cannot be read, or that its process died."""
    av.logging.set_level(None)
    Image.init()
    code_of_this_python()
    gc.freeze()
    _say({"ready": True})
    for line in sys.stdin:
        path, cpu_s, time_s = json.loads(line)
        _say(_measured(path, memory_bytes, cpu_s, time_s))


def _measured(path: str, memory_bytes: int, cpu_s: int, time_s: float) -> object:
    answer, put = os.pipe()
    pid = os.fork()
    if pid == 0:
        _measure(path, memory_bytes, cpu_s, time_s, put)
    os.close(put)
    with open(answer, "rb") as file:
        said = file.read(
            _ANSWER_BYTES
        )  # it ends with the process, and what is more than that is nobody's answer
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    try:
        return json.loads(said)
    except ValueError:
        return {"died": True}


def _measure(path: str, memory_bytes: int, cpu_s: int, time_s: float, put: int) -> NoReturn:
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):  # a file's bytes shall answer for no other file
            os.dup2(nothing, number)
        enter(
            Confinement(
                readable=(path,),
                memory_bytes=memory_bytes,
                address_bytes=memory_bytes,
                open_files=_OPEN_FILES,
                keep=(put,),
            )
        )
        allow(cpu_s, time_s)
        os.write(put, json.dumps(_found(path)).encode())
    finally:
        os._exit(0)


def _found(path: str) -> dict[str, object]:
    try:
        found = probe(Path(path))
    except AssetInvalid as error:
        return {"invalid": error.message}
    except MemoryError:
        return {"invalid": "The file needs more memory than a file may."}
    except Exception as error:  # noqa: BLE001  # what foreign bytes bring about is said, whatever it is
        return {"invalid": f"The file cannot be read ({type(error).__name__})."}
    comment = found.comment[:_COMMENT_CHARACTERS] if found.comment else found.comment
    return {"probe": dataclasses.asdict(dataclasses.replace(found, comment=comment))}


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
