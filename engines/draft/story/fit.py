"""How lines are chosen so that their spoken length fills the film, and how long each scene then lasts."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

Tiers = Sequence[Sequence[str]]

FILL = 0.83
"""The part of the film in which the voice is heard."""
_PAUSE_CHARACTERS = 5  # each scene breathes for about as long as this many characters last
_GRID = 8  # durations are eighths of a second: exact in binary, whole frames at 24 fps


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in one scene, and on which beat of the story."""

    beat: str
    narration: str
    own: bool = False
    """Whether these are the brief's own words."""
    shown: str = ""
    """Which of the brief's own words the picture shows, when it is not the whole idea."""


def scene_count(duration_s: float, wanted: int | None = None) -> int:
    """Return how many scenes a film of this length has: one or two when short, about 5 to 6.5 s each when
    long."""
    if wanted:
        return min(wanted, 100)
    if duration_s < 7:
        return 1
    length = 4.6 + min(duration_s, 120) / 60
    return max(2, min(100, round(duration_s / length)))


def choose(
    plan: Sequence[str],
    pools: Mapping[str, Sequence[str]],
    pinned: Mapping[int, Tiers],
    *,
    budget: float,
    random_: random.Random,
    dear: frozenset[str] = frozenset(),
) -> list[Said]:
    """Return one narration for each beat of the plan, together about `budget` characters long.

    `pools` holds the lines of each beat, `spare` those that fit anywhere; `pinned` the versions of a line
    that
    must be heard in the scene of that index, in tiers: a later tier is taken when no version of the earlier
    ones
    fits. `dear` lines, those about the brief itself, are preferred. No line is said twice while an unsaid
    one is
    left.
    """
    best: list[Said] = []
    best_error = float("inf")
    for _ in range(4):
        told = _attempt(plan, pools, pinned, budget=budget, random_=random_, dear=dear)
        error = abs(sum(len(said.narration) for said in told) - budget) / budget
        if error < best_error:
            best, best_error = told, error
        if best_error < 0.04:
            break
    return best


def _attempt(
    plan: Sequence[str],
    pools: Mapping[str, Sequence[str]],
    pinned: Mapping[int, Tiers],
    *,
    budget: float,
    random_: random.Random,
    dear: frozenset[str],
) -> list[Said]:
    said: list[Said] = []
    used: dict[str, int] = {}
    left = budget
    for index, beat in enumerate(plan):
        target = left / (len(plan) - index)
        lead = _lead(pinned[index], target, random_) if index in pinned else None
        lines = _lines(beat, pools, used, random_)
        text = _combine(lead, lines, target, random_, dear)
        for line in [lead or "", *lines]:
            if line and line in text:
                used[line] = used.get(line, 0) + 1
        said.append(Said(beat, text, own=lead is not None))
        left -= len(text)
    return said


def _lines(
    beat: str, pools: Mapping[str, Sequence[str]], used: dict[str, int], random_: random.Random
) -> list[str]:
    fresh = [line for line in pools.get(beat, ()) if line not in used]
    if len(fresh) < 2:
        fresh = list(dict.fromkeys([*fresh, *(line for line in pools.get("spare", ()) if line not in used)]))
    if len(fresh) < 2:
        # All has been said: begin again with what was said least.
        everything = sorted({*pools.get(beat, ()), *pools.get("spare", ())})
        fewest = min((used.get(line, 0) for line in everything), default=0)
        fresh = [line for line in everything if used.get(line, 0) <= fewest]
    random_.shuffle(fresh)
    return fresh[:11]


def _lead(tiers: Tiers, target: float, random_: random.Random) -> str:
    for tier in tiers:
        fitting = [version for version in tier if len(version) <= target * 1.15]
        if fitting:
            return random_.choice(fitting)
    return min((version for tier in tiers for version in tier), key=len)


def _combine(
    lead: str | None, lines: Sequence[str], target: float, random_: random.Random, dear: frozenset[str]
) -> str:
    """Return the combination of at most three lines nearest to the target; a lead line is always in it."""
    options: list[tuple[str, ...]]
    if lead:
        options = [(lead,), *((lead, line) for line in lines if line != lead)]
        options += [(lead, *pair) for pair in permutations([line for line in lines[:6] if line != lead], 2)]
    else:
        options = [*((line,) for line in lines), *permutations(lines, 2)]
        if target > 90:
            options += permutations(lines[:6], 3)
    ranked = sorted(options, key=lambda option: (_cost(option, target, dear), option))
    good = [option for option in ranked[:24] if _error(option, target) <= 0.15 * target]
    return " ".join(random_.choice(good) if good else ranked[0])


def _error(option: tuple[str, ...], target: float) -> float:
    return abs(sum(map(len, option)) + len(option) - 1 - target)


def _cost(option: tuple[str, ...], target: float, dear: frozenset[str]) -> float:
    # A line about the brief itself is worth ten characters of imprecision.
    short = sum(
        len(line) < 24 for line in option
    )  # small lines fit everywhere: keep them from being everywhere
    alike = len(option) - len({line.split(" ", 1)[0] for line in option})
    return _error(option, target) + 12 * alike + 3 * short - 10 * any(line in dear for line in option)


def durations(narrations: Sequence[str], duration_s: float) -> list[float]:
    """Return how long each scene lasts, in seconds; they add up to `duration_s` exactly.

    All but the last are eighths of a second, and none is shorter than a quarter of an even share.
    """
    count = len(narrations)
    floor = duration_s / count / 4
    weights = [len(text) + _PAUSE_CHARACTERS for text in narrations]
    flexible = duration_s - floor * count
    share = [floor + flexible * weight / sum(weights) for weight in weights]
    ends: list[float] = []
    passed = 0.0
    for part in share[:-1]:
        passed += part
        ends.append(round(passed * _GRID) / _GRID)
    starts = [0.0, *ends]
    return [end - start for start, end in zip(starts, [*ends, duration_s], strict=True)]
