"""How an English brief of one sentence is told: which beats, which of the brief's words on which beat."""

from __future__ import annotations

import random
from collections.abc import Mapping

from engines.draft.story import fit, grammar
from engines.draft.story.fit import Said
from engines.draft.story.idea import Idea
from engines.draft.story.lines.hours import HOURS, SKIES
from engines.draft.story.lines.promo import PROMO
from engines.draft.story.lines.tale import TALE
from engines.draft.story.lines.topic import GREETING, TOPIC
from engines.draft.story.lines.view import VIEW
from engines.draft.story.places import PLACES
from engines.draft.story.slots import conjugate, render, slots_of, tagged
from engines.draft.story.text import CHARACTERS_PER_SECOND, shorten
from schemas.script import Direction

_BLOCKS: Mapping[str, Mapping[str, str]] = {
    "tale": TALE, "view": VIEW, "promo": PROMO, "topic": TOPIC, "greeting": GREETING, "phrase": TOPIC, "passage": TALE,
}  # fmt: skip
_ORDER = {
    "tale": ("hook", "setting", "person", "desire", "longing", "action", "journey", "obstacle", "doubt", "turn", "climax",
             "resolution", "coda"),
    "view": ("hook", "setting", "look", "time", "meaning", "ending"),
    "promo": ("hook", "need", "reveal", "feature", "use", "call"),
    "topic": ("hook", "why", "look", "turn", "ending"),
    "greeting": ("hook", "wish", "ending"),
}  # fmt: skip
# Which beat a film gains with each further scene; after the last, the second list goes round.
_GROWTH = {
    "tale": (("action", "resolution", "hook", "setting", "obstacle", "turn", "desire", "climax", "person", "journey", "doubt",
              "coda"), ("setting", "journey", "obstacle", "person", "turn", "longing", "climax", "journey", "doubt",
                        "resolution")),
    "view": (("hook", "ending", "look", "setting", "time", "meaning"), ("setting", "look", "time", "meaning", "look")),
    "promo": (("reveal", "call", "hook", "feature", "need", "use"), ("feature", "use", "feature", "need", "use")),
    "topic": (("hook", "ending", "look", "why", "turn"), ("look", "look", "look", "why", "look")),
    "greeting": (("hook", "ending", "wish"), ("wish",)),
}  # fmt: skip


def plan_beats(kind: str, count: int, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """Return the beat of each of `count` scenes, in the order of the story."""
    first, more = _GROWTH[kind]
    growth = [beat for beat in first if beat not in leave_out]
    extra = [beat for beat in more if beat not in leave_out]
    while len(growth) < count:
        growth += extra
    chosen = growth[:count]
    return sorted(chosen, key=_ORDER[kind].index)


def tell(idea: Idea, direction: Direction, random_: random.Random) -> list[Said]:
    """Return the narration of every scene of an English brief of one sentence."""
    kind = idea.kind if idea.kind in _ORDER else "topic"
    count = fit.scene_count(direction.duration_s, direction.scene_count)
    left_out = frozenset({"action"}) if kind == "tale" and idea.action is None else frozenset[str]()
    plan = plan_beats(kind, count, left_out)
    if kind == "tale" and idea.goal is None:
        plan = ["longing" if beat == "desire" else beat for beat in plan]
    if left_out and count == 1:
        plan = ["hook"]
    pools = pools_of(idea)
    budget = fit.FILL * CHARACTERS_PER_SECOND["en"] * direction.duration_s
    return fit.choose(plan, pools, _pinned(idea, plan, pools, budget / count), budget, random_)


def pools_of(idea: Idea) -> dict[str, list[str]]:
    """Return the sentences that each beat can say about this idea, and under `spare` those that fit anywhere."""
    slots = slots_of(idea)
    pools: dict[str, list[str]] = {}
    for beat, block in _BLOCKS[idea.kind].items():
        anyone, own = tagged(block, idea.tone)
        said = [render(line, slots, idea.subject) for line in own + anyone]
        pools[beat] = [line for line in said if line]
    place = PLACES[idea.scenery]
    sky = list(SKIES.get(idea.weather or "", ()))
    hour = list(HOURS.get(idea.time or "", ()))
    pools["setting"] = [*place.details, *hour, *sky]
    pools["obstacle"] = [*pools.get("obstacle", ()), *place.troubles]
    pools["spare"] = [*place.details, *hour, *sky] if idea.kind in ("tale", "view", "passage") else []
    if not pools["hook"]:
        pools["hook"] = [grammar.sentence(f"Listen. This is {slots.get('their', 'a')} story")]
    return pools


def _pinned(idea: Idea, plan: list[str], pools: dict[str, list[str]], share: float) -> dict[int, list[str]]:
    """Return the lines that must be heard: what happens in the brief, and who or what it is about."""
    pinned: dict[int, list[str]] = {}
    for index, beat in enumerate(plan):
        if beat == "action" and "action" not in plan[:index]:
            pinned[index] = _action_lines(idea, first="hook" not in plan)
        elif beat in ("hook", "reveal", "desire") and beat not in plan[:index]:
            versions = pools.get(beat, [])
            if versions:
                pinned[index] = versions
    if "hook" in plan and idea.kind == "promo":
        pinned.pop(plan.index("hook"), None)
    return pinned


def _action_lines(idea: Idea, first: bool) -> list[str]:
    """Return ways to say what happens, the longer ones with more of the brief's own words."""
    subject, action = idea.subject, idea.action
    if subject is None or action is None:
        return [grammar.sentence(idea.clause or idea.brief)]
    name = subject.full if first else subject.short
    verb = conjugate(action.base, subject)
    whole = f"{name} {verb} {action.rest}"
    brief = f"{name} {verb} {action.short_rest}"
    lines = [whole, brief]
    if not first:
        lines += [
            f"One day, {whole}",
            f"And then, {whole}",
            f"Then it happens: {whole}",
            f"One day, {brief}",
            f"And then, {brief}",
        ]
    return [grammar.sentence(shorten(line, 400)) for line in lines]
