"""Which sounds of a clause belong to which of its words.

espeak-ng says a clause as people do: it joins "of the" to one word. So each word's sounds alone are laid beside the
clause's, and what is alike belongs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

_STRESS = "ˈˌː "


def first_sounds(clause: str, words: Sequence[str]) -> list[int]:
    """Return for each word the index of its first sound in the clause's; they never fall.

    - `clause`: the sounds of the clause; - `words`: those of each of its words when it is said alone.
    """
    plain = [index for index, sound in enumerate(clause) if sound not in _STRESS]
    alone = [(sound, number) for number, word in enumerate(words) for sound in word if sound not in _STRESS]
    if not plain or not alone:
        return [0] * len(words)
    matcher = SequenceMatcher(None, [clause[i] for i in plain], [sound for sound, _ in alone], autojunk=False)
    # Knots: a sound of the words -> the same sound in the clause; between them lies a line.
    knots = [(b + k, a + k) for a, b, size in matcher.get_matching_blocks() for k in range(size)]
    starts: list[int] = []
    begins = _begins(words)
    for begin in begins:
        place = min(_along(begin, knots, len(alone), len(plain)), len(plain) - 1)
        index = plain[max(place, 0)]
        while index > 0 and clause[index - 1] in "ˈˌ":
            index -= 1
        starts.append(max(index, starts[-1] if starts else 0))
    return starts


def _begins(words: Sequence[str]) -> list[int]:
    begins, at = [], 0
    for word in words:
        begins.append(at)
        at += sum(sound not in _STRESS for sound in word)
    return begins


def _along(at: int, knots: Sequence[tuple[int, int]], alone: int, plain: int) -> int:
    """Return where a sound of the words lies in the clause: between the knots around it."""
    before, after = (-1, -1), (alone, plain)
    for knot in knots:
        if knot[0] <= at:
            before = knot
        else:
            after = knot
            break
    if before[0] == at:
        return before[1]
    span = after[0] - before[0]
    return before[1] + round((at - before[0]) / span * (after[1] - before[1]))
