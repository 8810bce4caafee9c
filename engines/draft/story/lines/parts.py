"""Which parts of a place a film visits in turn, in words that a painter of pictures knows."""

from __future__ import annotations

from engines.draft.tables import read_table

_TABLE = read_table(__file__)
PARTS: dict[str, tuple[str, ...]] = _TABLE["parts"]
"""By kind of place; the first is the place itself, where a film begins and mostly stays."""

ANYWHERE = frozenset({"sea", "underwater", "desert", "space", "snow", "mountain", "road", "city"})
"""Kinds of place whose lines are true in every part of them; elsewhere only the first two are alike."""

PLANET = ("on a distant planet", "on the planet", "in outer space", "on the planet")
