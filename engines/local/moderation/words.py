"""What rules find in a text: plain English phrases that threaten, sell or seek what must not be shown."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).with_name("words.toml")
_NOT_WORDS = re.compile(r"[^\w]+")


@lru_cache
def _rules() -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    table = tomllib.loads(_TABLE.read_text("utf-8"))
    return tuple(
        (category, float(rule["score"]), re.compile(rf"\b(?:{'|'.join(rule['phrases'])})\b"))
        for category, rule in table.items()
    )


def scores_of(text: str) -> dict[str, float]:
    """Return a score for each category of which a phrase stands in a text; none says nothing of it.

    Phrases are looked for in lower case, without accents and marks, so neither tells them apart.
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = _NOT_WORDS.sub(" ", "".join(sign for sign in apart if not unicodedata.combining(sign)))
    return {category: score for category, score, phrases in _rules() if phrases.search(plain)}
