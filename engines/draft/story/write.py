"""How a whole film script is written from a brief and a direction, by rules and a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from engines.draft.story import fit, passage
from engines.draft.story.brevity import within
from engines.draft.story.camera import plan_camera
from engines.draft.story.fit import Said
from engines.draft.story.idea import Idea
from engines.draft.story.lexicon import words_of
from engines.draft.story.lines.hours import TEMPO
from engines.draft.story.phrase import tell_phrase
from engines.draft.story.picture import describe, plan_hours, plan_places, plan_weather
from engines.draft.story.places import scenery_abroad, scenery_of
from engines.draft.story.read import read_brief
from engines.draft.story.tell import tell
from engines.draft.story.text import clean, script_of, speed_of
from engines.draft.story.titles import logline_of, title_of
from language.instructions import Asked, asked
from schemas.script import Direction, FilmScript, Mood, ScriptMusic, ScriptScene

_HOMES = ("hills", "village", "city", "farm", "river", "forest", "sea")
_SPORTS = words_of("runner marathon race football match player champion stadium team athlete coach cyclist")
_OUTDOORS = words_of("snowman snow sled kite picnic tent")
_WORDS_A_SCENE = 5
"""Fewer words than that are no sentence of a story."""
_HOME_TONES = ("hopeful", "calm", "adventurous")


def write_script(brief: str, direction: Direction, seed: int) -> FilmScript:
    """Return a film script for the brief: the scenes' durations add up to the direction's exactly.

    Equal brief, direction and seed give an equal script; any text at all gives some script.
    """
    random_ = random.Random(f"script/{seed}")  # a string seeds alike in every process
    wanted = asked(brief)
    direction = _directed(direction, wanted)
    idea = read_brief(brief)
    idea = settled(replace(idea, tone=wanted.tone) if wanted.tone else idea, random_)
    language = direction.language.lower().replace("_", "-").split("-")[0]
    told = within(_narrate(idea, language, direction, random_), wanted.words_at_most)
    beats = [said.beat for said in told]
    hours = plan_hours(idea, len(told), random_)
    skies = plan_weather(idea, beats, random_)
    places = plan_places(idea, beats, random_)
    camera = plan_camera(beats, random_, near=idea.kind == "promo")
    lengths = fit.durations([said.narration for said in told], direction.duration_s)
    cast = direction.characters or ()
    scenes: list[ScriptScene] = []
    for said, (shot, motion), duration, hour, sky, where in zip(
        told, camera, lengths, hours, skies, places, strict=True
    ):
        picture = describe(
            _view(idea, said), said, shot, where=where, hour=hour, weather=sky, characters=cast
        )
        narration = clean(said.narration)[:2000]
        scenes.append(
            ScriptScene(narration=narration, picture=picture, shot=shot, motion=motion, duration_s=duration)
        )
    mood = wanted.music if wanted.music in TEMPO else idea.tone
    tempo, intensity = TEMPO[mood]
    return FilmScript(
        title=title_of(idea),
        logline=logline_of(idea),
        scenes=tuple(scenes),
        music=ScriptMusic(mood=_mood(mood), tempo=tempo, intensity=intensity),
    )


def _directed(direction: Direction, wanted: Asked) -> Direction:
    """Return the direction with as many scenes as the brief asks for, and no more than its words can fill."""
    count = direction.scene_count or wanted.scene_count
    if wanted.words_at_most is not None:
        most = max(1, wanted.words_at_most // _WORDS_A_SCENE)
        count = min(count or fit.scene_count(direction.duration_s), most)
    return direction.model_copy(update={"scene_count": count}) if count else direction


def settled(idea: Idea, random_: random.Random) -> Idea:
    """Return the idea with every open question of place and tone answered."""
    scenery = idea.scenery
    if idea.place:
        there = scenery_of(idea.place.lower().replace(",", "").split(), scenery)
        scenery = scenery if there == "hills" and scenery else there
    if idea.kind == "phrase":
        scenery = scenery_abroad(idea.brief) or scenery
    words = set(re.findall(r"[a-z]+", idea.brief.lower()))
    if scenery == "stage" and words & _SPORTS:
        scenery = "city" if words & {"city", "street", "streets", "marathon"} else "road"
    if scenery == "room" and words & _OUTDOORS:
        scenery = "snow" if words & {"snowman", "snow", "sled"} else "farm"
    if not scenery:
        scenery = random_.choice(_HOMES)
    tone = idea.tone or {"promo": "happy", "greeting": "happy", "topic": "ambient", "view": "calm"}.get(
        idea.kind
    )
    return replace(idea, scenery=scenery, tone=tone or random_.choice(_HOME_TONES))


def _narrate(idea: Idea, language: str, direction: Direction, random_: random.Random) -> Sequence[Said]:
    speed = speed_of(idea.brief, language)
    foreign = script_of(idea.brief) not in ("latin", "none", "cyrillic")
    if idea.kind == "passage" or (foreign and len(idea.sentences) > 0):
        return passage.tell_passage(idea, language, direction, speed, random_)
    if language != "en" or idea.kind == "phrase":
        return tell_phrase(idea, language, direction, random_)
    return tell(idea, direction, random_)


def _view(idea: Idea, said: Said) -> Idea:
    """Return the idea as its picture needs it: a scene told in the brief's own sentence shows that
    sentence."""
    if idea.kind != "passage" or not said.shown:
        return idea
    words = re.sub(r"[^\w\s-]", " ", said.shown.lower()).split()
    return replace(idea, shown=said.shown, scenery=scenery_of(words, idea.scenery))


def _mood(tone: str) -> Mood:
    moods: dict[str, Mood] = {
        "ambient": "ambient", "dramatic": "dramatic", "happy": "happy", "sad": "sad", "calm": "calm",
        "epic": "epic",
        "mysterious": "mysterious", "hopeful": "hopeful", "playful": "playful", "tense": "tense",
        "romantic": "romantic",
        "adventurous": "adventurous",
    }  # fmt: skip
    return moods[tone]
