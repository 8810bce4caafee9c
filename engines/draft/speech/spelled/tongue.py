"""What a language must say for its numbers, dates, amounts and abbreviations to be read aloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from engines.draft.tables import read_table

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]
"""What is looked for in a text, and what is said for a match; None leaves it as it is written."""
Forms = tuple[str, ...]
"""A noun as it is counted: one and many; in Slavic languages one, two to four, many."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What can be counted: its forms and its gender (m, f, n)."""

    forms: Forms
    gender: str = "m"


@dataclass(frozen=True, slots=True, eq=False)
class Tongue:
    """The words of one language. Keys of tables are written forms, without full stops at their end."""

    code: str
    decimal: str
    point: str
    minus: str
    plus: str
    times: str
    equals: str
    and_: str
    to: str
    percent: str
    at: str
    dot: str
    slash: str
    number: str
    hashtag: str
    months: Forms
    month_names: Mapping[str, int]
    units: Mapping[str, Counted]
    money: Mapping[str, tuple[Counted, Counted]]
    cents_joined: str
    """What stands between the units and the hundredths of an amount: "" or "e"."""
    scales: Mapping[str, str]
    fractions: Mapping[str, str]
    abbreviations: Mapping[str, str]
    before_number: Mapping[str, str]
    parts: str
    """Words after which a Roman numeral is a plain number: a regular expression."""
    rulers: str = r"[^\W\d_]{3,}"
    """Names after which it is an ordinal."""
    year_words: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


SPELLED = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru")


@lru_cache(maxsize=16)
def tongue(code: str) -> Tongue | None:
    """Return the words of a language code ("pt-BR" is "pt"), or None where the rules do not spell it."""
    base = code.split("-", maxsplit=1)[0]
    if base not in SPELLED:
        return None
    row = read_table(__file__, f"words_{base}")
    said, numbers = _months(*row.pop("months"))
    money = {sign: (_counted(units), _counted(cents)) for sign, (units, cents) in row.pop("money").items()}
    return Tongue(
        code=base,
        months=said,
        month_names=numbers,
        units={sign: _counted(forms) for signs, forms in _rows(row.pop("units")) for sign in signs.split()},
        money=money,
        scales=_table(row.pop("scales")),
        abbreviations=_table(row.pop("abbreviations")),
        before_number=_table(row.pop("before_number")),
        **row,
    )


def _rows(table: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before and behind the colon of each line."""
    for line in table.strip().splitlines():
        before, _, behind = line.strip().partition(": ")
        yield before, behind


def _counted(said: str) -> Counted:
    """Read `one, many`; `f` or `n` behind the forms is their gender."""
    forms = [form.strip() for form in said.split(",")]
    gender = forms.pop() if forms[-1] in ("f", "n") else "m"
    return Counted(tuple(forms), gender)


def _table(rows: str) -> dict[str, str]:
    """Read `written: said` a line; several written forms stand with `|` between them."""
    return {form: said for written, said in _rows(rows) for form in written.split("|")}


def _months(names: str, abbreviated: str) -> tuple[Forms, dict[str, int]]:
    """Return the months as they are said, and the number of each written name, in small letters.

    `abbreviated` has the short forms of each month in order, several with `|` between them.
    """
    said = tuple(names.split())
    numbers = {name.casefold(): index for index, name in enumerate(said, 1)}
    for index, forms in enumerate(abbreviated.split(), 1):
        numbers |= dict.fromkeys(forms.split("|"), index)
    return said, numbers
