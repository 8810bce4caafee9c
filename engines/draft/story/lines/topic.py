"""Which lines open up a question or a subject, and which ones greet somebody."""

from __future__ import annotations

from engines.draft.tables import read_table

_TABLE = read_table(__file__)
TOPIC: dict[str, str] = _TABLE["topic"]

GREETING: dict[str, str] = _TABLE["greeting"]
