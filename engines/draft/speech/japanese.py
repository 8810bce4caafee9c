"""How Japanese is read: from words with Chinese characters to kana, by the morphological analyser Sudachi.

espeak-ng reads kana only; of any other character it says the name of its script.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sudachipy import Tokenizer

Change = tuple[int, int, str]

_HAN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_PARTICLES = {"は": "ワ", "へ": "エ", "を": "オ"}
_SPOKEN = {"コンニチハ": "コンニチワ", "コンバンハ": "コンバンワ"}
_SIGNS = {
    "$": "ドル",
    "＄": "ドル",
    "€": "ユーロ",
    "¥": "エン",
    "￥": "エン",
    "£": "ポンド",
    "%": "パーセント",
    "％": "パーセント",
}
_MONTHS = {"4": "シ", "7": "シチ", "9": "ク"}
_HOURS = {"4": "ヨ", "7": "シチ", "9": "ク"}
_DAYS = {
    "1": "ツイタチ", "2": "フツカ", "3": "ミッカ", "4": "ヨッカ", "5": "イツカ", "6": "ムイカ", "7": "ナノカ", "8": "ヨウカ",
    "9": "ココノカ", "10": "トオカ", "14": "ジュウヨッカ", "20": "ハツカ", "24": "ニジュウヨッカ",
}  # fmt: skip
_PEOPLE = {"1": "ヒトリ", "2": "フタリ"}
_PIECE_BYTES = 30_000
"""Sudachi takes texts of less than 49 kB."""


def needs_reading(text: str) -> bool:
    """Whether a text has characters that are no kana."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer | None:
    try:
        from sudachipy import Dictionary
    except ImportError:
        return None
    try:
        return Dictionary(dict="small").tokenizer()
    except (ModuleNotFoundError, OSError):
        return None


def can_read() -> bool:
    """Whether the analyser and its dictionary are installed (the extra `japanese`)."""
    return _tokenizer() is not None


def kana(text: str) -> tuple[Change, ...]:
    """Return what is said in place of what is written: start, end, katakana. Call it only when `can_read`."""
    changes: list[Change] = []
    at = 0
    while at < len(text):
        end = min(len(text), at + _PIECE_BYTES // 4)
        changes += _read(text, at, end)
        at = end
    return tuple(changes)


def _read(text: str, begin: int, end: int) -> list[Change]:
    tokenizer = _tokenizer()
    assert tokenizer is not None  # noqa: S101  asked before
    changes: list[Change] = []
    numbers = _numbers(text, begin, end)
    taken = [(a, b) for a, b, _ in numbers]
    for token in tokenizer.tokenize(text[begin:end]):
        a, b = begin + token.begin(), begin + token.end()
        if any(a < right and b > left for left, right in taken):
            continue
        said = _said(token)
        if said is not None and said != text[a:b]:
            changes.append((a, b, said))
    return sorted([*changes, *numbers])


def _said(token: Any) -> str | None:
    surface, kind = str(token.surface()), token.part_of_speech()[0]
    if kind == "助詞":
        # Words are divided behind particles: the voice phrases by spaces, and tells when each begins.
        return _PARTICLES.get(surface, str(token.reading_form())) + " "
    if kind in ("補助記号", "空白"):
        return " " if _HAN.search(surface) else None
    reading = str(token.reading_form())
    if _HAN.search(reading) or reading == "キゴウ":
        return " "
    return _SPOKEN.get(reading, reading)


def _numbers(text: str, begin: int, end: int) -> list[Change]:
    """Numbers with the counters and signs that change how they are read."""
    from num2words import num2words

    changes: list[Change] = []
    for match in _NUMBER.finditer(text, begin, end):
        a, b = match.span()
        written = match.group().replace(",", "")
        after, before = text[b : b + 1], text[a - 1 : a] if a else ""
        table = {"月": _MONTHS, "時": _HOURS}.get(after, {})
        if after == "日" and written in _DAYS:
            changes.append((a, b + 1, _DAYS[written]))
            continue
        if after == "人" and written in _PEOPLE:
            changes.append((a, b + 1, _PEOPLE[written]))
            continue
        whole, _, part = written.partition(".")
        if len(whole) > 12:
            said = "".join(num2words(int(char), lang="ja", reading=True) for char in whole)
        else:
            said = table.get(written) or num2words(int(whole), lang="ja", reading=True)
        if part:
            said += "テン" + "".join(num2words(int(char), lang="ja", reading=True) for char in part)
        if before in _SIGNS:
            a, said = a - 1, said + _SIGNS[before]
        elif after in _SIGNS:
            b, said = b + 1, said + _SIGNS[after]
        changes.append((a, b, said))
    return changes
