"""How words become a scene: place, hour, weather, look, and where each subject stands."""

from __future__ import annotations

import itertools
from dataclasses import replace

from engines.draft.scene import words as w
from engines.draft.scene.cast import role_of
from engines.draft.scene.casting import cast
from engines.draft.scene.film_talk import speaks
from engines.draft.scene.lexicon import Found, lexicon
from engines.draft.scene.noise import Dice
from engines.draft.scene.reading import Reading, read
from engines.draft.scene.spec import SceneSpec

_HORIZONS = {
    "sea": 0.52, "harbour": 0.5, "island": 0.53, "beach": 0.46, "cliff": 0.56, "lake": 0.5, "river": 0.5,
    "mountains": 0.62, "field": 0.56,
    "village": 0.58, "garden": 0.56, "forest": 0.6, "jungle": 0.62, "desert": 0.54,
    "arctic": 0.55, "city": 0.62,
    "street": 0.56, "planet": 0.58,
    "room": 0.66, "greenhouse": 0.62, "underwater": 0.72, "space": 0.5, "sky": 0.7,
}  # fmt: skip


def plan_scene(prompt: str, *, style: str | None, seed: int, negative_prompt: str = "") -> SceneSpec:
    """Return the scene that the words describe; pure, and total over every text."""
    dice = Dice(seed, "plan")
    text = read(prompt)
    words = text.words
    banned = {found.glyph for found in lexicon().nouns(w.tokens(negative_prompt), "en")}
    unwanted = {name for _, _, name in _looked_up(negative_prompt, w.tokens(negative_prompt))}
    named = {
        kind: [
            hit
            for hit in _in_table(prompt, words, table)
            if hit[2] not in unwanted and (hit[1] > 1 or _meant(text, hit[0]))
        ]
        for kind, table in _TABLES.items()
    }
    nouns = [
        found for found in _nouns(prompt, text) if found.glyph not in banned and not _is_backdrop(found.glyph)
    ]
    place = _place(named["place"], nouns, dice)
    if place == "sea" and any(role_of(noun.glyph, place).stand == "ground" for noun in nouns):
        # somebody has to stand somewhere
        place = "cliff" if any(role_of(noun.glyph, place).size > 1.3 for noun in nouns) else "beach"
    if place == "cliff" and any(lexicon().groups.get(noun.glyph, "") == "transport-ground" for noun in nouns):
        place = "beach"  # a train has no room on a headland
    time = _first(named["time"]) or dice.pick(("day", "sunset", "dawn", "day", "morning"))
    if place == "space":
        time = "night"
    season = _first(named["season"]) or ("winter" if place == "arctic" else "summer")
    weather = _weather(named["weather"], season, dice)
    shot = _first(named["shot"]) or ""
    mood = _first(named["mood"]) or ""
    spec = SceneSpec(
        seed=seed,
        place=place,
        time=time,
        weather=weather,
        season=season,
        style=style or "",
        shot=shot,
        mood=mood,
        light=dice.pick((0.22, 0.3, 0.68, 0.78)) + dice.between(-0.05, 0.05),
        horizon=_horizon(place, words, shot, dice),
        palette=_palette(text, nouns),
        details=_details(words, nouns, place),
    )
    return replace(spec, subjects=cast(spec, words, nouns, dice))


_TABLES = {
    "place": w.PLACES, "time": w.TIMES, "weather": w.WEATHERS, "season": w.SEASONS,
    "mood": w.MOODS, "shot": w.SHOTS,
}  # fmt: skip


def _in_table(prompt: str, words: list[str], table: dict[tuple[str, ...], str]) -> list[tuple[int, int, str]]:
    hits = w.spans(words, table)
    for phrase, name in table.items():
        # scripts written without spaces have no words to look up
        if ord(phrase[0][0]) > 0x2E80 and phrase[0] in prompt:
            hits.append((len(words), 1, name))
    return hits


def _looked_up(prompt: str, words: list[str]) -> list[tuple[int, int, str]]:
    return [hit for table in _TABLES.values() for hit in _in_table(prompt, words, table)]


def _first(hits: list[tuple[int, int, str]]) -> str | None:
    return hits[0][2] if hits else None


def _meant(text: Reading, at: int) -> bool:
    return at >= len(text.words) or speaks(text.words[at], text.language)


def _horizon(place: str, words: list[str], shot: str, dice: Dice) -> float:
    """Return the height of the horizon: a low camera sees it low, a high one high."""
    said = {f"{a} {b}" for a, b in itertools.pairwise(words)}
    lifted = 0.07 if "low angle" in said else -0.06 if "high angle" in said or shot == "vast" else 0.0
    share = 0.0 if place in {"room", "greenhouse", "space", "sky"} else 1.0
    return _HORIZONS[place] + share * lifted + dice.between(-0.04, 0.04)


def _nouns(prompt: str, text: Reading) -> list[Found]:
    known = lexicon()
    found = list(text.nouns)
    end = len(text.words)
    found += [Found(end, 1, glyph) for glyph in known.pictured(prompt)]
    for script, start, stop in (("ja", 0x3040, 0x30FF), ("zh", 0x4E00, 0x9FFF), ("ko", 0xAC00, 0xD7AF)):
        if any(start <= ord(letter) <= stop for letter in prompt[:2000]):
            found += [Found(end, 1, glyph) for glyph in known.without_spaces(prompt[:2000], script)]
            break
    unique: dict[tuple[str, int], Found] = {}
    met: dict[str, int] = {}
    for noun in found:
        # two brothers look alike and are two; a fox that is named twice is one
        met.setdefault(noun.glyph, noun.start)
        if met[noun.glyph] == noun.start:
            copy = sum(key[0] == noun.glyph for key in unique)
            unique.setdefault((noun.glyph, copy if noun.counted else 0), noun)
    return list(unique.values())


def _is_backdrop(glyph: str) -> bool:
    # mountains, beaches and skies are painted as places, never set down as things
    return lexicon().groups.get(glyph) in {"place-geographic", "sky-weather"} and glyph not in _THINGS


_THINGS = frozenset(
    {
        "1f30b",
        "2602",
        "2602-fe0f",
        "2614",
        "1f302",
        "26f1-fe0f",
        "1fa90",
        "1f525",
        "26c4",
        "2603",
        "2604",
        "1f32a",
    }
)


def _place(hits: list[tuple[int, int, str]], nouns: list[Found], dice: Dice) -> str:
    order = {name: rank for rank, name in enumerate(_HORIZONS)}
    if hits:
        names = [name for _, _, name in hits]
        for strong in (
            "underwater",
            "space",
            "planet",
            "greenhouse",
            "cliff",
            "harbour",
            "street",
            "arctic",
            "room",
            "forest",
        ):
            if strong in names:
                return strong
        if names[0] == "sky" and len(names) > 1:
            names = [name for name in names if name != "sky"] or ["sky"]
        return names[0] if names[0] in order else "field"
    stands = [role_of(noun.glyph, "field").stand for noun in nouns]
    groups = [lexicon().groups.get(noun.glyph, "") for noun in nouns]
    if any(noun.glyph == ":lighthouse" for noun in nouns):
        return "cliff"
    if "water" in stands:
        return "sea"
    if any(noun.glyph in {"1f680", "1f6f8", "1f9d1-200d-1f680", "1fa90", "1f6f0-fe0f"} for noun in nouns):
        return "planet"
    if groups and all(
        group.startswith(("food", "drink", "dishware", "computer", "writing", "book")) for group in groups
    ):
        return "room"
    if any(
        group in {"computer", "office", "household", "clothing", "phone", "science"} for group in groups[:1]
    ):
        return "room"
    if any(group == "transport-ground" for group in groups[:1]):
        return dice.pick(("city", "street", "field"))
    if groups and groups[0] == "plant-flower":
        return "garden"
    if any(role_of(noun.glyph, "field").size > 1.4 for noun in nouns):
        return dice.pick(("field", "mountains", "village"))
    if nouns:
        return dice.pick(("field", "garden", "mountains", "forest", "lake"))
    return dice.pick(("mountains", "lake", "sea", "field", "forest", "desert", "island", "village", "river"))


def _weather(hits: list[tuple[int, int, str]], season: str, dice: Dice) -> str:
    names = [name for _, _, name in hits]
    for strong in ("storm", "rain", "snowfall", "fog"):
        if strong in names:
            return strong
    if names:
        return names[0]
    if season == "winter":
        return dice.pick(("clear", "clouds", "snowfall"))
    return dice.pick(("clear", "clouds", "clouds"))


def _palette(text: Reading, nouns: list[Found]) -> tuple[str, ...]:
    words = text.words
    taken = {index for noun in nouns for index in range(noun.start - 2, noun.start + noun.length + 1)}
    taken |= text.looks | {at for at in range(len(words)) if not speaks(words[at], text.language)}
    clouds = {"cloud", "clouds", "sky", "hour", "light", "snow", "ground"}
    taken |= {at for at in range(len(words)) if clouds & set(words[at + 1 : at + 3])}
    return tuple(dict.fromkeys(name for start, _, name in w.spans(words, w.COLOURS) if start not in taken))[
        :3
    ]


def _details(words: list[str], nouns: list[Found], place: str) -> tuple[str, ...]:
    said = set(words)
    rows = {
        "flowers": {"flower", "flowers", "blumen", "fleurs", "flores", "fiori",
                    "tulips", "roses", "poppies", "lavender", "sunflowers"},
        "window": {"window", "fenster", "fenêtre", "ventana", "finestra", "janela"},
        "table": {"table", "desk", "tisch", "mesa", "tavolo", "counter"},
        "path": {"path", "road", "trail", "lane", "track", "weg", "chemin", "camino", "sentiero"},
        "aurora": {"aurora", "borealis", "polarlicht", "nordlicht", "polarlichter"},
        "rainbow": {"rainbow", "regenbogen", "arcoíris", "arcobaleno"},
        "palms": {"palm", "palms", "tropical", "paradise", "caribbean", "hawaii", "coconut", "palmen", "palmiers"},
        "moon": {"moon", "mond", "lune", "luna", "lua", "moonlight", "moonlit"},
        "books": {"library", "books", "bookshop", "bookshelf", "bibliothek"},
        "fire": {"fireplace", "kamin", "cheminée"},
    }  # fmt: skip
    return tuple(name for name, triggers in rows.items() if triggers & said)
