"""What a film script is, how one is asked for, and how the answer is read."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, StringConstraints, ValidationError

from schemas.base import Fraction, Integer, Message

Shot = Literal[
    "extreme-wide",
    "wide",
    "full",
    "medium",
    "close-up",
    "extreme-close-up",
    "over-the-shoulder",
    "low-angle",
    "high-angle",
    "aerial",
]
CameraMotion = Literal[
    "push-in", "pull-out", "pan-left", "pan-right", "tilt-up", "tilt-down", "orbit", "drift", "static"
]
Mood = Literal[
    "ambient",
    "dramatic",
    "happy",
    "sad",
    "calm",
    "epic",
    "mysterious",
    "hopeful",
    "playful",
    "tense",
    "romantic",
    "adventurous",
]
SHOTS: tuple[Shot, ...] = get_args(Shot)
MOODS: tuple[Mood, ...] = get_args(Mood)

_DIRECTION = "Direction: "
_Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]


class ScriptMusic(Message):
    """What the music under the film should feel like; `tempo` in beats per minute."""

    mood: Mood
    tempo: Annotated[float, Field(ge=30, le=240)] = 90
    intensity: Fraction = 0.5


class ScriptScene(Message):
    """One picture and the words spoken over it, for `duration_s` seconds."""

    narration: _Text
    picture: _Text
    shot: Shot
    motion: CameraMotion | None = None
    duration_s: Annotated[float, Field(gt=0, le=300)]


class FilmScript(Message):
    """A whole film on paper: its scenes in order, and its music."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
    logline: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S")]
    scenes: Annotated[tuple[ScriptScene, ...], Field(min_length=1, max_length=100)]
    music: ScriptMusic | None = None


class DirectedCharacter(Message):
    """Somebody who must look the same in every picture."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    description: Annotated[str, Field(max_length=2000)] = ""


class Direction(Message):
    """What the request fixes before a word is written: length, language and look."""

    duration_s: Annotated[float, Field(ge=1, le=3600)] = 30.0
    language: str = "en"
    scene_count: Annotated[Integer, Field(ge=1, le=100)] | None = None
    style: str | None = None
    characters: tuple[DirectedCharacter, ...] | None = None
    aspect_ratio: str | None = None


_INSTRUCTIONS = """\
You are a screenwriter and a director of photography. Turn the brief into the script of one short
narrated film.
Answer with a single JSON object that fits the schema, and with nothing else.

Story
- Stay faithful to the brief: its subject, place, events, names, facts and tone. When the brief is
  itself a text, keep its order and its wording as far as the time allows.
- Give the film an arc: hook, setting, desire, obstacle, turn, climax, resolution; a short film has
  fewer beats, never less of an ending.
- One idea a scene, each scene 4 to 7 seconds. The durations of all scenes add up to duration_s exactly.
  If scene_count is given, write exactly that many scenes.

Narration
- Write it in the language of the direction. It is spoken by one voice: plain, concrete sentences that
  sound good aloud; no headings, no stage directions, no markup, no emoji.
- It fills 75 to 90 percent of its scene at about 14.5 characters a second (about 5 characters a second
  in Chinese and Japanese).

Pictures
- "picture" is an English prompt for an image model that has seen nothing else. Name the subject with
  the same looks in every scene, what it does, the place, the time of day, the weather, the light and
  the mood, and keep the brief's own nouns.
- Let place, time and weather move on with the story, never jump. No text, letters or logos in the
  picture. Leave out the art style: it is added to every picture later.
- A character of the direction looks as its description says, every time.
- Vary "shot" and "motion" with a purpose: wide to place, close-up to feel, push-in to discover, pull-
  out to leave. Compose for aspect_ratio when it is given.

Music
- One mood for the whole film, a tempo in beats per minute and an intensity from 0 to 1.
"""


def script_prompt(brief: str, direction: Direction) -> dict[str, Any]:
    """Return the parameters of the text-generation task that writes the script of a film.

    The last line of `system` is `Direction: ` and the direction as JSON on one line, so that rules can read
    it
    as well as a language model.
    """
    fixed = json.dumps(direction.to_json(), ensure_ascii=True, sort_keys=True, separators=(", ", ": "))
    scenes = direction.scene_count or math.ceil(direction.duration_s / 4)
    return {
        "prompt": brief,
        "system": f"{_INSTRUCTIONS}\n{_DIRECTION}{fixed}",
        "json_schema": FilmScript.model_json_schema(),
        # A scene is about 150 tokens of English JSON; other scripts take up to three times as many.
        "max_tokens": min(32_000, 1_000 + 400 * scenes),
    }


def read_direction(system: str | None) -> Direction | None:
    """Return the direction that the last `Direction: ` line of a system prompt holds, or None.

    Raises:
        ValueError: the line is there and cannot be read.
    """
    lines = [line for line in (system or "").split("\n") if line.startswith(_DIRECTION)]
    if not lines:
        return None
    try:
        return Direction.model_validate_json(lines[-1][len(_DIRECTION) :])
    except ValidationError as error:
        raise ValueError(f"the direction cannot be read: {_first_complaint(error)}") from error


def read_script(text: str) -> FilmScript:
    """Return the script that a text generator answered; a Markdown fence or chatter around the JSON is
    forgiven.

    Raises:
        ValueError: there is no JSON object in the text, or it is no film script.
    """
    body = text.strip().removeprefix("\ufeff")
    fenced = re.search(r"```(?:json)?\s*\n(.*?)\n\s*```", body, re.DOTALL)
    if fenced:
        body = fenced.group(1)
    start, end = body.find("{"), body.rfind("}")
    if start < 0 or end < start:
        raise ValueError("the text holds no JSON object")
    try:
        return FilmScript.model_validate_json(body[start : end + 1])
    except ValidationError as error:
        raise ValueError(f"the text is no film script: {_first_complaint(error)}") from error


def _first_complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = "/" + "/".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}"
