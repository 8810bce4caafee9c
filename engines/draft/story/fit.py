"""How lines are chosen so that their spoken length fills the film, and how long each scene then lasts."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


def scene_count(duration_s: float, wanted: int | None = None) -> int:
    """Return how many scenes a film of this length has: one or two when short, about 5 to 6.5 s each when long."""
    if wanted:
        return min(wanted, 100)
    if duration_s < 7:
        return 1 if duration_s <= 5.5 else 2
    length = 4.6 + min(duration_s, 120) / 60
    return max(2, min(100, round(duration_s / length)))


def choose(
    plan: Sequence[str],
    pools: Mapping[str, Sequence[str]],
    pinned: Mapping[int, Sequence[str]],
    budget: float,
    random_: random.Random,
) -> list[Said]:
    """Return one narration for each beat of the plan, together about `budget` characters long.

    `pools` holds the lines of each beat, `spare` those that fit anywhere; `pinned` the versions of a line that
    must be heard in the scene of that index. No line is said twice while an unsaid one is left.
    """
    best: list[Said] = []
    best_error = float("inf")
    for _ in range(6):
        told = _attempt(plan, pools, pinned, budget, random_)
        error = abs(sum(len(said.narration) for said in told) - budget) / budget
        if error < best_error:
            best, best_error = told, error
        if best_error < 0.04:
            break
    return best


def _attempt(
    plan: Sequence[str],
    pools: Mapping[str, Sequence[str]],
    pinned: Mapping[int, Sequence[str]],
    budget: float,
    random_: random.Random,
) -> list[Said]:
    said: list[Said] = []
    used: dict[str, int] = {}
    left = budget
    for index, beat in enumerate(plan):
        target = left / (len(plan) - index)
        lead = _nearest(pinned[index], target) if index in pinned else None
        lines = _lines(beat, pools, used, random_)
        text = _combine(lead, lines, target, random_)
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
        fresh += [line for line in pools.get("spare", ()) if line not in used]
    if len(fresh) < 2:
        # All has been said: begin again with what was said least.
        everything = sorted({*pools.get(beat, ()), *pools.get("spare", ())})
        fewest = min((used.get(line, 0) for line in everything), default=0)
        fresh = [line for line in everything if used.get(line, 0) <= fewest]
    random_.shuffle(fresh)
    return fresh[:14]


def _nearest(versions: Sequence[str], target: float) -> str:
    fitting = [version for version in versions if len(version) <= target * 1.2]
    return max(fitting, key=len) if fitting else min(versions, key=len)


def _combine(lead: str | None, lines: Sequence[str], target: float, random_: random.Random) -> str:
    """Return the combination of at most three lines that comes nearest to the target; a lead line is always in it."""
    options = [lead] if lead else list(lines)
    if lead:
        options += [f"{lead} {line}" for line in lines]
        options += [f"{lead} {a} {b}" for a in lines[:5] for b in lines[:5] if a != b]
    else:
        options += [f"{a} {b}" for a in lines for b in lines if a != b]
        if target > 90:
            options += [
                f"{a} {b} {c}" for a in lines[:6] for b in lines[:6] for c in lines[:6] if len({a, b, c}) == 3
            ]
    ranked = sorted(options, key=lambda text: (abs(len(text) - target), text))
    good = [text for text in ranked[:6] if abs(len(text) - target) <= 0.1 * target]
    return random_.choice(good) if good else ranked[0]


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
