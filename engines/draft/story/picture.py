"""What each picture of a film shows: the same subject every time, and an hour and a sky that move on with
the story."""

from __future__ import annotations

import random
from collections.abc import Sequence

from engines.draft.story import grammar
from engines.draft.story.idea import Idea
from engines.draft.story.lines.hours import LIGHT, MOOD_LOOK, WEATHER_LOOK
from engines.draft.story.places import PLACES
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
_POSES: dict[str, tuple[str, ...]] = {
    "hook": ("seen from afar", "alone in the frame"),
    "setting": ("small in the frame", "in the distance"),
    "person": ("in everyday life", "absorbed in a small task"),
    "longing": ("looking up, lost in thought", "gazing into the distance"),
    "desire": ("looking towards something far away", "eyes full of longing"),
    "passing": ("small in the frame", "passing through", "standing still for a moment"),
    "journey": ("on the way", "moving forward", "pausing to look around"),
    "obstacle": ("facing an obstacle", "struggling on"),
    "doubt": ("sitting still, head lowered", "waiting in silence"),
    "turn": ("looking up again, with new courage", "taking a first step"),
    "climax": ("at the decisive moment", "giving everything"),
    "resolution": ("at peace, a quiet smile", "looking back one last time"),
    "coda": ("a small figure in the distance", "walking out of the frame"),
}
_HOURS = ("dawn", "morning", "day", "sunset", "night")


def plan_hours(idea: Idea, count: int, random_: random.Random) -> list[str]:
    """Return the hour of each scene: it follows the day without jumps, or stays where the brief sets it."""
    if idea.time == "night":
        return (
            ["night"] * max(1, count - 1) + ["dawn"] * min(1, count - 1) if count > 3 else ["night"] * count
        )
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
    beat: str,
    shot: Shot,
    *,
    hour: str,
    weather: str,
    characters: Sequence[DirectedCharacter],
    random_: random.Random,
) -> str:
    """Return the picture prompt of one scene."""
    place = PLACES[idea.scenery]
    indoors = idea.scenery in ("room", "workshop", "stage", "cave", "underwater", "space")
    when, light = LIGHT[hour]
    sky = "" if indoors else WEATHER_LOOK[weather]
    looks = place.look.split(", ")
    random_.shuffle(looks)
    who = _who(idea, beat, random_)
    where = idea.place or place.where
    if where.split()[-1].lower() in who.lower().split():
        where = ""
    parts = [
        f"{grammar.capitalised(_SHOT_WORDS[shot])} of {who}",
        *_cast(idea, characters),
        f"{where} {when}".strip(),
        ", ".join(looks[:3] if shot in ("extreme-wide", "wide", "aerial") else looks[:2]),
        sky,
        light,
        MOOD_LOOK[idea.tone],
    ]
    return ", ".join(part for part in parts if part)[:2000]


def _who(idea: Idea, beat: str, random_: random.Random) -> str:
    subject = idea.subject
    if idea.shown:
        scene = idea.shown[:300].rstrip(" ,.;:!?。…")
        known = (
            subject is None or subject.head.lower() in scene.lower() or subject.short.lower() in scene.lower()
        )
        return scene if known or subject is None else f"{subject.full}: {scene}"
    if subject is None:
        return idea.brief[:300].rstrip(" ,.;")
    name = {"I": "a person", "we": "a group of friends", "you": "a person"}.get(subject.full, subject.full)
    if idea.kind in ("view", "promo", "topic", "greeting"):
        return name if idea.kind != "view" else (idea.clause or name)
    if idea.action and beat in ("action", "climax", "resolution"):
        done = idea.action.rest if beat == "action" else idea.action.short_rest
        doing = f"{grammar.ing(idea.action.base)} {done}".strip()
        return f"{name} {doing}" if idea.action.base != "be" else f"{name} {idea.action.rest}"
    return f"{name}, {random_.choice(_POSES.get(beat, ('in the frame',)))}"


def _cast(idea: Idea, characters: Sequence[DirectedCharacter]) -> list[str]:
    """Return how the characters look; one that the brief names comes first."""
    named = sorted(characters, key=lambda one: one.id.lower() not in idea.brief.lower())
    return [
        f"{one.id}: {' '.join(one.description.split())[:300]}" if one.description else one.id
        for one in named[:3]
    ]
