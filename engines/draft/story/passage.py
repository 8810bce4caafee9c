"""How a brief that is itself a text is told: in its own sentences, chosen and shortened to the time there
is."""

from __future__ import annotations

import random

from engines.draft.story import fit
from engines.draft.story.fit import Said
from engines.draft.story.idea import Idea
from engines.draft.story.phrase import spare_lines
from engines.draft.story.text import ended, in_halves, script_of, shorten
from schemas.script import Direction

_BEATS = ("hook", "setting", "person", "journey", "obstacle", "turn", "climax", "resolution")


def tell_passage(
    idea: Idea, language: str, direction: Direction, speed: float, random_: random.Random
) -> list[Said]:
    """Return the narration of every scene in the order and, as far as time allows, the wording of the
    brief."""
    budget = max(8, int(fit.FILL * speed * direction.duration_s))
    count = fit.scene_count(direction.duration_s, direction.scene_count)
    kept = _selected([ended(sentence) for sentence in idea.sentences], budget)
    spoken = sum(map(len, kept)) + len(kept)
    own = _fragments(kept, count, speed, may_cut=spoken >= budget * 0.6)
    abridged = len(kept) < len(idea.sentences)
    extra = [] if abridged else [line for line in spare_lines(idea, language) if line not in kept]
    random_.shuffle(extra)
    return _spread(own, extra, count, budget)


def _selected(sentences: list[str], budget: int) -> list[str]:
    """Return the sentences that fit the budget, in order: first, last and evenly those between, cut where
    they must be."""
    count = len(sentences)
    while True:
        step = (len(sentences) - 1) / (count - 1) if count > 1 else 0.0
        indexes = [round(index * step) for index in range(count)]
        allowed = max(1, budget - count + 1)
        lengths = [len(sentences[index]) for index in indexes]
        cap = max(lengths) if sum(lengths) <= allowed else _cap(lengths, allowed)
        if count == 1 or cap >= min(48, max(lengths)):
            break
        count -= 1
    told = {index: shorten(sentences[index], cap) for index in indexes}
    for index, sentence in enumerate(sentences):
        room = budget - sum(len(piece) + 1 for piece in told.values())
        if index not in told and len(sentence) <= room:
            told[index] = sentence
    return [told[index] for index in sorted(told)]


def _cap(lengths: list[int], allowed: int) -> int:
    """Return the length to which the long ones are cut so that all together fit: short ones stay whole."""
    left, people = allowed, len(lengths)
    for length in sorted(lengths):
        if length * people > left:
            return max(1, left // people)
        left -= length
        people -= 1
    return max(lengths)


def _fragments(sentences: list[str], count: int, speed: float, may_cut: bool) -> list[str]:
    """Return the sentences as pieces that one scene can hold, the longest divided at a clause while scenes
    are left."""
    pieces = list(sentences)
    limit = 9 * speed
    while pieces:
        longest = max(range(len(pieces)), key=lambda index: len(pieces[index]))
        if len(pieces[longest]) <= limit and (len(pieces) >= count or not may_cut):
            return pieces
        halves = in_halves(pieces[longest])
        if halves is None or len(pieces[longest]) < limit / 2:
            return pieces
        pieces[longest : longest + 1] = halves
    return pieces


def _spread(own: list[str], extra: list[str], count: int, budget: int) -> list[Said]:
    """Return `count` scenes: the brief's own pieces in order, and where time is left, other lines between
    them."""
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
    left = list(extra)
    for group in pieces:
        while True:
            said = sum(len(text) + 1 for text, _ in group)
            best = min(left, key=lambda line: abs(said + len(line) - share), default=None)
            if best is not None and abs(said + len(best) - share) < abs(said - share):
                left.remove(best)
                group.append((best, False))
            elif group:
                break
            else:
                group.append((own[pieces.index(group) % len(own)], True))
    return [
        Said(
            _BEATS[round(index * (len(_BEATS) - 1) / max(1, count - 1))],
            _joined(group),
            own=any(mine for _, mine in group),
            shown=_joined([piece for piece in group if piece[1]]),
        )
        for index, group in enumerate(pieces)
    ]


def _joined(group: list[tuple[str, bool]]) -> str:
    text = ""
    for piece, _ in group:
        gap = "" if not text or script_of(text) in ("zh", "ja") else " "
        text += gap + piece
    return text
