"""Which lines dwell on a place, a thing or a moment in which nobody has to do anything."""

from __future__ import annotations

from engines.draft.tables import read_table

VIEW: dict[str, str] = read_table(__file__)
