"""How each thing stands in the world: how big it is, whether it walks, swims or flies, and what body it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from engines.draft.scene.lexicon import lexicon
from engines.draft.tables import read_table

_TABLE = read_table(__file__)
_SIZES: dict[str, float] = _TABLE["sizes"]
_SIZE_OF: dict[str, float] = _TABLE["size_of"]
_PROPS: dict[str, tuple[float, str]] = _TABLE["props"]
_FLYING = frozenset(_TABLE["flying"])
_SWIMMING = frozenset(_TABLE["swimming"])
_DIVING = frozenset(_TABLE["diving"])
_LAND_SEA = frozenset(_TABLE["land_sea"])
_PROWLERS = frozenset(_TABLE["prowlers"])
_SITTERS = frozenset(_TABLE["sitters"])
_HEADS_ONLY = frozenset(_TABLE["heads_only"])
_WHOLE = frozenset(_TABLE["whole"])


@dataclass(frozen=True, slots=True)
class Role:
    """`size` relative to a grown person, `stand` as in Subject, `body` none, person, child, prowl, sit or robot."""

    size: float
    stand: str
    body: str
    holds: bool


def role_of(glyph: str, place: str) -> Role:
    """Return how a glyph stands in a place."""
    if glyph in _PROPS:
        size, stand = _PROPS[glyph]
        return Role(size, stand, "none", holds=False)
    group = lexicon().groups.get(glyph, "")
    emoji = _emoji_of(glyph)
    size = _SIZE_OF.get(emoji, _SIZES.get(group, 1.0 if group.startswith(("person", "family")) else 0.5))
    body = "none"
    if emoji in _HEADS_ONLY or group == "person":
        body = "child"
    elif group in {"person-role", "person-fantasy"} and emoji not in _WHOLE:
        body = "person"
    elif emoji in _PROWLERS:
        body = "prowl"
    elif emoji in _SITTERS:
        body = "sit"
    elif emoji == "🤖":
        body = "robot"
    return Role(size, _stand(emoji, group, place), body, holds=body in {"person", "child", "robot"})


def _stand(emoji: str, group: str, place: str) -> str:
    if place == "underwater":
        return "ground" if emoji in _LAND_SEA else "deep"
    if place in {"space", "sky"}:
        return "air"
    if emoji in _FLYING:
        return "air"
    if emoji in _LAND_SEA:
        return "ground"
    if group == "transport-water" or emoji in _SWIMMING or emoji in _DIVING:
        return "water"
    if place in {"room"} and (
        group.startswith(("food", "drink", "dishware", "plant-flower", "book", "light", "computer"))
        or _small(group)
    ):
        return "table"
    return "ground"


def _small(group: str) -> bool:
    return group in {
        "writing", "office", "sound", "phone", "music", "money", "medical", "science", "tool", "mail", "game", "award-medal",
        "arts-crafts", "clothing", "other-object", "animal-bug", "animal-amphibian", "household", "event", "musical-instrument",
    }  # fmt: skip


def _emoji_of(glyph: str) -> str:
    by_glyph = _by_glyph()
    return by_glyph.get(glyph, "")


def _by_glyph() -> dict[str, str]:
    known = _KNOWN
    if not known:
        table = lexicon().emoji
        marked = frozenset().union(
            _SIZE_OF, _FLYING, _SWIMMING, _DIVING, _LAND_SEA, _PROWLERS, _SITTERS, _HEADS_ONLY, _WHOLE, {"🤖"}
        )
        known.update(
            {table[e.replace("\ufe0f", "")]: e for e in sorted(marked) if e.replace("\ufe0f", "") in table}
        )
    return known


_KNOWN: dict[str, str] = {}
