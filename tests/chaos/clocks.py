"""The clock of processes, moved while they run: a small preloaded library adds a shift that lies in a file."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")


def can_move() -> bool:
    """Say whether there is a C compiler for the library."""
    return shutil.which("cc") is not None


@dataclass(frozen=True)
class Clock:
    """The clock of all processes that were started with `environment`; others keep theirs."""

    folder: Path

    @property
    def _shift(self) -> Path:
        return self.folder / "clock"

    def make(self) -> dict[str, str]:
        """Build the library and return the environment of a process that lives by this clock."""
        library = self.folder / "clock.so"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-o", str(library), str(_SOURCE)], check=True
        )
        self._shift.write_bytes(bytes(8))
        return {"LD_PRELOAD": str(library), "CHAOS_CLOCK": str(self._shift)}

    def move(self, seconds: int) -> None:
        """Set the clock so many seconds before or after the right time, at once; how long waits last stays right."""
        with self._shift.open("r+b") as shift:
            shift.write(seconds.to_bytes(8, "little", signed=True))
