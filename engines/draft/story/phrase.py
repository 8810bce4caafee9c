"""How a brief is told that the rules do not take apart: as a phrase, spoken or quoted in the language asked
for."""

from __future__ import annotations

import random
import re

from engines.draft.story import fit, grammar
from engines.draft.story.fit import Said
from engines.draft.story.idea import Idea
from engines.draft.story.lines.scripts import SCRIPTS
from engines.draft.story.lines.tongues import Tongue, language_of, tongue
from engines.draft.story.lines.view import VIEW
from engines.draft.story.places import PLACES
from engines.draft.story.slots import tagged
from engines.draft.story.text import CHARACTERS_PER_SECOND, ended, script_of, shorten
from schemas.script import Direction

_BEATS = ("setting", "person", "longing", "journey", "obstacle", "doubt", "turn", "climax")


def tell_phrase(idea: Idea, language: str, direction: Direction, random_: random.Random) -> list[Said]:
    """Return the narration of every scene: the brief's own words first and last, the language's lines
    between."""
    lines = tongue(language)
    if lines is None:
        lines, language = _spoken_anyway(idea)
    count = fit.scene_count(direction.duration_s, direction.scene_count)
    budget = fit.FILL * CHARACTERS_PER_SECOND.get(language, 14.0) * direction.duration_s
    share = max(24, int(budget / count))
    plan = ["hook", *_middle(count), "resolution"][: max(1, count)]
    if count > 1:
        plan[-1] = "resolution"
    pools = {beat: list(lines.middle) for beat in _BEATS}
    pinned: dict[int, fit.Tiers] = {0: [_hooks(idea, lines, language, share, budget)]}
    if count > 2:
        closing = [
            said
            for said in (_quoted(line, idea, lines, 400) for line in lines.ending)
            if len(said) <= share * 1.25
        ]
        pinned[count - 1] = [closing or lines.middle[-4:]]
        kept_back = frozenset(() if closing else lines.middle[-4:])  # not heard before the end
        pools = {beat: [line for line in said if line not in kept_back] for beat, said in pools.items()}
    pools |= {"hook": pools["setting"], "resolution": pools["turn"]}
    told = fit.choose(plan, pools, pinned, budget=budget, random_=random_)
    return [Said(said.beat, said.narration, own=index == 0) for index, said in enumerate(told)]


def spare_lines(idea: Idea, language: str) -> list[str]:
    """Return lines that may stand between the brief's own sentences without adding to what happens."""
    script = script_of(idea.brief)
    if script not in ("latin", "cyrillic", "none"):
        return list(SCRIPTS.get(script, ()))
    if language == "en" and script != "cyrillic" and language_of(idea.brief.lower().split()) in ("", "en"):
        still = tagged(VIEW["look"], "")[0] + tagged(VIEW["time"], "")[0]
        return [
            *PLACES[idea.scenery].details,
            *(line for line in still if "{" not in line and len(line) > 21),
        ]
    lines = tongue(
        "ru" if script == "cyrillic" else language_of(idea.brief.lower().split(), language) or language
    )
    return list(lines.middle) if lines else []


def _spoken_anyway(idea: Idea) -> tuple[Tongue, str]:
    """Return the lines of the brief's own language, and English where the rules do not speak that either."""
    language = "ru" if script_of(idea.brief) == "cyrillic" else language_of(idea.brief.lower().split())
    lines = tongue(language) or tongue("en")
    assert lines is not None  # noqa: S101  # English is always spoken
    return lines, language or "en"


def _middle(count: int) -> list[str]:
    return [
        _BEATS[round(index * (len(_BEATS) - 1) / max(1, count - 3))] for index in range(max(0, count - 2))
    ]


def _hooks(idea: Idea, lines: Tongue, language: str, share: int, budget: float) -> list[str]:
    """Return ways to say the brief: as it is where it is in the language, else in quotation marks."""
    own = language_of(idea.brief.lower().split(), likely=language)
    if script_of(idea.brief) == "cyrillic":
        own = "ru"
    if own in ("", language) and re.search(r"\w{2}", idea.brief):
        return [
            ended(
                grammar.capitalised(
                    shorten(idea.clause or idea.brief, max(share, min(120, int(0.35 * budget))))
                )
            )
        ]
    return [_quoted(line, idea, lines, max(2 * share, 80)) for line in lines.hook]


def _quoted(line: str, idea: Idea, lines: Tongue, share: int) -> str:
    room = max(20, share - len(line))
    phrase = shorten(idea.clause or idea.brief, room).rstrip(".…!?。 ") or idea.brief[:room] or "…"
    return line.format(phrase=f"{lines.quotes[0]}{phrase}{lines.quotes[1]}")
