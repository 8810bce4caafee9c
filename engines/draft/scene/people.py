"""Which glyphs show people by their trade or kin, creatures by another name, and groups of several."""

from __future__ import annotations

from engines.draft.tables import read_table

_TABLE = read_table(__file__)
PEOPLE: dict[str, str] = _TABLE["people"]

GROUPS: dict[str, str] = _TABLE["groups"]
"""Several things that one phrase means; the first leads."""

OLDER: dict[str, str] = _TABLE["older"]
OLD = frozenset(_TABLE["old"])
"""Words that make the person behind them (or before, in Romance languages) an old one."""
