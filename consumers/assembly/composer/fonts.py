"""Which of our fonts shows which character."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

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


class Fonts:
    """The fallback chain of the fonts that come with the composer."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._paths = tuple(folder / name for name in _CHAIN)
        self._known: dict[int, int] = {}

    def load(self) -> None:
        """Read which characters every font has.

        Raises: OSError when a font file is missing.
        """
        known: dict[int, int] = {}
        for number, path in enumerate(self._paths):
            for code in _characters(path.read_bytes()):
                known.setdefault(code, number)
        self._known = known

    def missing(self, text: str) -> tuple[str, ...]:
        """Return the characters that no font can show, each once, in the order of the text."""
        return tuple(
            dict.fromkeys(char for char in text if not _invisible(char) and ord(char) not in self._known)
        )

    def number_for(self, char: str, current: int) -> int:
        """Return the number of the font for a character that follows text in the font `current`."""
        if char.isspace() and current >= len(self._paths) - 4:
            return 0  # the spaces of the ideographic and pictographic fonts are as wide as their pictures
        if _invisible(char) or unicodedata.category(char)[0] == "M":
            return current
        return self._known.get(ord(char), 0)

    def sized(self, number: int, size_px: int) -> FreeTypeFont:
        """Return a font of the chain at an em size."""
        return _sized(self._paths[number], size_px)


def _invisible(char: str) -> bool:
    # Spaces, joiners and variation selectors shape their neighbours and have no glyph of their own.
    return (
        char.isspace()
        or unicodedata.category(char) in ("Cc", "Cf")
        or 0xFE00 <= ord(char) <= 0xFE0F
        or 0xE0100 <= ord(char) <= 0xE01EF
    )


@lru_cache(maxsize=128)
def _sized(path: Path, size_px: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.RAQM)


def _characters(data: bytes) -> Iterator[int]:
    """Yield the code points of a TrueType font (OpenType specification, `cmap` formats 4 and 12)."""
    tables = struct.unpack_from(">H", data, 4)[0]
    for entry in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * entry)
        if tag == b"cmap":
            count = struct.unpack_from(">H", data, offset + 2)[0]
            for record in range(count):
                place = struct.unpack_from(">I", data, offset + 4 + 8 * record + 4)[0]
                yield from _subtable(data, offset + place)


def _subtable(data: bytes, at: int) -> Iterator[int]:
    kind = struct.unpack_from(">H", data, at)[0]
    if kind == 12:
        groups = struct.unpack_from(">I", data, at + 12)[0]
        for group in range(groups):
            first, last, _ = struct.unpack_from(">III", data, at + 16 + 12 * group)
            yield from range(first, last + 1)
    elif kind == 4:
        segments = struct.unpack_from(">H", data, at + 6)[0] // 2
        ends = struct.unpack_from(f">{segments}H", data, at + 14)
        starts = struct.unpack_from(f">{segments}H", data, at + 16 + 2 * segments)
        deltas = struct.unpack_from(f">{segments}H", data, at + 16 + 4 * segments)
        ranges_at = at + 16 + 6 * segments
        ranges = struct.unpack_from(f">{segments}H", data, ranges_at)
        for number, (start, end, delta, jump) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
            for code in range(start, min(end, 0xFFFE) + 1):
                if jump:
                    place = ranges_at + 2 * number + jump + 2 * (code - start)
                    glyph = struct.unpack_from(">H", data, place)[0]
                else:
                    glyph = (code + delta) & 0xFFFF
                if glyph:
                    yield code
