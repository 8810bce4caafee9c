"""How money, measures, percentages, fractions, ranges and bare numbers are said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engines.draft.speech.spelled.numerals import (
    cardinal,
    count,
    decimal,
    digits,
    ordinal,
    plural,
    quantity,
    russian,
    year,
)
from engines.draft.speech.spelled.ordinals import ordinals
from engines.draft.speech.spelled.tongue import Counted, Rule, Tongue

_SIGN = r"(?P<sign>[-−+±](?=[\d$€£¥₽₹]))?"
_SINGLE = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_PER = r"(?<=[\w€$£%])/(?=(?:{})\b)"
_SMALL_SIGNS = {
    "en": (
        (r"<\s?(?=[\d$€£])", "less than "),
        (r">\s?(?=[\d$€£])", "more than "),
        (r"(?<=\d)\s?¢", " cents"),
        (r"(?<=\d)\^(?=-?\d)", " to the power of "),
        (r"(?<=\d)x\b", " times"),
        (r"§\s?(?=\d)", "section "),
        (_PER.format("month|year|day|hour|week|night|person|minute|second|mo|yr|hr"), " per "),
    ),
    "de": (
        (r"<\s?(?=\d)", "weniger als "),
        (r">\s?(?=\d)", "mehr als "),
        (r"(?<=\d)\^(?=-?\d)", " hoch "),
        (r"(?<=\d)x\b", " mal"),
        (_PER.format("Monat|Jahr|Tag|Stunde|Woche|Nacht|Person|Minute|Sekunde"), " pro "),
    ),
}
_JOINING = frozenset(
    [
        "y",
        "e",
        "ed",
        "o",
        "ou",
        "et",
        "und",
        "de",
        "di",
        "da",
        "del",
        "a",
        "al",
        "en",
        "em",
        "no",
        "na",
        "por",
        "para",
        "con",
        "com",
        "que",
        "est",
        "es",
        "è",
        "é",
    ]
)
_LONGEST_WORDED = 12
"""A number of more digits is a name, not an amount: it is read digit by digit."""


def _number(words: Tongue) -> str:
    """A number as the language writes it: groups, then decimals."""
    group = "," if words.decimal == "." else r"[.\u00a0\u202f ]"
    mark = re.escape(words.decimal)
    return rf"(?P<whole>\d{{1,3}}(?:{group}\d{{3}})+(?!\d)|\d+)(?:{mark}(?P<part>\d+))?"


def rules(words: Tongue) -> Iterator[Rule]:
    """Yield the rules of what has a sign or a unit."""
    number = _number(words)
    yield from ordinals(words)
    scale = rf"(?:[ \u00a0]?(?P<scale>{_either(words.scales)})(?![^\W\d_]))?"
    signs = _either(words.money)
    foremost = _either(s for s in words.money if not s[-1].isalpha() or s.isupper())
    front = rf"(?<![\w.,-]){_SIGN}(?P<money>{foremost})\s?"
    yield re.compile(front + number + scale + r"(?!\d)"), lambda match: _money(match, words)
    behind = rf"\.?[ \u00a0\u202f]?(?P<money>{signs})(?![^\W\d_]|\d)"
    yield re.compile(rf"(?<![\w.,]){_SIGN}{number}{scale}{behind}"), lambda match: _money(match, words)
    scaled = rf"[ \u00a0](?P<scale>{_either(words.scales)})(?![^\W\d_])(?P<stop>\.)?"
    yield (
        re.compile(rf"(?<![\w.,]){_SIGN}{number}{scaled}"),
        lambda match: _scaled(match, words) + ending(match, words),
    )
    low, high = number.replace("P<", "P<low_"), number.replace("P<", "P<high_")
    span = rf"(?<![\w.,/:-])(?P<a>{low})\s?[–-]\s?(?P<b>{high})(?![\w/:-]|[.,]\d)"
    yield (
        re.compile(span + rf"(?P<rest>[ \u00a0]?(?:%|{_either(words.units)})(?![\w²³/]))?"),
        lambda match: _range(match, words),
    )
    yield (
        re.compile(rf"(?<![\w.,]){_SIGN}{number}[ \u00a0\u202f]?%"),
        lambda match: f"{_plain(match, words)} {_percent(match, words)}",
    )
    unit = rf"[ \u00a0\u202f]?(?P<unit>{_either(words.units)})(?![\w²³/°])"
    yield (
        re.compile(rf"(?<![\w.,]){_SIGN}{number}{unit}(?P<stop>\.)?"),
        lambda match: _stopped(_measure(match, words), match, words),
    )
    yield (
        re.compile(
            r"(?<![\w.,/])(?:(?P<whole>\d+)[ \u00a0]+)?(?P<top>\d{1,2})/(?P<bottom>\d{1,3})(?![\w/]|[.,]\d)"
        ),
        lambda match: _fraction(match, words),
    )
    yield (
        re.compile(rf"(?<![\w.,])(?P<whole>\d+)?(?P<single>[{''.join(_SINGLE)}])"),
        lambda match: _fraction(match, words),
    )
    yield (
        re.compile(rf"(?<![\w.,:])(?P<a>{low})\s?[x×]\s?(?P<b>{high})(?![\w:])"),
        lambda match: _pair(match, words, words.times),
    )
    yield (
        re.compile(r"(?<![\w.,:])(?P<a>\d{1,3}):(?P<b>\d{1,3})(?![\w:])"),
        lambda match: _ratio(match, words),
    )


def plain_numbers(words: Tongue) -> Iterator[Rule]:
    """Yield the rules of signs between numbers, and of bare numbers."""
    for sign, said in (("+", words.plus), ("=", words.equals), ("×", words.times), ("*", words.times)):
        yield re.compile(rf"(?<=[\d)]) ?{re.escape(sign)} ?(?=[\d(-])"), _always(f" {said} ")
    yield re.compile(r"(?<=[\d)]) [-−–] (?=[\d(])"), _always(f" {words.minus} ")
    for pattern, said in _SMALL_SIGNS.get(words.code, ()):
        yield re.compile(pattern), _always(said)
    yield (
        re.compile(r"(?<![\w.])(?!\d{1,3}(?:\.\d{3})+(?![.\d]))\d{1,15}(?:\.\d{1,15}){2,8}(?![\w.])"),
        lambda match: f" {words.dot if words.code != 'en' else words.point} ".join(
            cardinal(int(n), words.code) for n in match.group().split(".")
        ),
    )
    yield re.compile(rf"(?<![\w.,]){_SIGN}{_number(words)}(?![\d])"), lambda match: _bare(match, words)
    other = "." if words.decimal == "," else ","
    if other == ".":
        yield (
            re.compile(rf"(?<![\w.,]){_SIGN}(?P<whole>\d+)\.(?P<part>\d{{1,2}}|\d{{4,}})(?![\w.])"),
            lambda match: _pointed(match, words),
        )
    # K2, B52: letters and digits grown together.
    yield (
        re.compile(r"(?<=[^\W\d_])\d{1,15}(?![\w])"),
        lambda match: (
            f" {cardinal(int(match.group()), words.code)}"
            if match.group()[0] != "0"
            else f" {digits(match.group(), words.code)}"
        ),
    )


def _always(said: str) -> Callable[[re.Match[str]], str | None]:
    return lambda match: said


def _either(written: object) -> str:
    assert hasattr(written, "__iter__")  # noqa: S101  a table or a generator of written forms
    return "|".join(re.escape(form) for form in sorted(written, key=len, reverse=True))


def _whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _plain(match: re.Match[str], words: Tongue, noun: Counted | None = None) -> str:
    """Return a number that was read into `sign`, `whole` and `part`."""
    found = match.groupdict()
    whole, part, sign = _whole(found["whole"]), found.get("part"), found.get("sign")
    said = (
        decimal(whole, part, words)
        if part
        else quantity(whole, noun.gender if noun else "m", words)
        if noun
        else cardinal(whole, words.code)
    )
    lead = {"-": words.minus, "−": words.minus, "+": words.plus, "±": f"{words.plus} {words.minus}"}.get(
        sign or ""
    )
    return f"{lead} {said}" if lead else said


def _percent(match: re.Match[str], words: Tongue) -> str:
    forms = words.percent.split("|")
    if len(forms) == 1:
        return forms[0]
    return forms[1] if match.groupdict().get("part") else forms[plural(_whole(match["whole"]), words)]


def _money(match: re.Match[str], words: Tongue) -> str:
    found = match.groupdict()
    unit, cent = words.money[found["money"]]
    whole, part = _whole(found["whole"]), found.get("part") or ""
    lead = f"{words.minus} " if found.get("sign") in ("-", "−") else ""
    if found.get("scale"):
        said = _scaled(match, words)
        scale = said.rsplit(" ", 1)[1]
        of = {"fr": " de", "es": " de", "it": " di", "pt": " de"}.get(words.code, "")
        of = of if scale[-3:] not in ("mil",) and scale not in ("mila", "mille") else ""
        return f"{said}{of} {unit.forms[-1]}"
    if len(part) > 2:
        return f"{lead}{decimal(whole, part, words)} {unit.forms[-1]}"
    hundredths = int(part.ljust(2, "0")) if part else 0
    if not hundredths:
        return lead + count(whole, unit, words)
    if not whole:
        return lead + count(hundredths, cent, words)
    if words.code == "en" and hundredths < 10:
        return f"{lead}{count(whole, unit, words)} and {count(hundredths, cent, words)}"
    behind = (
        count(hundredths, cent, words) if words.code in ("ru", "pl") else cardinal(hundredths, words.code)
    )
    return (
        f"{lead}{count(whole, unit, words)} {words.cents_joined + ' ' if words.cents_joined else ''}{behind}"
    )


def _measure(match: re.Match[str], words: Tongue) -> str | None:
    noun = words.units[match["unit"]]
    if match["unit"] == "г" and match["stop"]:
        return None  # a year: 753 г.
    if words.code == "en" and not match["stop"] and _before_noun(match):
        return f"{_plain(match, words)} {noun.forms[0]}"
    if match.groupdict().get("part"):
        fractional = 1 if words.code in ("ru", "pl") else -1
        return f"{_plain(match, words)} {noun.forms[min(fractional, len(noun.forms) - 1)]}"
    return f"{_plain(match, words, noun)} {noun.forms[min(plural(_whole(match['whole']), words), len(noun.forms) - 1)]}"


def _before_noun(match: re.Match[str]) -> bool:
    """Whether an English measure says what kind of thing it is: a 90° angle."""
    text = match.string
    article = re.search(r"\b(?:[Aa]n?|[Tt]he) $", text[: match.start()])
    return article is not None and re.match(r"[ -][a-z]", text[match.end() :]) is not None


def _scaled(match: re.Match[str], words: Tongue) -> str:
    """Return a number with its million: 1,5 Mio."""
    found = match.groupdict()
    whole, part = _whole(found["whole"]), found.get("part") or ""
    lead = f"{words.minus} " if found.get("sign") in ("-", "−") else ""
    forms = words.scales[found["scale"]].split("|")
    if words.code in ("ru", "pl"):
        chosen = forms[-1] if part else forms[min(plural(whole, words), 2)]
    else:
        chosen = forms[0] if whole == 1 and not part else forms[-1]
    feminine = (words.code == "de" and chosen != "Tausend") or chosen.startswith("тысяч")
    number = decimal(whole, part, words) if part else quantity(whole, "f" if feminine else "m", words)
    return f"{lead}{number} {chosen}"


def _stopped(said: str | None, match: re.Match[str], words: Tongue) -> str | None:
    return None if said is None else said + ending(match, words)


def ending(match: re.Match[str], words: Tongue) -> str:
    """Return the full stop that a match has taken with it, where it also ends a sentence."""
    from language.sentences import judge

    if not match.group().endswith("."):
        return ""
    return "." if match.end() in judge(match.string, words.code).ends else ""


def _range(match: re.Match[str], words: Tongue) -> str | None:
    a, b = match["a"], match["b"]
    low, high = _whole(a), _whole(b)
    if low >= high and " " in match.group().replace(a, "", 1).split(b)[0]:
        return None  # 5 - 3
    years = all(re.fullmatch(r"1[1-9]\d\d|20\d\d", n) for n in (a, b))
    say = year if years else cardinal
    first = (
        decimal(_whole(match["low_whole"]), match["low_part"], words)
        if match["low_part"]
        else say(low, words.code)
    )
    last = (
        decimal(_whole(match["high_whole"]), match["high_part"], words)
        if match["high_part"]
        else say(high, words.code)
    )
    rest = (match["rest"] or "").strip()
    noun = ""
    if rest == "%":
        noun = f" {words.percent.split('|')[-1]}"
    elif rest:
        forms = words.units[rest].forms
        noun = f" {forms[min(plural(high, words), len(forms) - 1)]}"
        noun = f" {forms[0]}" if words.code == "en" and _before_noun(match) else noun
    if words.code == "ru" and not match["low_part"] and not match["high_part"]:
        return f"от {russian(low, 'cardinal', case='g')} до {russian(high, 'cardinal', case='g')}{noun}"
    # Polish would need cases that the numerals do not have here: a pause tells as much.
    return f"{first}{', ' if words.code == 'pl' else f' {words.to} '}{last}{noun}"


def _pair(match: re.Match[str], words: Tongue, between: str) -> str:
    first, last = _whole(match["low_whole"]), _whole(match["high_whole"])
    by = "by" if words.code == "en" else between
    return f"{cardinal(first, words.code)} {by} {cardinal(last, words.code)}"


def _ratio(match: re.Match[str], words: Tongue) -> str:
    between = {"de": "zu", "en": "to"}.get(words.code, words.to)
    return f"{cardinal(int(match['a']), words.code)} {between} {cardinal(int(match['b']), words.code)}"


def _fraction(match: re.Match[str], words: Tongue) -> str | None:
    found = match.groupdict()
    written = _SINGLE.get(found.get("single") or "") or f"{found.get('top')}/{found.get('bottom')}"
    top, bottom = (int(n) for n in written.split("/"))
    said = words.fractions.get(written)
    if said is None:
        if words.code == "en" and top and top < bottom <= 100 and bottom > 2:
            said = f"{cardinal(top, 'en')} {ordinal(bottom, 'en')}{'s' if top > 1 else ''}"
        elif words.code == "de" and top and top < bottom <= 100 and bottom > 2:
            said = f"{quantity(top, 'n', words)} {ordinal(bottom, 'de').capitalize()}l"
        elif found.get("whole"):
            return None
        else:
            between = "" if words.code == "en" else f" {words.slash}"
            return f"{cardinal(top, words.code)}{between} {cardinal(bottom, words.code)}"
    if found.get("whole"):
        if words.code == "en":
            said = {"1/2": "a half", "1/4": "a quarter", "1/3": "a third"}.get(written, said)
        whole = cardinal(int(found["whole"]), words.code)
        if words.code == "de" and written == "1/2":
            return "eineinhalb" if found["whole"] == "1" else f"{whole}einhalb"
        return f"{whole} {words.and_} {said}"
    return said


def _bare(match: re.Match[str], words: Tongue) -> str | None:
    """Return a bare number; what has grown onto it (4K, 12B) is a word of its own."""
    said = _naked(match, words)
    after = match.string[match.end() : match.end() + 2]
    if words.code == "en" and re.match(r"x\b", after):
        return said  # said by the rule for 5x
    return said + " " if said and after[:1].isalpha() else said


def _naked(match: re.Match[str], words: Tongue) -> str | None:
    whole = match["whole"]
    if not match["part"] and (
        (whole[0] == "0" and len(whole) > 1) or len(re.sub(r"\D", "", whole)) > _LONGEST_WORDED
    ):
        return digits(whole, words.code)
    if len(re.sub(r"\D", "", whole)) > 15:
        return digits(match.group(), words.code)
    following = re.match(r"[ \u00a0]([^\W\d_]{2,})", match.string[match.end() :])
    if following and not match["part"] and words.code in ("es", "it", "pt", "fr", "de") and whole[-1] in "12":
        noun = following.group(1)
        before = re.search(r"(\S+)\s$", match.string[: match.start()])
        labelled = (
            words.code == "de"
            and before is not None
            and (before.group(1)[-1] == "." or before.group(1)[0].isupper())
        )
        if not labelled and noun[0].islower() is (words.code != "de") and noun.casefold() not in _JOINING:
            gender = "f" if words.code in ("es", "it", "pt") and noun.endswith(("a", "as")) else "m"
            return _plain(match, words, Counted((noun,), gender))
    return _plain(match, words)


def _pointed(match: re.Match[str], words: Tongue) -> str:
    said = f"{cardinal(_whole(match['whole']), words.code)} {words.dot} {digits(match['part'], words.code)}"
    return f"{words.minus} {said}" if match["sign"] in ("-", "−") else said
