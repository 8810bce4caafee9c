"""What each picture of a film shows: the same subject every time, and an hour and a sky that move on with
the story."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from engines.draft.scene.words import PLACES as PAINTED_PLACES
from engines.draft.scene.words import spans, tokens
from engines.draft.story import grammar
from engines.draft.story.fit import Said
from engines.draft.story.idea import Idea
from engines.draft.story.lexicon import words_of
from engines.draft.story.lines.hours import LIGHT, MOOD_LOOK, WEATHER_LOOK
from engines.draft.story.lines.parts import ANYWHERE, PARTS, PLANET
from engines.draft.story.places import also_in
from engines.draft.story.seen import companions, looks_of
from schemas.script import DirectedCharacter, Shot

_SHOT_WORDS: dict[Shot, str] = {
    "extreme-wide": "extreme wide shot",
    "wide": "wide shot",
    "full": "full shot",
    "medium": "medium shot",
    "close-up": "close-up",
    "extreme-close-up": "extreme close-up detail",
    "over-the-shoulder": "over-the-shoulder shot",
    "low-angle": "low-angle shot",
    "high-angle": "high-angle shot",
    "aerial": "aerial view",
}
_HOURS = ("dawn", "morning", "day", "sunset", "night")


def plan_hours(idea: Idea, count: int, random_: random.Random) -> list[str]:
    """Return the hour of each scene: it follows the day without jumps, or stays where the brief sets it."""
    if idea.time == "night":
        if count <= 3:
            return ["night"] * count
        # "on the night of the storm" begins in the evening before it
        early = count // 3 if re.search(r"\bon the (?:\w+ )?night\b", idea.brief, re.IGNORECASE) else 0
        return ["dusk"] * early + ["night"] * (count - early - 1) + ["dawn"]
    if idea.time:
        return [idea.time] * count
    if idea.kind in ("promo", "greeting", "topic"):
        return [random_.choice(("morning", "day", "sunset"))] * count
    first = random_.choice((0, 0, 1, 1, 2))
    last = random_.choice((3, 3, 4)) if count > 3 else first + 1
    return [_HOURS[first + round((last - first) * index / max(1, count - 1))] for index in range(count)]


def plan_weather(idea: Idea, beats: Sequence[str], random_: random.Random) -> list[str]:
    """Return the weather of each scene: bad weather comes with the obstacle and goes after the turn."""
    if idea.weather in ("storm", "rain") and len(beats) > 4:
        rough = {"obstacle", "doubt", "turn", "climax"}
        before = "grey"
        return [
            idea.weather if beat in rough or (beat == "action" and "obstacle" not in beats) else "after"
            if beat in ("resolution", "coda", "ending") else before for beat in beats
        ]  # fmt: skip
    if idea.weather:
        return [idea.weather] * len(beats)
    start = random_.choice(("clear", "clouds", "clear"))
    look = {
        "obstacle": "grey",
        "doubt": "grey",
        "turn": "clouds",
        "climax": "clouds",
        "resolution": "clear",
        "coda": "clear",
    }
    return [look.get(beat, start) for beat in beats]


def describe(
    idea: Idea,
    said: Said,
    shot: Shot,
    *,
    where: str,
    hour: str,
    weather: str,
    characters: Sequence[DirectedCharacter],
) -> str:
    """Return the picture prompt of one scene: who and what it is about, where, when, and in which air.

    Only what is to be seen is named, the subject first, so that a painter that knows few words is not misled.
    """
    when, light = LIGHT[hour]
    indoors = _indoors(where)
    # a colon parts a brief in another language from our own words
    link = ":" if idea.kind == "phrase" else " of"
    parts = [
        f"{grammar.capitalised(_SHOT_WORDS[shot])}{link} {_who(idea, said)}",
        *_cast(idea, characters),
        f"{where} {when}",
        "" if indoors else WEATHER_LOOK[weather],
        light,
        MOOD_LOOK[idea.tone],
    ]
    return ", ".join(part for part in parts if part)[:2000]


def _indoors(where: str) -> bool:
    return bool(re.search(r"room|indoors|kitchen|workshop|studio|underwater|seabed|space|home|inside", where))


def plan_places(idea: Idea, beats: Sequence[str], random_: random.Random) -> list[str]:
    """Return where each scene is: the brief's own place first and last, other parts of the place between."""
    own = idea.place if idea.place and _is_known(idea.place) else None
    parts = list(PARTS[idea.scenery])
    words = set(re.findall(r"[a-z]+", idea.brief.lower()))
    if idea.scenery == "space" and words & _WORLDS:
        parts = list(PLANET)
    if own:
        parts = [own, *(part for part in parts[1:] if idea.scenery in _WIDE)]
    else:
        # a robot of the workshop that bakes for a village is seen in both
        for other in also_in(idea.brief, idea.scenery):
            parts.insert(min(len(parts), 2), PARTS[other][0])
    if idea.kind in ("promo", "greeting"):
        parts = parts[:2]
    base, others = parts[0], parts[1:4]
    near = base if own or len(parts) < 2 else parts[1]
    random_.shuffle(others)
    places: list[str] = []
    for index, beat in enumerate(beats):
        if index in (0, len(beats) - 1) or index % 3 == 0:
            places.append(base)
        elif beat in _TOLD and idea.scenery not in ANYWHERE:
            places.append(near if index % 2 else base)  # the words describe this very place
        else:
            places.append(others[(index - index // 3 - 1) % len(others)] if others else base)
    return places


_TOLD = frozenset({"setting", "passing", "obstacle", "look", "time"})


def _is_known(place: str) -> bool:
    words = tokens(place)
    return len(words) <= 6 and bool(spans(words, PAINTED_PLACES))


def _who(idea: Idea, said: Said) -> str:
    subject = idea.subject
    if idea.kind == "phrase":
        return (idea.clause or idea.brief)[:300].rstrip(" ,.;")
    if idea.shown:
        scene = idea.shown[:300].rstrip(" ,.;:!?。…")
        known = (
            subject is None or subject.head.lower() in scene.lower() or subject.short.lower() in scene.lower()
        )
        return scene if known or subject is None else f"{looks_of(subject)}: {scene}"
    if subject is None:
        return idea.brief[:300].rstrip(" ,.;")
    if idea.kind == "view":
        return idea.clause or subject.full
    name = looks_of(subject)
    also = [one for one in companions(idea) if _speaks_of(said, one)]
    return " with ".join([name, " and ".join(also[:2])]) if also else name


def _speaks_of(said: Said, thing: str) -> bool:
    """Whether a scene is about a thing: its words name it, or it tells of what happens with it."""
    if said.beat in _TOGETHER:
        return True
    heard = said.narration.lower()
    return any(word.lower().rstrip("s") in heard for word in thing.split()[-1:])


_TOGETHER = frozenset({"action", "climax", "resolution", "coda", "reveal", "call", "use", "desire"})
_WIDE = frozenset({"forest", "mountain", "farm", "river", "hills"})
_WORLDS = words_of("mars planet moon jupiter venus alien aliens")


def _cast(idea: Idea, characters: Sequence[DirectedCharacter]) -> list[str]:
    """Return how the characters look; one that the brief names comes first."""
    named = sorted(characters, key=lambda one: one.id.lower() not in idea.brief.lower())
    return [
        f"{one.id}: {' '.join(one.description.split())[:300]}" if one.description else one.id
        for one in named[:3]
    ]
