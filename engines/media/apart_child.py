"""Measure foreign files, one a line, until the input ends: `python -m engines.media.apart_child MEMORY_BYTES`."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
from pathlib import Path

import av.logging  # now, and not while the first file waits

from engines.media.confine import allow, confine
from engines.media.probe import probe
from runtime.errors import AssetInvalid

_COMMENT_CHARACTERS = 1000


def main(memory_bytes: int) -> None:
    """Answer each [path, cpu_s, time_s] with what the file holds, or with why it cannot be read."""
    av.logging.set_level(None)
    confine(memory_bytes)
    _say("ready", True)
    for line in sys.stdin:
        path, cpu_s, time_s = json.loads(line)
        allow(cpu_s, time_s)
        try:
            found = probe(Path(path))
        except AssetInvalid as error:
            _say("invalid", error.message)
        except MemoryError:
            _say("invalid", "The file needs more memory than a file may.")
        except Exception as error:  # noqa: BLE001  # what foreign bytes bring about is said, whatever it is
            _say("invalid", f"The file cannot be read ({type(error).__name__}).")
        else:
            comment = found.comment[:_COMMENT_CHARACTERS] if found.comment else found.comment
            _say("probe", dataclasses.asdict(dataclasses.replace(found, comment=comment)))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _say(name: str, value: object) -> None:
    sys.stdout.write(json.dumps({name: value}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
