"""How a brief that is itself a text is told: in its own sentences, chosen and shortened to the time there is."""

from __future__ import annotations

import random
import re

from engines.draft.story import fit
from engines.draft.story.fit import Said
from engines.draft.story.idea import Idea
from engines.draft.story.phrase import spare_lines
from engines.draft.story.text import ended, script_of, shorten
from schemas.script import Direction

_BEATS = ("hook", "setting", "person", "journey", "obstacle", "turn", "climax", "resolution")


def tell_passage(
    idea: Idea, language: str, direction: Direction, speed: float, random_: random.Random
) -> list[Said]:
    """Return the narration of every scene in the order and, as far as time allows, the wording of the brief."""
    budget = max(8, int(fit.FILL * speed * direction.duration_s))
    count = fit.scene_count(direction.duration_s, direction.scene_count)
    kept = _selected([ended(sentence) for sentence in idea.sentences], budget)
    spoken = sum(map(len, kept)) + len(kept)
    if direction.scene_count is None:
        count = min(count, 100)
    own = _fragments(kept, count, speed, may_cut=spoken >= budget * 0.6)
    extra = [line for line in spare_lines(idea, language) if line not in kept]
    random_.shuffle(extra)
    return _spread(own, extra, count, budget)


def _selected(sentences: list[str], budget: int) -> list[str]:
    """Return the sentences that fit the budget: first and last, and evenly those between, shortened where they must be."""
    count = len(sentences)
    while True:
        step = (len(sentences) - 1) / (count - 1) if count > 1 else 0.0
        chosen = [sentences[round(index * step)] for index in range(count)]
        allowed = max(1, budget - count + 1)
        total = sum(map(len, chosen))
        if total <= allowed:
            return chosen
        cap = _cap(chosen, allowed)
        if count == 1 or cap >= 48:
            return [shorten(sentence, cap) for sentence in chosen]
        count -= 1


def _cap(chosen: list[str], allowed: int) -> int:
    """Return the length to which the long ones are cut so that all together fit: short ones stay whole."""
    left, people = allowed, len(chosen)
    for length in sorted(map(len, chosen)):
        if length * people > left:
            return max(1, left // people)
        left -= length
        people -= 1
    return max(map(len, chosen))


def _fragments(sentences: list[str], count: int, speed: float, may_cut: bool) -> list[str]:
    """Return the sentences as pieces that one scene can hold, the longest divided at a clause while scenes are left."""
    pieces = list(sentences)
    limit = 9 * speed
    while pieces:
        longest = max(range(len(pieces)), key=lambda index: len(pieces[index]))
        if len(pieces[longest]) <= limit and (len(pieces) >= count or not may_cut):
            return pieces
        halves = _halves(pieces[longest])
        if halves is None or len(pieces[longest]) < limit / 2:
            return pieces
        pieces[longest : longest + 1] = halves
    return pieces


def _halves(sentence: str) -> tuple[str, str] | None:
    """Return a sentence in two pieces, cut behind a comma or before a conjunction, as near to the middle as can be."""
    cuts = [
        match.end()
        for match in re.finditer(
            r"[,;:–—]\s+|[、，；：،؛]\s*|\s(?=(?:and|but|while|until|because|when)\s)", sentence
        )
    ]
    if not cuts and len(sentence) > 140:
        cuts = [match.end() for match in re.finditer(r"\s+", sentence)]
    if not cuts and len(sentence) > 40 and script_of(sentence) in ("zh", "ja", "th"):
        cuts = [len(sentence) // 2]
    cuts = [cut for cut in cuts if min(cut, len(sentence) - cut) >= len(sentence) / 5]
    if not cuts:
        return None
    cut = min(cuts, key=lambda place: abs(place - len(sentence) / 2))
    return sentence[:cut].strip(), sentence[cut:].strip()


def _spread(own: list[str], extra: list[str], count: int, budget: int) -> list[Said]:
    """Return `count` scenes: the brief's own pieces in order, and where time is left, other lines between them."""
    pieces: list[list[tuple[str, bool]]] = [[] for _ in range(count)]
    if len(own) >= count:
        target, filled, scene = sum(map(len, own)) / count, 0.0, 0
        for index, piece in enumerate(own):
            missing = len(own) - index
            full = filled + len(piece) / 2 > target * (scene + 1)
            if pieces[scene] and scene < count - 1 and (full or missing <= count - 1 - scene):
                scene += 1
            pieces[scene].append((piece, True))
            filled += len(piece)
    else:
        for index, piece in enumerate(own):
            pieces[round(index * (count - 1) / max(1, len(own) - 1)) if len(own) > 1 else 0].append(
                (piece, True)
            )
    share = budget / count
    lines = iter([*extra])
    for group in pieces:
        while sum(len(text) + 1 for text, _ in group) < share * 0.6 or not group:
            line = next(lines, None)
            if line is None:
                if group:
                    break
                line = own[pieces.index(group) % len(own)]
            if group and sum(len(text) + 1 for text, _ in group) + len(line) > share * 1.35:
                break
            group.append((line, False))
    return [
        Said(
            _BEATS[round(index * (len(_BEATS) - 1) / max(1, count - 1))],
            _joined(group),
            any(mine for _, mine in group),
        )
        for index, group in enumerate(pieces)
    ]


def _joined(group: list[tuple[str, bool]]) -> str:
    text = group[0][0]
    for piece, _ in group[1:]:
        gap = "" if script_of(text) in ("zh", "ja") else " "
        text += gap + piece
    return text
