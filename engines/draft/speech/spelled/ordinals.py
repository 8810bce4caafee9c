"""How ordinals are said: 2nd, 2., 2º, 2ème, 2-го."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engines.draft.speech.spelled.calendar import GERMAN_DATIVE
from engines.draft.speech.spelled.numerals import ordinal, russian
from engines.draft.speech.spelled.tongue import Rule, Tongue


def ordinals(words: Tongue) -> Iterator[Rule]:
    """Yield the rules for numbers that say a place in a row."""
    code = words.code
    if code == "en":
        yield (
            re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})*|\d+)(?:st|nd|rd|th)\b"),
            lambda match: ordinal(int(match.group(1).replace(",", "")), code),
        )
    elif code == "fr":
        yield (
            re.compile(r"(?<![\w.])(\d+)(er|re|ère|e|è|ème|ième|nd|nde)\b"),
            lambda match: (
                "première" if match.group(2) in ("re", "ère") else ordinal(int(match.group(1)), code)
            ),
        )
    elif code in ("es", "it", "pt"):
        yield (
            re.compile(r"(?<![\w.])(\d+)\.?([ºª°])(?!\s?[CF]\b)"),
            lambda match: _gendered(match, code) if match.group(2) != "°" or _named(match, code) else None,
        )
        if code == "es":
            yield (
                re.compile(r"(?<![\w.])(\d+)\.?(er|ero|ra|do|da|to|ta)\b"),
                lambda match: (
                    {"er": "primer" if match.group(1) == "1" else "tercer"}.get(match.group(2))
                    or _gendered(match, code)
                ),
            )
    elif code == "nl":
        yield re.compile(r"(?<![\w.])(\d+)(?:e|ste|de)\b"), lambda match: ordinal(int(match.group(1)), code)
    elif code == "de":
        yield (
            re.compile(r"(?<![\w.,:])(\d{1,3})\.(?=\s+(?:[a-zäöü]|[A-ZÄÖÜ][\wäöüß]))"),
            lambda match: german_ordinal(match, int(match.group(1))),
        )
    elif code == "pl":
        yield (
            re.compile(r"(?<![\w.,:])(\d{1,3})\.(?=\s+[a-ząćęłńóśźż])"),
            lambda match: ordinal(int(match.group(1)), code),
        )
    elif code == "ru":
        yield (
            re.compile(r"(?<![\w.])(\d+)-(ый|ий|й|ая|я|ое|е|го|ого|му|ому|м|ом|ой|ю|ую|х|ми)\b"),
            _russian_ordinal,
        )


def german_ordinal(match: re.Match[str], number: int) -> str | None:
    """Return a German ordinal with the ending that the word before it asks for, where the stop is no sentence's end."""
    from language.sentences import judge

    text, stop = match.string, match.end()
    if stop in judge(text, "de").ends:
        return None
    before = text[: match.start()]
    said = ordinal(number, "de")
    if re.search(GERMAN_DATIVE, before):
        return said + "n"
    if re.search(
        r"\b(?:[Dd]er|[Dd]ie|[Dd]as|[Dd]iese[rs]?|[Jj]ede[rs]?|[Ee]ine|[Ss]eine|[Ii]hre|[Mm]eine)\s*$", before
    ):
        return said
    return said + "r"


def _named(match: re.Match[str], code: str) -> bool:
    """Italian often writes its ordinals with the sign of degrees: il 2° piano."""
    return code == "it" and re.match(r"\s[a-z]{3,}", match.string[match.end() :]) is not None


def _gendered(match: re.Match[str], code: str) -> str:
    said = ordinal(int(match.group(1)), code)
    feminine = match.group(2) in ("ª", "ra", "da", "ta")
    return " ".join(word[:-1] + "a" if feminine and word.endswith("o") else word for word in said.split())


def _russian_ordinal(match: re.Match[str]) -> str:
    gender, case = {
        "я": ("f", "n"), "ая": ("f", "n"), "е": ("n", "n"), "ое": ("n", "n"), "го": ("m", "g"), "ого": ("m", "g"),
        "му": ("m", "d"), "ому": ("m", "d"), "м": ("m", "p"), "ом": ("m", "p"), "ой": ("f", "g"), "ю": ("f", "a"),
        "ую": ("f", "a"),
    }.get(match.group(2), ("m", "n"))  # fmt: skip
    return russian(int(match.group(1)), "ordinal", gender, case)
