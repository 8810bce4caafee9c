"""How words become a scene: place, hour, weather, look, and where each subject stands."""

from __future__ import annotations

from dataclasses import replace

from engines.draft.scene import words as w
from engines.draft.scene.cast import Role, role_of
from engines.draft.scene.lexicon import Found, lexicon
from engines.draft.scene.noise import Dice
from engines.draft.scene.spec import SceneSpec, Subject

WATERY = frozenset({"sea", "harbour", "island", "beach", "cliff", "lake", "river"})
_SHOT_HEIGHT = {"wide": 0.27, "medium": 0.46, "close": 0.64, "": 0.37}
_HORIZONS = {
    "sea": 0.52, "harbour": 0.5, "island": 0.53, "beach": 0.46, "cliff": 0.56, "lake": 0.5, "river": 0.5, "mountains": 0.62, "field": 0.56,
    "village": 0.58, "garden": 0.56, "forest": 0.6, "jungle": 0.62, "desert": 0.54, "arctic": 0.55, "city": 0.62, "street": 0.56, "planet": 0.58,
    "room": 0.66, "greenhouse": 0.62, "underwater": 0.72, "space": 0.5, "sky": 0.7,
}  # fmt: skip
_STORM_FLOOR = 0.86
MAX_SUBJECTS = 5


def plan_scene(prompt: str, *, style: str | None, seed: int, negative_prompt: str = "") -> SceneSpec:
    """Return the scene that the words describe; pure, and total over every text."""
    dice = Dice(seed, "plan")
    words = w.tokens(prompt)
    language = w.language_of(words)
    banned = {found.glyph for found in lexicon().nouns(w.tokens(negative_prompt), "en")}
    unwanted = {name for _, _, name in _looked_up(negative_prompt, w.tokens(negative_prompt))}
    named = {kind: [hit for hit in _in_table(prompt, words, table) if hit[2] not in unwanted] for kind, table in _TABLES.items()}
    nouns = [found for found in _nouns(prompt, words, language) if found.glyph not in banned and not _is_backdrop(found.glyph)]
    place = _place(named["place"], nouns, dice)
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
        horizon=_HORIZONS[place] + dice.between(-0.03, 0.03),
        palette=_palette(words, nouns),
        details=_details(words, nouns, place),
    )
    return replace(spec, subjects=_cast(spec, words, nouns, dice))


_TABLES = {
    "place": w.PLACES, "time": w.TIMES, "weather": w.WEATHERS, "season": w.SEASONS, "mood": w.MOODS, "shot": w.SHOTS,
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


def _nouns(prompt: str, words: list[str], language: str) -> list[Found]:
    known = lexicon()
    found = known.nouns(words, language)
    end = len(words)
    found += [Found(end, 1, glyph) for glyph in known.pictured(prompt)]
    for script, start, stop in (("ja", 0x3040, 0x30FF), ("zh", 0x4E00, 0x9FFF), ("ko", 0xAC00, 0xD7AF)):
        if any(start <= ord(letter) <= stop for letter in prompt[:2000]):
            found += [Found(end, 1, glyph) for glyph in known.without_spaces(prompt[:2000], script)]
            break
    unique = {}
    for noun in found:
        unique.setdefault(noun.glyph, noun)
    return list(unique.values())


def _is_backdrop(glyph: str) -> bool:
    # mountains, beaches and skies are painted as places, never set down as things
    return lexicon().groups.get(glyph) in {"place-geographic", "sky-weather"} and glyph not in _THINGS


_THINGS = frozenset({"1f30b", "2602", "2602-fe0f", "2614", "1f302", "26f1-fe0f", "1fa90", "1f525", "26c4", "2603", "2604", "1f32a"})


def _place(hits: list[tuple[int, int, str]], nouns: list[Found], dice: Dice) -> str:
    order = {name: rank for rank, name in enumerate(_HORIZONS)}
    if hits:
        names = [name for _, _, name in hits]
        for strong in ("underwater", "space", "planet", "greenhouse", "cliff", "harbour", "street", "arctic", "room", "forest"):
            if strong in names:
                return strong
        if names[0] == "sky" and len(names) > 1:
            names = [name for name in names if name != "sky"]
        return names[0] if names[0] in order else "field"
    stands = [role_of(noun.glyph, "field").stand for noun in nouns]
    groups = [lexicon().groups.get(noun.glyph, "") for noun in nouns]
    if any(noun.glyph == ":lighthouse" for noun in nouns):
        return "cliff"
    if "water" in stands:
        return "sea"
    if any(noun.glyph in {"1f680", "1f6f8", "1f9d1-200d-1f680", "1fa90", "1f6f0-fe0f"} for noun in nouns):
        return "planet"
    if groups and all(group.startswith(("food", "drink", "dishware", "computer", "writing", "book")) for group in groups):
        return "room"
    if any(group in {"computer", "office", "household", "clothing", "phone", "science"} for group in groups[:1]):
        return "room"
    if any(group == "transport-ground" for group in groups[:1]):
        return dice.pick(("city", "street", "field"))
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


def _tint(words: list[str], at: int, length: int) -> str | None:
    for _, name in _colours(words[max(0, at - 2) : at]):
        return name
    # Romance languages put the colour behind its noun
    after = _colours(words[at + length : at + length + 1])
    return after[0][1] if after and words[at + length] not in {"rose", "orange"} else None


def _colours(words: list[str]) -> list[tuple[int, str]]:
    return [(start, name) for start, _, name in reversed(w.spans(words, w.COLOURS))] if words else []


def _palette(words: list[str], nouns: list[Found]) -> tuple[str, ...]:
    taken = {index for noun in nouns for index in range(noun.start - 2, noun.start + noun.length + 1)}
    return tuple(dict.fromkeys(name for start, _, name in w.spans(words, w.COLOURS) if start not in taken))[:3]


def _details(words: list[str], nouns: list[Found], place: str) -> tuple[str, ...]:
    said = set(words)
    rows = {
        "flowers": {"flower", "flowers", "blumen", "fleurs", "flores", "fiori", "tulips", "roses", "poppies", "lavender", "wildflowers", "sunflowers"},
        "window": {"window", "fenster", "fenêtre", "ventana", "finestra", "janela"},
        "table": {"table", "desk", "tisch", "mesa", "tavolo", "counter"},
        "path": {"path", "road", "trail", "lane", "track", "weg", "chemin", "camino", "sentiero"},
        "aurora": {"aurora", "borealis", "polarlicht", "nordlicht", "polarlichter"},
        "rainbow": {"rainbow", "regenbogen", "arcoíris", "arcobaleno"},
        "moon": {"moon", "mond", "lune", "luna", "lua", "moonlight", "moonlit"},
        "books": {"library", "books", "bookshop", "bookshelf", "bibliothek"},
        "fire": {"fireplace", "kamin", "cheminée"},
    }  # fmt: skip
    return tuple(name for name, triggers in rows.items() if triggers & said)


def _cast(spec: SceneSpec, words: list[str], nouns: list[Found], dice: Dice) -> tuple[Subject, ...]:
    roles = [(noun, role_of(noun.glyph, spec.place)) for noun in nouns]
    if spec.place in {"room", "greenhouse"}:
        roles = [(noun, role) for noun, role in roles if noun.glyph not in {":window", "1fa9f"}]
    umbrella = lexicon().emoji.get("☂")
    held = next((noun for noun, _ in roles if noun.glyph == umbrella), None)
    holder = next((noun for noun, role in roles if role.holds), None)
    if held is not None and holder is not None:
        roles = [(noun, role) for noun, role in roles if noun is not held]
    roles = roles[:MAX_SUBJECTS]
    # what is tall stands behind; the first thing named stays the hero
    side = dice.pick((0.36, 0.64))
    scale = _SHOT_HEIGHT[spec.shot] * (1.15 if len(roles) == 1 else 0.92 if len(roles) < 4 else 0.8)
    spots = [side, 1.02 - side, 0.5, 0.16, 0.86] if len(roles) != 1 or spec.shot != "close" else [0.5]
    result = []
    for rank, (noun, role) in enumerate(roles):
        size = role.size ** (0.45 if spec.shot == "close" else 0.8)
        # followers stand a little behind the hero, so that one thing leads
        height = min(0.86, scale * size * (1.0 if rank == 0 else 0.86))
        at = Subject(noun.glyph, 0.0, 0.0, height, role.stand, _tint(words, noun.start, noun.length), body=role.body)
        if noun is holder and held is not None:
            at = replace(at, held=held.glyph, held_tint=_tint(words, held.start, held.length))
        count = _count(words, noun)
        for copy in range(count):
            result.append(_placed(replace(at, height=at.height * 0.8**copy), spec, role, spots[rank % len(spots)], copy, dice))
    return tuple(sorted(result[:12], key=lambda subject: subject.y))


def _count(words: list[str], noun: Found) -> int:
    before = words[max(0, noun.start - 3) : noun.start]
    for word in reversed(before):
        if word in w.COUNTS:
            return w.COUNTS[word]
    last = words[noun.start + noun.length - 1] if noun.start < len(words) else ""
    plural = last.endswith("s") and not last.endswith("ss") and lexicon().groups.get(noun.glyph, "").startswith(("animal", "plant", "event"))
    return 3 if plural else 1


def _placed(subject: Subject, spec: SceneSpec, role: Role, spot: float, copy: int, dice: Dice) -> Subject:
    x = spot + (0.0 if copy == 0 else dice.between(0.1, 0.16) * ((copy + 1) // 2) * (1 if copy % 2 else -1)) + dice.between(-0.03, 0.03)
    floor = {"wide": 0.83, "medium": 0.91, "close": 0.97, "": 0.88}[spec.shot]
    y = floor - 0.05 * copy + dice.between(-0.015, 0.015)
    if role.size > 1.3 and spec.shot != "close":
        y -= 0.09
    if subject.stand == "air":
        y = dice.between(0.24, 0.36) + 0.06 * copy
        if spec.place in {"space", "sky"}:
            y = dice.between(0.45, 0.55)
    elif subject.stand == "deep":
        y = dice.between(0.42, 0.55) + 0.08 * copy
    elif subject.stand == "water":
        y = max(spec.horizon + 0.16, y - 0.1)
    elif subject.stand == "table":
        y = 0.86
    elif spec.place == "cliff":
        x, y = _on_cliff(spec, x, copy)
    return replace(subject, x=min(0.92, max(0.08, x)), y=min(y, 0.97), flip=x > 0.5 if subject.stand != "air" else spec.light < 0.5)


def _on_cliff(spec: SceneSpec, x: float, copy: int) -> tuple[float, float]:
    # the headland stands opposite the light, so that its edge is drawn by the sky
    near = 0.74 if spec.light < 0.5 else 0.26
    return near + (x - 0.5) * 0.3 + 0.06 * copy, spec.horizon + 0.02
