"""Which characters of a text are Markdown's marks, and what it says without them.

Blocks and inline marks are found by CommonMark (`markdown-it-py`). What only looks like a mark stays: arithmetic,
names with underscores, hashtags, addresses, ordinals at the start of a line.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_MAY_MARK = re.compile(r"[*_`~#>|\[\]\\=+]|(?m:^\s*(?:-|\d+[.)]))")
# What must not be taken for marks, each character replaced by one of private use while blocks are read.
_NO_MARKS = re.compile(
    r"\b[a-zA-Z]\w{1,15}://(?:[^\s)\]>*]|\*(?=\w))+|[\w.+-]{1,64}@[\w.-]{1,255}"  # addresses
    r"|(?<![\w*_])__\w+__(?=\.\w)"  # __init__.py
    r"|[*#]\ufe0f?\u20e3"  # keycaps
    r"|(?<=[\d)])[ ]?[*_~]+[ ]?(?=[\d(])"  # 2*3*4
    r"|\b[^\W\d_]\*[^\W\d_]\b(?:\*[^\W\d_]\b)*"  # a*b*c
    r"|(?<![^\W\d_]{2})(?<=\w)\*+(?=\w)|(?<=\w)\*+(?=\w(?!\w))"  # f**k, 5*x
    r"|^[ \t]*[+>](?=[ \t]*\d)"  # + 5 degrees, > 5 people
    r"|¯\\_.{0,8}?_/¯|\\(?=\w)",
    re.MULTILINE,
)
_COUNTED = re.compile(r"^[ \t]*(\d+)[.)][ \t]+\S", re.MULTILINE)
_HIDDEN = "\ue000"


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A text without its marks. `places[i]` is where its character `i` stands in the text with them."""

    text: str
    places: tuple[int, ...]

    def place_of(self, index: int) -> int:
        """Return where a character of this text stands in the written one; its end for the end of this one."""
        if index < len(self.places):
            return self.places[index]
        return self.places[-1] + 1 if self.places else 0

    def index_of(self, place: int) -> int:
        """Return the first character of this text that stands at `place` of the written one or behind it."""
        return bisect_right(self.places, place - 1)


@lru_cache(maxsize=32)
def unmarked(written: str) -> Unmarked:
    """Return what a text says without Markdown's marks; one without marks comes back as it is.

    Cells of a table are divided by commas, blocks stay in their lines, code stays without its fence.
    """
    if not _MAY_MARK.search(written):
        return as_written(written)
    source = _guarded(written)
    lines = _line_starts(source)
    kept: list[tuple[int, str]] = []
    for token in _tokens(source):
        if token.map is None:
            continue
        first, last = (lines[min(line, len(lines) - 1)] for line in token.map)
        begin = max(first, kept[-1][0] + 1 if kept else 0)
        if token.type == "inline" and token.children:
            shown = re.sub(r"^\[[ xX]\] ", "", _shown(token.children))  # the box of a task
            _align(source, begin, last, shown, kept)
        elif token.type == "fence":
            body = source.find("\n", first) + 1
            _align(source, max(begin, body), last, token.content.rstrip("\n"), kept)
    return _assembled(written, kept)


def as_written(written: str) -> Unmarked:
    """Return a text with whatever looks like a mark."""
    return Unmarked(written, tuple(range(len(written))))


def _assembled(written: str, kept: list[tuple[int, str]]) -> Unmarked:
    """Join what is kept: between blocks the written line breaks, between cells a comma."""
    visible = {place for place, _ in kept}
    if all(char.isspace() or place in visible for place, char in enumerate(written)):
        return as_written(written)
    text: list[str] = []
    places: list[int] = []
    before = -1
    for place, _ in kept:
        gap = written[before + 1 : place]
        if "\n" in gap and text:
            for at, char in enumerate(gap, before + 1):
                if char == "\n":
                    text.append(char)
                    places.append(at)
        elif "|" in gap and text and text[-1] not in ",\n":
            at = before + 1 + gap.index("|")
            text += [",", " "]
            places += [at, place - 1]
        text.append(written[place])
        places.append(place)
        before = place
    return Unmarked("".join(text), tuple(places))


def _guarded(written: str) -> str:
    """Hide what only looks like a mark, keeping every place; tabs, so that lines are not widened."""
    source = _NO_MARKS.sub(lambda match: _HIDDEN * len(match.group()), written.replace("\r", "\n"))
    source = source.replace("\t", " ").replace("\x00", _HIDDEN)
    # A list counts 1, 2, ...; "5. Nov" or a single "1. Mai" at the start of a line is no list.
    numbers = [int(match.group(1)[:9]) for match in _COUNTED.finditer(source)]
    if len(numbers) < 2 or numbers[0] > 1 or any(b != a + 1 for a, b in itertools.pairwise(numbers)):
        source = _COUNTED.sub(
            lambda match: re.sub(r"[\d.)]", _HIDDEN, match.group(), count=len(match.group(1)) + 1), source
        )
    return source


def _line_starts(source: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", source)), len(source)]


def _tokens(source: str) -> list[Token]:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    reader.enable(["table", "strikethrough"]).disable(["code", "entity", "html_block", "html_inline"])
    return reader.parse(source)


def _shown(tokens: list[Token]) -> str:
    """Return what a reader sees of inline tokens."""
    pieces = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif token.type == "image":
            pieces.append(_shown(token.children or []))
        else:
            pieces.append(token.content)
    return "".join(pieces)


def _align(source: str, begin: int, end: int, shown: str, kept: list[tuple[int, str]]) -> None:
    """Find each visible character in the source, in order: marks are what lies between."""
    at = begin
    for char in shown:
        found = source.find(char, at, end)
        if found < 0:
            continue
        # A link's address is jumped over: its letters may be those of the next words.
        if source.startswith("](", at) and (closing := source.find(")", at, end)) > 0:
            found = source.find(char, closing + 1, end)
            if found < 0:
                continue
        kept.append((found, char))
        at = found + 1
