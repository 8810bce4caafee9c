"""How abbreviations are said: in full where the language knows them, letter by letter, or without their stop."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engines.draft.speech.spelled.tongue import Rule, Tongue

_WITHOUT_STOP = {
    "en": frozenset(["Mr", "Mrs", "Ms", "vs"]),
    "fr": frozenset(["Mme", "Mmes", "Mlle", "Mgr", "Dr", "Me", "St", "Ste", "bd"]),
    "pl": frozenset(["dr", "mgr"]),
    "ru": frozenset(["д-р", "Д-р", "г-н", "г-жа"]),
}
"""Abbreviations that a language also writes without their stop."""


def surest(words: Tongue) -> Iterator[Rule]:
    """Yield the rules of abbreviations that stand before a number: No. 5."""
    known = "|".join(re.escape(form) for form in sorted(words.before_number, key=len, reverse=True))
    if known:
        yield (
            re.compile(rf"(?<![\w.])(?P<form>{known})\.?(?=\s?\d)"),
            lambda match: _spaced(words.before_number[match["form"]], match),
        )


def rules(words: Tongue) -> Iterator[Rule]:
    """Yield the rules of all other abbreviations, then of whatever has a stop that ends no sentence."""
    if words.code == "en":
        yield re.compile(r"\bDr\.?(?=\s+[A-Z])|\bDr\."), lambda match: _either(match, "Doctor", "Drive")
        yield re.compile(r"\bSt\."), lambda match: _either(match, "Saint", "Street")
    if words.code == "de":
        yield re.compile(r"(?<=[a-zäöüß])str\.(?=\W|$)"), lambda match: "straße" + _end(match, words)
        yield re.compile(r"\bFr\.(?=\s+(?:Dr\.|Prof\.|[A-ZÄÖÜ][a-zäöüß]))"), lambda match: "Frau"
    if words.code == "ru":
        yield re.compile(r"(?<!\w)г\.(?=\s+[А-ЯЁ])"), _city
    known = "|".join(
        re.escape(form).replace(r"\ ", r"\s") for form in sorted(words.abbreviations, key=len, reverse=True)
    )
    yield (
        re.compile(rf"(?<![\w.])(?P<form>{known})(?P<stop>\.)?(?![\w])"),
        lambda match: _full(match, words),
    )
    yield (
        re.compile(r"(?<![\w.])(?:[^\W\d_]\.){2,12}(?![^\W\d_]\.)|(?<![\w.])Ph\.D\."),
        lambda match: _letters(match, words),
    )
    yield re.compile(r"(?<=\s)&(?=\s)"), lambda match: words.and_
    yield re.compile(r"(?<=\w)&(?=\w)"), lambda match: f" {words.and_} "
    yield re.compile(r"\."), lambda match: _silent(match, words)


def _spaced(said: str, match: re.Match[str]) -> str:
    return said if match.string[match.end()].isspace() else said + " "


def _full(match: re.Match[str], words: Tongue) -> str | None:
    form = re.sub(r"\s", " ", match["form"])
    said = words.abbreviations[form]
    if not match["stop"] and "." not in form and form not in _WITHOUT_STOP.get(words.code, ()):
        return None  # "etc" and "No" without a stop are words
    return said + _end(match, words)


def _end(match: re.Match[str], words: Tongue) -> str:
    """The stop of an abbreviation that also ends a sentence."""
    from language.sentences import judge

    return "." if match.group().endswith(".") and match.end() in judge(match.string, words.code).ends else ""


def _either(match: re.Match[str], before_name: str, behind_name: str) -> str:
    text = match.string
    names = re.match(r"\s+[A-Z][\w']+", text[match.end() :]) is not None
    behind = re.search(r"(?:[A-Z][\w']+|\d(?:st|nd|rd|th)) $", text[: match.start()]) is not None
    begins = re.match(
        r"\s+(?:The|It|He|She|They|We|I|A|An|In|On|At|But|And|Then|Near|That|This)\b", text[match.end() :]
    )
    if behind and (not names or begins):
        from language.sentences import judge

        return behind_name + ("." if match.group().endswith(".") and match.end() in judge(text).ends else "")
    return before_name


def _city(match: re.Match[str]) -> str:
    before = re.search(r"(\w+)\s+$", match.string[: match.start()])
    word = before.group(1).casefold() if before else ""
    return (
        "городе" if word in ("в", "во", "о") else "города" if word in ("из", "до", "от", "около") else "город"
    )


def _letters(match: re.Match[str], words: Tongue) -> str:
    return " ".join(re.findall(r"[^\W\d_]", match.group().upper())) + _end(match, words)


def _silent(match: re.Match[str], words: Tongue) -> str | None:
    """A stop that ends no sentence makes no pause."""
    from language.sentences import judge

    text, at = match.string, match.end()
    return "" if at < len(text) and text[at].isspace() and at in judge(text, words.code).soft else None
