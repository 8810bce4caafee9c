"""How each thing stands in the world: how big it is, whether it walks, swims or flies, and what body it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from engines.draft.scene.lexicon import lexicon

_SIZES = {
    "transport-water": 1.0, "transport-air": 0.75, "transport-ground": 0.85, "place-building": 1.5, "place-religious": 1.55,
    "place-other": 1.2, "plant-other": 0.8, "plant-flower": 0.42, "animal-bug": 0.28, "animal-bird": 0.4, "animal-marine": 0.8,
    "animal-mammal": 0.72, "animal-reptile": 0.65, "animal-amphibian": 0.4, "hotel": 0.5, "musical-instrument": 0.55,
    "sky-weather": 0.6, "place-geographic": 1.6, "event": 0.5, "household": 0.7,
}  # fmt: skip
_SIZE_OF = {
    "🐋": 1.25, "🐳": 1.2, "🐉": 1.5, "🐘": 1.3, "🦣": 1.3, "🦒": 1.5, "🐎": 1.05, "🦄": 1.05, "🦕": 1.7, "🦖": 1.5, "🐁": 0.3, "🐀": 0.3,
    "🐹": 0.4, "🐇": 0.45, "🐿️": 0.4, "🦔": 0.35, "🐈": 0.5, "🐈‍⬛": 0.5, "🐕": 0.62, "🐟": 0.42, "🐠": 0.42, "🦀": 0.35, "🦐": 0.3, "🐙": 0.7, "🦈": 0.9,
    "🐬": 0.8, "🐻": 1.0, "🐻‍❄️": 1.0, "🐼": 0.9, "🦁": 0.9, "🦊": 0.62, "🐺": 0.78, "🦢": 0.55, "🦩": 0.8, "🌳": 1.5, "🌲": 1.5, "🌴": 1.6, "🎄": 1.2, "🌵": 0.9,
    "🚢": 1.35, "⛵": 1.1, "🚀": 1.35, "🛸": 0.7, "🚁": 0.75, "☕": 0.8, "👧": 0.8, "👦": 0.8, "🧒": 0.76, "👶": 0.55, "🤖": 1.0, "🏰": 1.85, "⛲": 0.9, "🔥": 0.5, "🐦": 0.3, "🕊️": 0.3, "🦋": 0.25,
    "🎈": 0.5, "🏙️": 1.6, "🌋": 1.9, "⛺": 0.85, "🍄": 0.5, "🐸": 0.45, "🚂": 1.05, "🧸": 0.55, "👻": 0.8, "👽": 0.95, "⛄": 0.85, "🎡": 1.8, "🗽": 1.8,
    "🗼": 2.0, "🗿": 1.1, "🪐": 0.7, "🦓": 0.95, "🐄": 0.9, "🐂": 0.95, "🦬": 1.0, "🐃": 0.95, "🐪": 1.15, "🐫": 1.15, "🦏": 1.05, "🦛": 1.0, "🦍": 0.95, "🦌": 0.95,
}  # fmt: skip
_PROPS = {
    ":lighthouse": (1.9, "ground"), ":windmill": (1.7, "ground"), ":lamp": (1.25, "ground"), ":rowboat": (0.45, "water"),
    ":fishing-boat": (0.75, "water"), ":hot-air-balloon": (0.8, "air"),
}  # fmt: skip
_FLYING = frozenset(
    [
        "🐦",
        "🦅",
        "🕊️",
        "🦇",
        "🦋",
        "🐝",
        "🦟",
        "🪰",
        "🎈",
        "🪁",
        "🛩️",
        "✈️",
        "🛫",
        "🛬",
        "🪂",
        "🚁",
        "🛰️",
        "🚀",
        "🛸",
        "🚟",
        "🚠",
        "🚡",
        "🪐",
        "☄️",
        "🌈",
        "🐉",
        "🧚",
        "🐦\u200d🔥",
        "🐦\u200d⬛",
        "🌠",
        "🎆",
    ]
)
_SWIMMING = frozenset(
    [
        "🦆",
        "🦢",
        "🪿",
        "🐊",
        "🏄",
        "🏄\u200d♂️",
        "🏄\u200d♀️",
        "🚣",
        "🚣\u200d♂️",
        "🚣\u200d♀️",
        "🏊",
        "🏊\u200d♂️",
        "🏊\u200d♀️",
        "🧜",
        "🧜\u200d♂️",
        "🧜\u200d♀️",
        "🤽",
        "🪷",
        "🛟",
    ]
)
_DIVING = frozenset(
    [
        "🐟",
        "🐠",
        "🐡",
        "🦈",
        "🐙",
        "🪼",
        "🦑",
        "🐬",
        "🐢",
        "🐋",
        "🐳",
        "🫍",
        "🤿",
        "🧜",
        "🧜\u200d♂️",
        "🧜\u200d♀️",
        "🦭",
        "🐚",
        "🦀",
        "🦞",
        "🦐",
    ]
)
_LAND_SEA = frozenset(["🦀", "🐚", "🦞", "🦭", "🦐", "🦪", "🪸"])
_PROWLERS = frozenset(["🦊", "🐺", "🦁", "🐯", "🦝", "🐱", "🐶", "🐴", "🐮", "🫎", "🐰"])
_SITTERS = frozenset(["🐻", "🐻\u200d❄️", "🐼", "🐨", "🐹", "🐸", "🐵", "🐷", "🐭"])
_HEADS_ONLY = frozenset(
    [
        "👶",
        "🧒",
        "👦",
        "👧",
        "🧑",
        "👱",
        "👱\u200d♀️",
        "👱\u200d♂️",
        "👨",
        "🧔",
        "🧔\u200d♂️",
        "🧔\u200d♀️",
        "👩",
        "🧓",
        "👴",
        "👵",
        "🤓",
        "👲",
        "👽",
        "🤡",
    ]
)
_WHOLE = frozenset(
    [
        "🧞",
        "🧞\u200d♂️",
        "🧞\u200d♀️",
        "🧜",
        "🧜\u200d♂️",
        "🧜\u200d♀️",
        "🧟",
        "🧟\u200d♂️",
        "🧟\u200d♀️",
        "👻",
        "🧌",
        "🫈",
        "👼",
    ]
)


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
