"""Which of our fonts shows which character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from captions.pieces import clusters

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont
from engines.composition.charmap import characters_of

_FOLDER = Path(__file__).parent / "fonts"
_CHAIN = (
    "NotoSans-Bold.ttf",
    *(
        f"NotoSans{script}-Bold.ttf"
        for script in (
            "Arabic", "Hebrew", "Devanagari", "Thai", "Bengali", "Tamil", "Telugu", "Gujarati", "Gurmukhi",
            "Kannada", "Malayalam", "Sinhala", "Myanmar", "Khmer", "Lao", "Ethiopic", "Armenian", "Georgian",
        )
    ),
    "DroidSansFallback.ttf",
    "NotoEmoji-Bold.ttf",
    "NotoSansSymbols-Bold.ttf",
    "NotoSansSymbols2-Regular.ttf",
)  # fmt: skip
"""Asked in this order, so a letter looks the same wherever it stands."""
_EMOJI = _CHAIN.index("NotoEmoji-Bold.ttf")
_TEXT_STYLE, _EMOJI_STYLE, _KEYCAP = "\ufe0e", "\ufe0f", "\u20e3"
_PROBE_PX = 40


@dataclass(frozen=True, slots=True)
class Chosen:
    """The font that draws text[first:last], what it lacks of it, and the sign of which it shows a part only."""

    first: int
    last: int
    font: int
    lacking: str = ""
    apart: str = ""


class Fonts:
    """The fallback chain of the fonts that come with the composer.

    `shapes` says whether letters can be joined and placed as their script wants: Pillow does it where the system has
    FriBidi, which no wheel brings.
    """

    def __init__(self, *, shapes: bool | None = None) -> None:
        self._paths = tuple(_FOLDER / name for name in _CHAIN)
        self._shapes = shapes
        self._have: tuple[frozenset[int], ...] = ()
        self._known: dict[int, int] = {}

    def load(self) -> None:
        """Read which characters every font has, and how letters are set here.

        Raises: OSError when a font file is missing.
        """
        self._have = tuple(frozenset(characters_of(path.read_bytes())) for path in self._paths)
        known: dict[int, int] = {}
        for number, codes in enumerate(self._have):
            for code in codes:
                known.setdefault(code, number)
        self._known = known
        if self._shapes is None:
            from PIL import features

            self._shapes = bool(features.check("raqm"))

    @property
    def shapes(self) -> bool:
        """Whether Pillow has what it needs to shape text."""
        return self._shapes is not False

    def missing(self, text: str) -> tuple[str, ...]:
        """Return what would be an empty box, each once, in the order of the text: a character that no font has,
        or one with the marks that no font has beside it."""
        return tuple(
            dict.fromkeys(
                part.lacking if part.lacking[0] == text[part.first] else text[part.first] + part.lacking
                for part in self.choose(text)
                if part.lacking
            )
        )

    def apart(self, text: str) -> tuple[str, ...]:
        """Return the signs made of several characters that are shown as their parts, each once."""
        return tuple(dict.fromkeys(part.apart for part in self.choose(text) if part.apart))

    def choose(self, text: str) -> Iterator[Chosen]:
        """Yield the font of each sign that a reader sees as one character, in the order of the text.

        All of a sign comes from one font, the first that has all its characters. Where none has, its base decides.
        """
        current = 0
        for first, last in clusters(text, 0, len(text)):
            for part in self._chosen(text, first, last, current):
                yield part
                current = part.font

    def sized(self, number: int, size_px: int) -> FreeTypeFont:
        """Return a font of the chain at an em size."""
        return _sized(self._paths[number], size_px, self.shapes)

    def _chosen(self, text: str, first: int, last: int, current: int) -> Iterator[Chosen]:
        sign = text[first:last]
        if last - first == 1:
            yield self._single(sign, first, current)
            return
        font = self._having(sign)
        if font is not None:
            lacking = "".join(char for char in sign if _selects(char))
            yield Chosen(first, last, font, lacking, sign if self._falls_apart(sign, font) else "")
            return
        joint = sign.find(_JOINER)
        if 0 <= joint < len(sign) - 1:
            # No font has both sides of a joiner, so each side is shown by itself.
            yield replace(
                next(self._chosen(text, first, first + joint, current)), last=first + joint + 1, apart=sign
            )
            yield from self._chosen(text, first + joint + 1, last, current)
            return
        font = self._single(sign[0], first, current).font
        have = self._have[font] if self._have else frozenset()
        yield Chosen(
            first,
            last,
            font,
            "".join(char for char in sign if not _invisible(char) and ord(char) not in have),
        )

    def _single(self, char: str, at: int, current: int) -> Chosen:
        if char.isspace() and current >= len(self._paths) - 4:
            # The spaces of the ideographic and pictographic fonts are as wide as their pictures.
            return Chosen(at, at + 1, 0)
        if _invisible(char):
            return Chosen(at, at + 1, current)
        font = self._known.get(ord(char))
        return Chosen(at, at + 1, 0, char) if font is None else Chosen(at, at + 1, font)

    def _having(self, sign: str) -> int | None:
        """The number of the first font that has all of a sign, as it is or composed (Unicode's NFC)."""
        spelled = [
            {ord(char) for char in form if not _invisible(char)}
            for form in dict.fromkeys((sign, unicodedata.normalize("NFC", sign)))
        ]
        order: Iterable[int] = range(len(self._have))
        if _TEXT_STYLE not in sign and (_EMOJI_STYLE in sign or _KEYCAP in sign or _JOINER in sign):
            order = (_EMOJI, *order)
        return next((n for n in order if any(codes <= self._have[n] for codes in spelled)), None)

    def _falls_apart(self, sign: str, font: int) -> bool:
        """Whether the font has the pieces of a joined sign and not the sign: a family, a flag."""
        tagged = any(0xE0020 <= ord(char) <= 0xE007F for char in sign)
        pieces = [char for char in sign if unicodedata.category(char) in ("So", "Sk")]
        if font != _EMOJI or (len(pieces) < 2 and not tagged):
            return False
        drawn = self.sized(font, _PROBE_PX)
        if drawn.getlength(sign) > 1.5 * drawn.getlength(sign[0]):
            return True
        return tagged and bytes(drawn.getmask(sign)) == bytes(drawn.getmask(sign[0]))


_JOINER = "\u200d"
_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Fillers and selectors that are letters or marks by category (Default_Ignorable_Code_Point)."""
_NUMBER_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"""Format characters that are drawn."""


def _invisible(char: str) -> bool:
    # Spaces, joiners and variation selectors shape their neighbours and have no glyph of their own.
    return (
        char.isspace()
        or (unicodedata.category(char) in ("Cc", "Cf") and char not in _NUMBER_SIGNS)
        or 0xFE00 <= ord(char) <= 0xFE0F
        or 0xE0100 <= ord(char) <= 0xE01EF
        or char in _HIDDEN
    )


def _selects(char: str) -> bool:
    """Whether a character asks for another shape of the one before it, which none of our fonts has."""
    return 0xFE00 <= ord(char) <= 0xFE0D or 0xE0100 <= ord(char) <= 0xE01EF


@lru_cache(maxsize=128)
def _sized(path: Path, size_px: int, shapes: bool) -> FreeTypeFont:
    from PIL import ImageFont

    layout = ImageFont.Layout.RAQM if shapes else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(path), size_px, layout_engine=layout)
