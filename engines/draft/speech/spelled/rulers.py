"""How Roman numerals are said: those of rulers and centuries as ordinals, those of parts as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engines.draft.speech.spelled.calendar import polish_genitive
from engines.draft.speech.spelled.numerals import ROMAN, cardinal, ordinal, roman, russian
from engines.draft.speech.spelled.ordinals import german_ordinal
from engines.draft.speech.spelled.tongue import Rule, Tongue

_NUMERAL = rf"(?P<roman>(?=[IVXLCDM]){ROMAN})"
_QUEENS = frozenset(["Elisabeth", "Elizabeth", "Katharine", "Margarethe", "Christine", "Beatrix", "Isabel"])
_NO_NAMES = frozenset(["der", "die", "das", "the", "les", "los", "une", "una", "uma", "het", "een"])


def rules(words: Tongue) -> Iterator[Rule]:
    """Yield the rules of Roman numerals."""
    code = words.code
    yield (
        re.compile(rf"\b(?P<before>{words.parts})(?P<gap>[ \u00a0]){_NUMERAL}(?![\w'’-])"),
        lambda match: _part(match, words),
    )
    if code == "fr":
        yield (
            re.compile(rf"(?<!\w){_NUMERAL}(?:e|è|ème)\b"),
            lambda match: ordinal(roman(match["roman"]), code),
        )
        yield (
            re.compile(r"(?<!\w)I(?:er|re|ère)\b"),
            lambda match: "premier" if match.group() == "Ier" else "première",
        )
    if code in ("es", "pt"):
        yield (
            re.compile(rf"(?P<before>\b[Ss](?:iglos?|éculos?|\.))(?P<gap>\s+){_NUMERAL}\b"),
            lambda match: _century(match, words),
        )
    if code == "it":
        yield (
            re.compile(rf"(?<!\w){_NUMERAL}(?=\s+secolo)"),
            lambda match: ordinal(roman(match["roman"]), code),
        )
    if code == "nl":
        yield re.compile(rf"(?<!\w){_NUMERAL}e\b"), lambda match: ordinal(roman(match["roman"]), code)
    if code == "pl":
        yield re.compile(rf"(?<!\w){_NUMERAL}\s+(?P<noun>wieku|wiek|w\.)(?=\W|$)"), _polish_century
        yield (
            re.compile(r"(?<!\w)(II|I) (?=[Ww]ojn)"),
            lambda match: {"II": "druga ", "I": "pierwsza "}[match.group(1)],
        )
    if code == "ru":
        yield re.compile(rf"(?<!\w){_NUMERAL}\s+(?P<noun>веке|века|век|в\.)(?=\W|$)"), _russian_century
    if code == "de":
        yield re.compile(rf"(?<![\w.]){_NUMERAL}\.(?=\s+\w)"), _german
    names = words.rulers
    yield (
        re.compile(rf"\b(?P<before>{names})(?P<gap>[ \u00a0]){_NUMERAL}(?![\w'’-])"),
        lambda match: _ruler(match, words),
    )
    if code == "en":
        two = r"(?P<roman>(?=[IVX]{2})(?:X{0,3})(?:IX|IV|V?I{0,3}))"
        yield (
            re.compile(rf"(?P<before>\b[A-Z][\w'’]+)(?P<gap>[ \u00a0]){two}(?![\w'’-])"),
            lambda match: _part(match, words),
        )


def _part(match: re.Match[str], words: Tongue) -> str | None:
    number = roman(match["roman"])
    if not number or (
        match["roman"] == "I"
        and words.code == "en"
        and re.match(r"\s+[a-z]", match.string[match.end() :])
        and match["before"][0].islower()
    ):
        return None
    return f"{match['before']}{match['gap']}{cardinal(number, words.code)}"


def _century(match: re.Match[str], words: Tongue) -> str | None:
    number = roman(match["roman"])
    before = (
        {"s.": "siglo", "S.": "siglo"}.get(match["before"], match["before"])
        if words.code == "es"
        else match["before"]
    )
    said = (
        ordinal(number, words.code) if words.code == "pt" and number <= 10 else cardinal(number, words.code)
    )
    return f"{before}{match['gap']}{said}" if number else None


def _ruler(match: re.Match[str], words: Tongue) -> str | None:
    written, before, code = match["roman"], match["before"], words.code
    number = roman(written)
    if not number or number > 40 or not before[0].isupper() or before.casefold() in _NO_NAMES:
        return None
    if len(written) == 1 and not _is_alone(match, code):
        return None
    lead = f"{before}{match['gap']}"
    if code == "en":
        return f"{lead}the {ordinal(number, code)}"
    if code == "de":
        return f"{lead}der {ordinal(number, code).capitalize()}"
    if code == "nl":
        return f"{lead}de {ordinal(number, code)}"
    if code == "fr":
        return f"{lead}{'premier' if number == 1 else cardinal(number, code)}"
    if code in ("es", "pt"):
        said = ordinal(number, code) if number <= 10 else cardinal(number, code)
    elif code == "ru":
        said = russian(number, "ordinal", "f" if before[-1] in "ая" else "m")
    else:
        said = ordinal(number, code)
    if (
        (before.endswith("a") or before in _QUEENS)
        and code in ("es", "pt", "it", "pl")
        and before not in ("Nicola", "Andrea", "Luca")
    ):
        said = re.sub(r"o\b", "a", said) if code != "pl" else re.sub(r"[y]\b", "a", said)
    return lead + said


def _is_alone(match: re.Match[str], code: str) -> bool:
    """Whether one letter is a number and no initial, word or unit: Charles V, and not Malcolm X or Anna C."""
    if match["roman"] not in "IVX":
        return False
    after = match.string[match.end() :]
    if code == "en" and match["roman"] == "I":
        return (
            re.match(r"\s*(?:[,;:!?)]|$|\.(?!\w)|\s(?:was|of|and|is|reigned|ruled|died|had)\b)", after)
            is not None
        )
    if code == "en":
        return match["before"] != "Malcolm"
    return not after.startswith(".") or re.match(r"\.\s*$", after) is not None


def _german(match: re.Match[str]) -> str | None:
    number = roman(match["roman"])
    if not number:
        return None
    before = match.string[: match.start()]
    name = re.search(r"([A-ZÄÖÜ][\wäöüß]{2,}) $", before)
    if (
        name
        and name.group(1).casefold() not in _NO_NAMES
        and not re.search(r"\b(?:Im|Am|Der|Die|Das|Vom|Zum) $", before)
    ):
        from language.sentences import judge

        tail = "." if match.end() in judge(match.string, "de").ends else ""
        queen = name.group(1).endswith("a") or name.group(1) in _QUEENS
        return f"{'die' if queen else 'der'} {ordinal(number, 'de').capitalize()}{tail}"
    return german_ordinal(match, number)


def _polish_century(match: re.Match[str]) -> str | None:
    number = roman(match["roman"])
    if not number:
        return None
    inside = re.search(r"\b[Ww]e?\s*$", match.string[: match.start()]) is not None
    if match["noun"] == "wiek":
        return f"{ordinal(number, 'pl')} wiek"
    return f"{polish_genitive(ordinal(number, 'pl'), 'ym' if inside else 'ego')} wieku"


def _russian_century(match: re.Match[str]) -> str | None:
    number = roman(match["roman"])
    if not number:
        return None
    inside = re.search(r"\b[Вв]о?\s*$", match.string[: match.start()]) is not None
    noun = match["noun"] if match["noun"] != "в." else "веке" if inside else "века"
    case = {"веке": "p", "века": "g", "век": "n"}[noun]
    return f"{russian(number, 'ordinal', 'm', case)} {noun}"
