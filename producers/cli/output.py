"""How the command line speaks: people's text on stderr, data on stdout, colours only for a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from producers.cli.exits import DONE, Exit

_CELL_CHARACTERS = 72


def say(text: str) -> None:
    """Tell a person something."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def fail(text: str) -> None:
    """Tell a person what went wrong, in one sentence."""
    say(f"reelbus: {text}")


def data(text: str) -> None:
    """Give a program a line; one that has had enough, such as `head`, ends the command in peace."""
    try:
        print(text, flush=True)  # noqa: T201
    except BrokenPipeError:
        # The interpreter flushes once more at its end: into nothing, not into the closed pipe.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        raise Exit(DONE) from None


def as_json(value: Any) -> None:
    """Give a program a JSON value."""
    data(json.dumps(value, ensure_ascii=False, default=str))


def table(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> None:
    """Give rows as aligned columns."""
    lines = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [*lines, list(headers)]) for i in range(len(headers))]
    for line in [[h.upper() for h in headers], *lines]:
        data("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    """Keep a table a table: ids that others choose may be of any length; `--json` gives them whole."""
    text = " ".join(str(value).split())
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"


def lively() -> bool:
    """Whether a person watches: bars and colours are shown on a terminal only, and not against their wish."""
    return sys.stderr.isatty() and sys.stdout.isatty() and "NO_COLOR" not in os.environ
