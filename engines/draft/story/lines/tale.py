"""Which lines tell the story of somebody who does something."""

from __future__ import annotations

from engines.draft.tables import read_table

OPENINGS = (
    "And then, ",
    "One day, ",
    "Then it happens: ",
    "And one day, out of nowhere, ",
    "This is the moment: ",
)

TALE: dict[str, str] = read_table(__file__)
