"""Which lines recommend something, without claiming anything that nobody said."""

from __future__ import annotations

from engines.draft.tables import read_table

PROMO: dict[str, str] = read_table(__file__)
