"""How a short wish for a picture becomes a detailed prompt, every word of the wish kept."""

from __future__ import annotations

import random

from engines.draft.story.lines.hours import LIGHT, MOOD_LOOK, WEATHER_LOOK
from engines.draft.story.places import PLACES
from engines.draft.story.read import read_brief
from engines.draft.story.text import clean
from language.marks import unmarked

_LENSES = (
    "35 mm lens, natural depth of field",
    "50 mm lens, shallow depth of field",
    "85 mm lens, soft background",
    "24 mm lens, deep focus",
)
_COMPOSITIONS = (
    "rule of thirds, clear foreground, middle and background",
    "centred subject, generous empty space",
    "low viewpoint, leading lines towards the subject",
    "eye-level view, the subject framed by its surroundings",
)
_MOVES = (
    "slow push-in, steady camera",
    "gentle pan from left to right",
    "slow orbit around the subject",
    "static camera, small natural movements",
)


def refine(prompt: str, purpose: str, seed: int) -> str:
    """Return the prompt with setting, light, lens and composition added where it does not speak of them
    itself.

    `purpose` image or video (any word that names moving pictures) adds a camera move; a purpose in sound gets
    no words about light.
    """
    random_ = random.Random(f"refine/{seed}")
    asked = " ".join(clean(unmarked(prompt).text).split())
    lowered = asked.lower()
    idea = read_brief(asked)
    if any(word in purpose.lower() for word in ("audio", "music", "sound", "speech", "voice")):
        mood = idea.tone or "calm"
        return _joined(
            [asked, f"{mood} mood", "clear structure with a beginning and an end", "clean, balanced mix"]
        )
    parts = [asked]
    scenery = PLACES.get(idea.scenery)
    if scenery:
        parts.append(scenery.look)
    hour = idea.time or random_.choice(("dawn", "morning", "sunset"))
    when, light = LIGHT[hour]
    if not idea.time:
        parts.append(when)
    if idea.weather:
        parts.append(WEATHER_LOOK[idea.weather])
    if "light" not in lowered:
        parts.append(light)
    if not any(word in lowered for word in ("lens", " mm", "macro", "bokeh", "focus")):
        parts.append(random_.choice(_LENSES))
    if not any(
        word in lowered for word in ("composition", "framed", "close-up", "wide shot", "centered", "centred")
    ):
        parts.append(random_.choice(_COMPOSITIONS))
    parts.append(MOOD_LOOK[idea.tone or "calm"])
    if any(word in purpose.lower() for word in ("video", "film", "animation", "motion", "clip")):
        parts.append(random_.choice(_MOVES))
    parts.append("rich detail, coherent colours")
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    first, *rest = parts
    return ", ".join([first.rstrip(" .,;"), *rest])
