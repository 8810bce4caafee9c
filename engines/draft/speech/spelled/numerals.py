"""How a number is said: cardinals, ordinals, years, decimals, digits, in words of `num2words`."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from engines.draft.speech.spelled.tongue import Counted, Tongue

LARGEST = 10**15
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
ROMAN = r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_ONE = {
    "de": {"m": "ein", "f": "eine", "n": "ein"},
    "fr": {"m": "un", "f": "une"},
    "es": {"m": "un", "f": "una"},
    "it": {"m": "un", "f": "una"},
    "pt": {"m": "um", "f": "uma"},
    "nl": {"m": "één", "f": "één"},
    "pl": {"m": "jeden", "f": "jedna", "n": "jedno"},
}


@lru_cache(maxsize=4096)
def _said(number: int | str, code: str, to: str, **how: str) -> str:
    from num2words import num2words

    name = "pt_BR" if code == "pt" else code
    value = Decimal(number) if isinstance(number, str) else number
    return str(num2words(value, lang=name, to=to, **how)).replace(",", "").replace("  ", " ")


def cardinal(number: int, code: str) -> str:
    """Return a whole number in words; one that is too large for words, digit by digit."""
    if abs(number) >= LARGEST:
        return digits(str(number), code)
    return _said(number, code, "cardinal")


def ordinal(number: int, code: str) -> str:
    """Return the ordinal of a whole number in its base form (masculine nominative)."""
    return _said(number, code, "ordinal")


def russian(number: int, to: str, gender: str = "m", case: str = "n") -> str:
    """Return a Russian numeral in a gender (m f n) and case (n g d p)."""
    return _said(number, "ru", to, gender=gender, case=case)


def year(number: int, code: str) -> str:
    """Return a number as a year is said."""
    if code in ("en", "de"):
        return _said(number, code, "year")
    if code == "nl" and 1100 <= number < 2000:
        rest = number % 100
        return f"{cardinal(number // 100, code)}honderd{cardinal(rest, code) if rest else ''}"
    return cardinal(number, code)


def digits(text: str, code: str) -> str:
    """Return the digits of a text one by one."""
    return " ".join(cardinal(int(char), code) for char in text if char.isdecimal())


def plural(number: int, tongue: Tongue) -> int:
    """Return which of a noun's forms follows a number."""
    if tongue.code in ("ru", "pl"):
        few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
        one = number == 1 if tongue.code == "pl" else number % 10 == 1 and number % 100 != 11
        return 0 if one else 1 if few else 2
    return 0 if number == 1 or (tongue.code == "fr" and number == 0) else 1


def count(number: int, noun: Counted, tongue: Tongue) -> str:
    """Return a number and what it counts, agreeing with each other."""
    form = noun.forms[min(plural(number, tongue), len(noun.forms) - 1)]
    return f"{quantity(number, noun.gender, tongue)} {form}"


def quantity(number: int, gender: str, tongue: Tongue) -> str:
    """Return a number as it stands before a noun of that gender."""
    code = tongue.code
    if code == "ru":
        return russian(number, "cardinal", gender) if number < LARGEST else cardinal(number, code)
    if number == 1 and code in _ONE:
        return _ONE[code].get(gender, _ONE[code]["m"])
    said = cardinal(number, code)
    if code == "es" and said.endswith("uno"):
        said = said.removesuffix("uno") + ("una" if gender == "f" else "un")
        said = said.replace("veintiun", "veintiún") if gender != "f" else said
    elif code == "fr" and said.endswith("et un") and gender == "f":
        said += "e"
    elif code == "pt" and gender == "f":
        said = re.sub(r"\bdois$", "duas", re.sub(r"\bum$", "uma", said))
    elif code == "pl" and gender == "f":
        said = re.sub(r"\bdwa$", "dwie", said)
    return said


def decimal(whole: int, part: str, tongue: Tongue) -> str:
    """Return a decimal number: `part` are the digits behind its mark."""
    code = tongue.code
    if code == "ru" and len(part) <= 3 and whole < LARGEST and part.strip("0"):
        return _said(f"{whole}.{part.rstrip('0')}", "ru", "cardinal")
    together = code not in ("en", "de", "nl") and len(part) <= 2 and not part.startswith("0")
    behind = cardinal(int(part), code) if together else digits(part, code)
    return f"{cardinal(whole, code)} {tongue.point} {behind}"


def roman(text: str) -> int:
    """Return the value of a Roman numeral, or 0 for what is none."""
    if not text or not re.fullmatch(ROMAN, text):
        return 0
    values = [_ROMAN_VALUES[char] for char in text]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
