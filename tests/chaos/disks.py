"""A folder of bounded size, so that a disk can be full without filling the machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_STEP_BYTES = 1024 * 1024


def can_mount() -> bool:
    """Say whether this user may mount a file system: only then can a disk be full."""
    return os.geteuid() == 0 and Path("/proc/self/mounts").exists()


@dataclass(frozen=True)
class Disk:
    """A tmpfs mounted on a folder; what lies there takes memory, `size_mib` at most."""

    folder: Path
    size_mib: int

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def mount(self) -> None:
        """Make the folder and mount it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = f"size={self.size_mib}m,mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "chaos", str(self.folder)], check=True)

    def unmount(self) -> None:
        """Take it away, even while something still has a file open there."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)

    def fill(self) -> None:
        """Leave no byte free."""
        with self._filler.open("wb") as filler, contextlib.suppress(OSError):
            for step in (_STEP_BYTES, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, step)

    def free(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)
