"""How dates, times of day, years and decades are said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engines.draft.speech.spelled.numerals import cardinal, ordinal, quantity, russian, year
from engines.draft.speech.spelled.tongue import Rule, Tongue

GERMAN_DATIVE = r"\b(?:am|vom|zum|beim|im|dem|den|des|einem|einen|seinem|seinen|ihrem|ihren|ersten|bis|ab|seit|und|Am|Vom|Zum|Beim|Im|Dem|Den|Ab|Seit)\s*$"


def rules(words: Tongue) -> Iterator[Rule]:
    """Yield the rules of dates and times, the longest first."""
    names = "|".join(re.escape(name) for name in sorted(words.month_names, key=len, reverse=True))
    day = r"(?P<day>3[01]|[12]\d|0?[1-9])"
    yield (
        re.compile(r"(?<![\w.-])(?P<year>[12]\d{3})-(?P<month>1[0-2]|0\d)-(?P<day>3[01]|[012]\d)(?![\w-])"),
        lambda match: _date(match, words),
    )
    between = r"[./-]" if words.code != "en" else r"[/]"
    order = (
        rf"(?P<month>1[0-2]|0?[1-9]){between}{day}{between}(?P<year>[12]\d{{3}})"
        if words.code == "en"
        else rf"{day}{between}\s?(?P<month>1[0-2]|0?[1-9]){between}\s?(?P<year>[12]\d{{3}})"
    )
    yield re.compile(rf"(?<![\w.,/]){order}(?![\w/]|[.,]\d)"), lambda match: _date(match, words)
    if words.code == "en":
        british = r"(?P<day>3[01]|2\d|1[3-9])/(?P<month>1[0-2]|0?[1-9])/(?P<year>[12]\d{3})"
        yield re.compile(rf"(?<![\w.,/]){british}(?![\w/]|[.,]\d)"), lambda match: _date(match, words)
    if words.code == "de":
        short = rf"(?<![\w.,]){day}\.\s?(?P<month>1[0-2]|0?[1-9])\.(?!\d)"
        yield re.compile(short), lambda match: _date(match, words)
    link = {"es": r"\s+de\s+", "pt": r"\s+de\s+", "en": r"\s+(?:of\s+)?", "de": r"\.\s*", "nl": r"\s+"}.get(
        words.code, r"\.?\s+"
    )
    suffix = {"en": r"(?:st|nd|rd|th)?", "fr": r"(?:er)?", "it": r"[º°]?", "pt": r"[º°]?"}.get(words.code, "")
    yearly = {
        "es": r"(?:\s+de(?:l)?\s+(?P<year>[12]\d{3})\b)?",
        "pt": r"(?:\s+de\s+(?P<year>[12]\d{3})\b)?",
    }.get(words.code, r"(?:,?\s+(?P<year>[12]\d{3})\b)?")
    dot = r"\.?(?=\W|$)"
    ending = {"ru": r"(?P<of>\s+(?:года|г\.))?", "pl": r"(?P<of>\s+(?:roku|r\.))?"}.get(words.code, "")
    if words.code == "en":
        yield (
            re.compile(
                rf"\b(?P<name>(?i:{names})){dot}\s+{day}(?:st|nd|rd|th)?\b(?![:/\d])(?:,?\s+(?P<year>[12]\d{{3}})\b)?"
            ),
            lambda match: _date(match, words) if match.group("name")[0].isupper() else None,
        )
    yield (
        re.compile(rf"(?<![\w.,:/-]){day}{suffix}{link}(?P<name>(?i:{names})){dot}{yearly}{ending}"),
        lambda match: _date(match, words),
    )
    yield from _clock(words)
    yield from _years(words)


def _date(match: re.Match[str], words: Tongue) -> str | None:
    """Return a date, with the full stop of a month's short name where that ends a sentence too."""
    from language.sentences import judge

    said = _day(match, words)
    if said is None or not match.group().endswith("."):
        return said
    return said + ("." if match.end() in judge(match.string, words.code).ends else "")


def _day(match: re.Match[str], words: Tongue) -> str | None:
    found = match.groupdict()
    day = int(found["day"])
    month = int(found["month"]) if found.get("month") else words.month_names[found["name"].casefold()]
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    whole = int(found["year"]) if found.get("year") else None
    name = words.months[month - 1]
    code = words.code
    before = match.string[: match.start()]
    if code == "en":
        said = f"{name} {ordinal(day, code)}"
        if re.search(r"\sof\s", match.group()):
            said = f"{ordinal(day, code)} of {name}"
        return said if whole is None else f"{said}, {year(whole, code)}"
    if code == "de":
        ending = (
            "n" if re.search(GERMAN_DATIVE, before) else "" if re.search(r"\b[Dd]er\s*$", before) else "r"
        )
        said = f"{ordinal(day, code)}{ending} {name}"
        return said if whole is None else f"{said} {year(whole, code)}"
    if code == "ru":
        said = f"{russian(day, 'ordinal', 'm', 'g')} {name}"
        return said if whole is None else f"{said} {russian(whole, 'ordinal', 'm', 'g')} года"
    if code == "pl":
        said = f"{polish_genitive(ordinal(day, code))} {name}"
        return said if whole is None else f"{said} {polish_year(whole, 'ego')} roku"
    first = {"fr": "premier", "it": "primo", "pt": "primeiro"}.get(code)
    number = first if day == 1 and first else cardinal(day, code)
    of = " de " if code in ("es", "pt") else " "
    said = f"{number}{of}{name}"
    return said if whole is None else f"{said}{of}{year(whole, code)}"


def polish_genitive(said: str, ending: str = "ego") -> str:
    """Return a Polish ordinal in another case: `ego` of (pierwszego), `ym` in (pierwszym)."""

    def turned(word: str) -> str:
        if word.endswith("y"):
            return word[:-1] + ending
        if word.endswith("i"):
            return word[:-1] + (
                "i" + ending
                if ending == "ego" and not word.endswith("gi")
                else "iego"
                if ending == "ego"
                else "im"
            )
        return word

    return " ".join(turned(word) for word in said.split())


def polish_year(number: int, ending: str) -> str:
    """Return a year in Polish, its last two numerals as ordinals."""
    if number % 100 == 0:
        return polish_genitive(ordinal(number, "pl"), ending)
    hundreds = cardinal(number // 100 * 100, "pl")
    return f"{hundreds} {polish_genitive(ordinal(number % 100, 'pl'), ending)}"


def _clock(words: Tongue) -> Iterator[Rule]:
    code = words.code
    hour, minute = r"(?P<hour>2[0-4]|1\d|0?\d)", r"(?P<minute>[0-5]\d)"
    edge = r"(?<![\w.,:])"
    # 9 a.m.-5 p.m., 9-17 Uhr
    hours = r"(?=\d{1,2}(?:[.:]\d\d)?\s?(?:Uhr|uur|h)\b)"
    yield (
        re.compile(rf"(?<=\d)\s?[–-]\s?{hours}|(?<=\d\s[AaPp][Mm])\s?[–-]\s?(?=\d)"),
        lambda match: f" {words.to} ",
    )
    yield (
        re.compile(r"(?<=\d[AaPp][Mm])\s?[–-]\s?(?=\d)|(?<=[AaPp]\.[Mm]\.)\s?[–-]\s?(?=\d)"),
        lambda match: f" {words.to} ",
    )
    if code == "en":
        half = r"\s?(?P<half>[AaPp]\.?\s?[Mm]\b\.?)"
        yield re.compile(rf"{edge}{hour}(?::{minute})?{half}"), _english_time
        yield re.compile(rf"{edge}{hour}:{minute}(?!\w|:\d)"), _english_time
        return
    after = {
        "de": r"\s?Uhr\b",
        "nl": r"\s?uur\b",
        "fr": r"\s?h(?:eures)?\b",
        "pt": r"\s?h(?:oras)?\b",
        "es": r"\s?(?:h|horas)\b",
    }.get(code)
    if code in ("fr", "pt"):
        yield re.compile(rf"{edge}{hour}\s?[h:]\s?{minute}(?!\w|:\d)"), lambda match: _time(match, words)
        yield re.compile(rf"{edge}{hour}{after}\.?(?=\W|$)"), lambda match: _time(match, words)
        return
    if after:
        yield re.compile(rf"{edge}{hour}(?:[.:]{minute})?{after}"), lambda match: _time(match, words)
    mark = r"[.:]" if code == "it" else ":"
    lead = r"(?<=\balle )|(?<=\bore )" if code == "it" else ""
    if lead:
        yield re.compile(rf"(?:{lead}){hour}\.{minute}\b"), lambda match: _time(match, words)
        mark = ":"
    yield re.compile(rf"{edge}{hour}{mark}{minute}(?!\w|:\d)"), lambda match: _time(match, words)


def _english_time(match: re.Match[str]) -> str | None:
    found = match.groupdict()
    hour, minute, half = int(found["hour"]), found.get("minute"), found.get("half")
    said = cardinal(hour, "en")
    if minute and minute != "00":
        said += (
            f" oh {cardinal(int(minute), 'en')}" if minute[0] == "0" else f" {cardinal(int(minute), 'en')}"
        )
    elif minute and not half:
        said += " hundred hours" if hour > 12 or found["hour"][0] == "0" else " o'clock"
    if not half:
        return said
    from language.sentences import judge

    last = "." if half.endswith(".") and match.end() in judge(match.string).ends else ""
    return f"{said} {half[0].lower()} m{last}"


def _time(match: re.Match[str], words: Tongue) -> str | None:
    found = match.groupdict()
    hour, minute = int(found["hour"]), int(found.get("minute") or 0)
    code = words.code
    before = match.string[: match.start()]
    number = cardinal(minute, code) if minute else ""
    if code in ("de", "nl"):
        noun = "Uhr" if code == "de" else "uur"
        said = f"{quantity(hour, 'n', words)} {noun}"
    elif code == "fr":
        said = f"{quantity(hour, 'f', words)} heure{'s' if hour > 1 else ''}"
    elif code == "pt":
        said = f"{quantity(hour, 'f', words)} hora{'s' if hour != 1 else ''}"
        return f"{said} e {number}" if minute else said
    elif code == "es":
        said = quantity(hour, "f", words)
        if re.search(r"h(?:oras)?$", match.group()):
            said += " hora" if hour == 1 else " horas"
    elif code == "it":
        said = "una" if hour == 1 else cardinal(hour, code)
        return f"{said} e {number}" if minute else said
    elif code == "pl":
        said = re.sub(r"y\b", "a", ordinal(hour, code)) if hour else "zero"
        said = re.sub(r"i\b", "a", said)
        said = re.sub(r"a\b", "ej", said) if re.search(r"\b(?:[Oo]|[Pp]o|[Dd]o|[Oo]d)\s*$", before) else said
    else:
        said = russian(hour, "cardinal")
        if not minute:
            return f"{said} {('час', 'часа', 'часов')[_russian_form(hour)]}"
    if minute and minute < 10 and code in ("ru", "pl"):
        number = f"{cardinal(0, code)} {number}"
    return f"{said} {number}".strip()


def _russian_form(number: int) -> int:
    if 10 < number % 100 < 20:
        return 2
    return 0 if number % 10 == 1 else 1 if 1 < number % 10 < 5 else 2


def _years(words: Tongue) -> Iterator[Rule]:
    code = words.code
    if code == "en":
        yield (
            re.compile(r"(?<![\w.,])(1[1-9]|20)(\d)0['’]?s\b"),
            lambda match: _decade(match.group(1), match.group(2)),
        )
        yield re.compile(r"(?<![\w.,])['’]?([2-9])0s\b"), lambda match: _decade("", match.group(1))
    if code == "de":
        yield (
            re.compile(r"(?<![\w.,])((?:1[1-9])?[2-9]0)er\b"),
            lambda match: f"{year(int(match.group(1)), code)}er",
        )
    if code == "ru":
        yield re.compile(r"(?<![\w.,])([12]\d{3})(?=\s+(год|года|году|годом)\b)"), _russian_year
        yield (
            re.compile(r"(?<![\w.,])(?P<y>[12]\d{3}|\d{1,4}(?=\s+г\.\s+(?:до\s+)?н\.))\s+г\.(?=\W)"),
            _russian_short_year,
        )
    if code == "pl":
        yield re.compile(r"(?<![\w.,])([12]\d{3})\s+(?:roku|r\.)(?=\W|$)"), _polish_said_year
    if code in ("en", "de", "nl"):
        yield (
            re.compile(r"(?<![\w.,$€£#–-])(1\d{3}|20\d\d)(?![\w%°€]|[.,:]\d|\s?[-–]\s?\d)"),
            lambda match: _year(match, words),
        )


def _decade(century: str, tens: str) -> str:
    said = cardinal(int(tens) * 10, "en") if tens != "0" else "hundred"
    many = said[:-1] + "ies" if said.endswith("y") else said + "s"
    if not century:
        return many
    return "two thousands" if (century, tens) == ("20", "0") else f"{cardinal(int(century), 'en')} {many}"


def _year(match: re.Match[str], words: Tongue) -> str | None:
    """A bare number of four digits is a year where nothing that it counts follows, or a word says so before."""
    text, number = match.string, int(match.group(1))
    before = re.search(r"([^\W\d_]+)[,.]?\s*$", text[: match.start()])
    named = before is not None and (
        re.fullmatch(words.year_words, before.group(1).casefold()) is not None
        or before.group(1).casefold() in words.month_names
    )
    if number < 1100 and not named:
        return None
    if re.search(r"\bQ[1-4] $", text[: match.start()]):
        return year(number, words.code)
    after = re.match(r"\s+([^\W\d_]+)", text[match.end() :])
    if after is None:
        return year(number, words.code)
    word = after.group(1)
    if words.code == "de":
        follows = word[0].isupper()
    elif words.code == "en":
        follows = word[0].islower() and (word not in _NOT_COUNTED)
    else:
        follows = word[0].islower()
    return year(number, words.code) if not follows or (named and not word.endswith(("s", "en"))) else None


_NOT_COUNTED = frozenset(
    [
        "was",
        "is",
        "and",
        "or",
        "to",
        "the",
        "a",
        "an",
        "he",
        "she",
        "it",
        "they",
        "we",
        "i",
        "you",
        "in",
        "at",
        "on",
        "by",
        "for",
        "with",
        "when",
        "but",
        "as",
        "had",
        "has",
        "were",
        "are",
        "will",
        "would",
        "until",
        "till",
        "through",
        "marked",
        "saw",
        "began",
        "ended",
        "brought",
        "of",
        "from",
        "after",
        "before",
        "that",
        "which",
        "who",
        "where",
        "who's",
    ]
)


def _russian_year(match: re.Match[str]) -> str:
    case = {"год": "n", "года": "g", "году": "p", "годом": "i"}.get(match.group(2), "n")
    return russian(int(match.group(1)), "ordinal", "m", case)


def _russian_short_year(match: re.Match[str]) -> str:
    inside = re.search(r"\b[Вв]о?\s*$", match.string[: match.start()]) is not None
    from language.sentences import judge

    tail = "." if match.end() in judge(match.string, "ru").ends else ""
    return f"{russian(int(match['y']), 'ordinal', 'm', 'p' if inside else 'g')} {'году' if inside else 'года'}{tail}"


def _polish_said_year(match: re.Match[str]) -> str:
    inside = re.search(r"\b[Ww]e?\s*$", match.string[: match.start()]) is not None
    tail = (
        "."
        if match.group().endswith(".")
        and re.match(r"\s+[A-ZŻŹĆŚŁÓ]|\s*$", match.string[match.end() :])
        and not inside
        else ""
    )
    return f"{polish_year(int(match.group(1)), 'ym' if inside else 'ego')} roku{tail}"
