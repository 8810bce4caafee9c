"""What is measured of a text, and what is wrong with it."""

from __future__ import annotations

import re
import unicodedata

from engines.local.quality.pictures import Fault

_RUN = 4
"""Words in a row that are looked for again."""


def measured(text: str) -> dict[str, float]:
    """Return what is measured of a text.

    - `words`: how many.
    - `repetition`: the part of its runs of four words that stood there before.
    - `garbled`: the part of signs that are none: U+FFFD, control characters, unassigned ones.
    """
    words = re.findall(r"\w+", text.casefold())
    runs = [tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)]
    garbled = sum(sign == "\ufffd" or _is_no_sign(sign) for sign in text)
    return {
        "words": float(len(words)),
        "repetition": round(1 - len(set(runs)) / len(runs), 3) if runs else 0.0,
        "garbled": round(garbled / max(1, len(text)), 4),
    }


def faults(scores: dict[str, float]) -> list[Fault]:
    """Return what is wrong with a text that measures so."""
    if not scores["words"]:
        return [("no_words", "fail", "there is no word in it")]
    found: list[Fault] = []
    if scores["garbled"] > 0:
        found.append(("garbled", "review", f"{scores['garbled']:.2%} of its signs are none"))
    if scores["repetition"] > 0.3:
        found.append(("repetitive", "review", f"{scores['repetition']:.0%} of it was said before"))
    return found


def _is_no_sign(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cn", "Cs", "Co"} and sign not in "\t\n\r"
