"""Which exit code means what."""

from __future__ import annotations

DONE, FAILED, WRONG_USE, UNREACHABLE, TOO_LATE, INTERRUPTED = 0, 1, 2, 3, 4, 130


class Exit(Exception):  # it is not an error
    """End the command with this code; everything has been said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
