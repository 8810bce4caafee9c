"""How the command line speaks: people's text on stderr, data on stdout, colours only for a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from runtime.streams import encodable, into_nothing, shown

_CELL_CHARACTERS = 72


def say(text: str) -> None:
    """Tell a person something; where nobody listens any more, the work goes on."""
    if sys.stderr is None:  # closed; `print` would take standard output instead
        return
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except BrokenPipeError:
        into_nothing(sys.stderr)


def fail(text: str) -> None:
    """Tell a person what went wrong, in one sentence."""
    say(f"reelbus: {text}")


def data(text: str) -> bool:
    """Give a program a line, and say whether it reads on.

    One that has had enough, such as `head`, changes nothing of the command and its exit code: the rest goes nowhere.
    """
    try:
        print(text, flush=True)  # noqa: T201
    except BrokenPipeError:
        into_nothing(sys.stdout)
        return False
    return True


def data_bytes(value: bytes) -> None:
    """Give a program bytes as they are."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.buffer.write(value)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        into_nothing(sys.stdout)


def as_json(value: Any) -> bool:
    """Give a program a JSON value, with `\\u` escapes where the encoding of its pipe asks for them; see `data`."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return data(text if encodable(text, sys.stdout) else json.dumps(value, default=str))


def table(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> None:
    """Give rows as aligned columns."""
    lines = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [*lines, list(headers)]) for i in range(len(headers))]
    for line in [[h.upper() for h in headers], *lines]:
        data("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    """Keep a table a table: ids that others choose may be of any length; `--json` gives them whole."""
    text = shown(harmless(" ".join(str(value).split())), sys.stdout)
    if len(text) <= _CELL_CHARACTERS:
        return text
    dots = "…" if encodable("…", sys.stdout) else "..."
    return text[: _CELL_CHARACTERS - len(dots)] + dots


def harmless(text: str) -> str:
    """Return text that does nothing to a terminal: strangers wrote it."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def lively() -> bool:
    """Whether a person watches: bars and colours are shown on a terminal only, and not against their request."""
    return sys.stderr.isatty() and sys.stdout.isatty() and "NO_COLOR" not in os.environ
