"""Which everyday words mean which glyph, and which words never mean one."""

from __future__ import annotations

from engines.draft.tables import read_table

_TABLE = read_table(__file__)

# What the emoji call otherwise, or draw only as a scene of its own. A leading colon is a drawn prop.
SYNONYMS: dict[str, str] = _TABLE["synonyms"]

# Names and tags that are also small words, places, times or looks: they would show a thing nobody asked for.
NOT_NOUNS = frozenset(_TABLE["not_nouns"])

# Of the tags that Unicode gives to its pictures, those that name the thing itself (and not what it does or means).
TAG_NOUNS = frozenset(_TABLE["tag_nouns"].split())
