"""How text reaches standard output and standard error, whatever encoding they have and whoever reads them."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO


def take_any_text() -> None:
    """Let what an encoding does not have be written as an escape (`\\u65e5`) instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def encodable(text: str, stream: TextIO | None) -> bool:
    """Whether the stream's encoding has every character of a text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str, stream: TextIO | None) -> str:
    """Return a text as the stream will show it, escapes written out: so wide it is."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def into_nothing(stream: TextIO | None) -> None:
    """Send what is still to come nowhere: the reader has gone, and the interpreter flushes once more at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        number = stream.fileno()  # type: ignore[union-attr]  # a stream that was closed at the start is None
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
