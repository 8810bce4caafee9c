"""How an English brief of one sentence is told: which beats, which of the brief's words on which beat."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from engines.draft.story import fit, grammar
from engines.draft.story.fit import Said
from engines.draft.story.idea import Idea
from engines.draft.story.lexicon import words_of
from engines.draft.story.lines.hours import HOURS, SKIES
from engines.draft.story.lines.promo import PROMO
from engines.draft.story.lines.tale import OPENINGS, TALE
from engines.draft.story.lines.topic import GREETING, TOPIC
from engines.draft.story.lines.view import VIEW
from engines.draft.story.places import PLACES
from engines.draft.story.slots import conjugate, render, slots_of, tagged
from engines.draft.story.text import CHARACTERS_PER_SECOND, in_halves, shorten
from schemas.script import Direction

_BLOCKS: Mapping[str, Mapping[str, str]] = {
    "tale": TALE, "view": VIEW, "promo": PROMO, "topic": TOPIC, "greeting": GREETING, "phrase": TOPIC,
    "passage": TALE,
}  # fmt: skip
_ORDER = {
    "tale": ("hook", "setting", "person", "desire", "longing", "action", "journey", "obstacle", "doubt",
        "turn", "climax",
             "resolution", "coda"),
    "view": ("hook", "setting", "look", "time", "meaning", "ending"),
    "promo": ("hook", "need", "reveal", "feature", "use", "call"),
    "topic": ("hook", "why", "look", "turn", "ending"),
    "greeting": ("hook", "wish", "ending"),
}  # fmt: skip
# Which beat a film gains with each further scene; after the last, the second list goes round.
_GROWTH = {
    "tale": (("action", "resolution", "hook", "setting", "obstacle", "turn", "desire", "climax", "person",
        "journey", "doubt",
              "coda"), ("setting", "journey", "obstacle", "person", "turn", "longing", "climax", "journey",
              "doubt",
                        "resolution")),
    "view": (("hook", "ending", "look", "setting", "time", "meaning"), ("setting", "look", "time", "meaning",
        "look")),
    "promo": (("reveal", "call", "hook", "feature", "need", "use"), ("feature", "use", "feature", "need",
        "use")),
    "topic": (("hook", "ending", "look", "why", "turn"), ("look", "look", "look", "why", "look")),
    "greeting": (("hook", "ending", "wish"), ("wish",)),
}  # fmt: skip


_WISHES = words_of("want wish hope dream long need yearn")
# Lines that are said first on a beat, and which lines may be said after them.
_LEADS = {
    "tale": {"hook": "setting", "desire": "longing", "action": "after"},
    "view": {"hook": "setting", "ending": "meaning"},
    "promo": {"reveal": "feature", "call": "use"},
    "topic": {"hook": "why", "ending": "look"},
    "greeting": {"hook": "wish", "ending": "wish"},
}


def plan_beats(kind: str, count: int, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """Return the beat of each of `count` scenes, in the order of the story."""
    first, more = _GROWTH[kind]
    growth = [beat for beat in first if beat not in leave_out]
    extra = [beat for beat in more if beat not in leave_out]
    while len(growth) < count:
        growth += extra
    chosen = growth[:count]
    passing = max(0, chosen.count("setting") - 2) if kind == "tale" else 0
    for _ in range(passing):
        chosen.remove("setting")
    plan = sorted(chosen, key=_ORDER[kind].index)
    # A long story looks up at the world around it now and then, not six times at its beginning.
    for number in range(passing):
        plan.insert(round((number + 1) * count / (passing + 1)), "passing")
    return plan


def tell(idea: Idea, direction: Direction, random_: random.Random) -> list[Said]:
    """Return the narration of every scene of an English brief of one sentence."""
    kind = idea.kind if idea.kind in _ORDER else "topic"
    count = fit.scene_count(direction.duration_s, direction.scene_count)
    plan = _plan(idea, kind, count)
    slots = slots_of(idea)
    pools = pools_of(idea)
    leads = {
        beat: _said([*own, *anyone], slots, idea)
        for beat in _LEADS[kind]
        for anyone, own in [tagged(_BLOCKS[kind].get(beat, ""), idea.tone)]
    }
    budget = fit.FILL * CHARACTERS_PER_SECOND["en"] * direction.duration_s
    pinned = _pinned(idea, plan, leads, budget / count)
    dear = frozenset(line for lines in pools.values() for line in lines if _about(line, slots))
    toned = [line for block in _BLOCKS[kind].values() for line in tagged(block, idea.tone)[1]]
    dear |= frozenset([*PLACES[idea.scenery].troubles, *_said(toned, slots, idea)])
    for beat, after in _LEADS[kind].items():
        pools[beat] = [*pools.get(after, ()), *(leads[beat] if beat not in plan[:count] else ())]
    return fit.choose(plan, pools, pinned, budget=budget, random_=random_, dear=dear)


def _plan(idea: Idea, kind: str, count: int) -> list[str]:
    if kind != "tale":
        return plan_beats(kind, count)
    wishes = idea.action is not None and idea.action.base in _WISHES
    if idea.action is None or wishes:
        plan = plan_beats(kind, count + 1)
        plan.remove("action")
        if count == 1:
            return ["desire" if wishes else "hook"]
        if wishes and "desire" not in plan:
            plan = ["desire" if beat == "hook" else beat for beat in plan]
            plan = plan if "desire" in plan else ["desire", *plan[1:]]
    else:
        plan = plan_beats(kind, count)
    if idea.goal is None and not wishes:
        plan = ["longing" if beat == "desire" else beat for beat in plan]
    return plan


def pools_of(idea: Idea) -> dict[str, list[str]]:
    """Return the sentences each beat can say about this idea, and under `spare` those that fit anywhere."""
    slots = slots_of(idea)
    pools: dict[str, list[str]] = {}
    for beat, block in _BLOCKS[idea.kind].items():
        anyone, own = tagged(block, idea.tone)
        # A dark story does not end like a cheerful one.
        dark = beat == "resolution" and idea.tone in ("sad", "tense", "mysterious")
        pools[beat] = _said(own if dark else [*own, *anyone], slots, idea)
    place = PLACES[idea.scenery]
    sky = list(SKIES.get(idea.weather or "", ()))
    hour = list(HOURS.get(idea.time or "", ()))
    early = [] if idea.weather == "storm" else sky
    pools["setting"] = [*place.details, *hour, *early]
    pools["obstacle"] = [
        *pools.get("obstacle", ()),
        *place.troubles,
        *(sky if idea.weather == "storm" else ()),
    ]
    scenic = idea.kind in ("tale", "view", "passage")
    still = _said([*tagged(VIEW["look"], "")[0], *tagged(VIEW["time"], "")[0]], {}, idea) if scenic else []
    pools["passing"] = [*place.details, *hour, *early, *still]
    pools["spare"] = pools["passing"] if scenic else []
    return pools


def _said(lines: list[str], slots: dict[str, str], idea: Idea) -> list[str]:
    return [said for said in (render(line, slots, idea.subject) for line in lines) if said]


def _about(line: str, slots: dict[str, str]) -> bool:
    return any(slots[name] in line for name in ("obj", "goal", "s") if name in slots)


def _pinned(idea: Idea, plan: list[str], leads: dict[str, list[str]], share: float) -> dict[int, fit.Tiers]:
    """Return the lines that must be heard: what happens in the brief, and who or what it is about."""
    pinned: dict[int, fit.Tiers] = {}
    for beat, lines in leads.items():
        if beat not in plan:
            continue
        index = plan.index(beat)
        if beat == "action":
            pinned |= _happening(idea, plan, index, share)
        elif beat == "desire" and idea.action and idea.action.base in _WISHES:
            pinned[index] = [_wish_lines(idea, lines, first="hook" not in plan)]
        elif lines:
            pinned[index] = [lines]
        elif beat == "hook":
            whose = idea.subject.their if idea.subject else "a"
            pinned[index] = [[f"Listen. This is {whose} story."]]
    return pinned


def _wish_lines(idea: Idea, lines: list[str], first: bool) -> list[str]:
    subject, action = idea.subject, idea.action
    if subject is None or action is None:
        return lines
    name = subject.full if first else subject.short
    plain = grammar.sentence(f"{name} {conjugate(action.base, subject)} {action.rest}")
    return [plain] if first else [plain, *lines]


def _happening(idea: Idea, plan: list[str], index: int, share: float) -> dict[int, fit.Tiers]:
    """Return what happens in the brief, over as many scenes as it needs and the plan has."""
    subject, action = idea.subject, idea.action
    if subject is None or action is None:
        return {index: [[grammar.sentence(idea.clause or idea.brief)]]}
    first = "hook" not in plan
    name = subject.full if first else subject.short
    if idea.opening:
        name = f"{idea.opening}, {name}"
    verb = conjugate(action.base, subject)
    whole, brief = f"{name} {verb} {action.rest}", f"{name} {verb} {action.short_rest}"
    later = [at for at, beat in enumerate(plan) if at > index and beat in ("journey", "turn", "climax")]
    later = sorted({plan[at]: at for at in reversed(later)}.values())[-len(action.steps or ((),)) :]
    plain = not re.search(r"\b(?:until|while|but|because|when|before|after|so|who|which)\b", action.rest)
    if action.steps and plain and len(later) >= len(action.steps):
        steps = [f"{subject.short} {conjugate(base, subject)} {rest}" for base, rest in action.steps]
        told: dict[int, fit.Tiers] = {index: [_openings(brief, first or bool(idea.opening))]}
        return told | {at: [[grammar.sentence(step)]] for at, step in zip(later, steps, strict=False)}
    if len(whole) > 1.6 * share and later and (halves := in_halves(whole)):
        return {index: [[grammar.sentence(halves[0])]], index + 1: [[grammar.sentence(halves[1])]]}
    shorter = grammar.sentence(shorten(grammar.sentence(whole), max(30, int(share * 1.15))))
    plainly = first or bool(idea.opening)
    aimless = whole[: -len(idea.goal)].strip() if idea.goal and whole.endswith(idea.goal) else brief
    tiers = [_openings(whole, plainly), [grammar.sentence(whole)], [grammar.sentence(aimless)]]
    return {index: [*tiers, [grammar.sentence(brief), shorter]]}


def _openings(clause: str, first: bool) -> list[str]:
    plain = [grammar.sentence(clause)]
    if first:
        return plain
    return plain + [grammar.sentence(opening + clause) for opening in OPENINGS]
