"""How words become a picture: shaped, in the right order for their script, outlined and boxed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from captions.breaks import wrap
from engines.composition.bidi import levels
from engines.composition.fonts import Fonts

if TYPE_CHECKING:
    from PIL.Image import Image

_SAFE = 0.9
"""Text stays inside this part of the picture (SMPTE ST 2046-1 action safe is 93 %, title safe 90 %)."""
_CAPTION_SIZE = 0.05
_BOX_OPACITY = 0.6
_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_SMALLEST = 0.6
"""How far a caption is shrunk, at most, before it is broken again."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A lettered rectangle: luma and alpha, both uint8 (height, width), and its even place on the canvas."""

    luma: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    x_px: int
    y_px: int


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    font: int
    level: int


class Lettering:
    """Draws captions and titles for one canvas."""

    def __init__(self, fonts: Fonts, width_px: int, height_px: int) -> None:
        self._fonts, self._width, self._height = fonts, width_px, height_px
        self._safe_px = int(width_px * _SAFE)

    @property
    def caption_size_px(self) -> int:
        """The em size of captions: 5 % of the height, or of the width on upright and square pictures."""
        return max(8, round(_CAPTION_SIZE * min(self._height, self._width * 1.1)))

    @property
    def line_columns(self) -> int:
        """How many columns of a caption line are sure to fit at the smallest size we shrink to."""
        return max(8, min(42, int(self._safe_px / (self.caption_size_px * _SMALLEST * 0.62)) - 1))

    def caption(self, text: str) -> Bitmap:
        """Draw one or two lines at the bottom of the safe area."""
        lines, size = self._fitted(text, self.caption_size_px)
        return self._boxed(self._lines(lines), size, place="bottom", box=True)

    def caption_height_px(self, text: str) -> int:
        """Return how high `caption` will be."""
        lines, size = self._fitted(text, self.caption_size_px)
        return self._box_height(len(lines), size)

    @property
    def room_px(self) -> int:
        """The height of the safe area."""
        return int(self._height * _SAFE) // 2 * 2

    def title(self, text: str) -> Bitmap:
        """Draw words in the middle of the picture, outlined, as large as they fit."""
        size = max(8, round(0.1 * min(self._height, self._width)))
        rows = [[row] for row in text.split("\n") if row.strip()] or [[text]]
        while size > 8 and not self._title_fits(rows := self._flow(text, size), size):
            size = int(size * 0.9)
        lines = [line for paragraph in rows for line in self._lines(paragraph)]
        return self._boxed(lines, size, place="middle", box=False)

    def _fitted(self, text: str, size: int) -> tuple[list[str], int]:
        """Return the lines and the size at which they fit, broken again where that lets them stay larger."""
        lines = text.split("\n")[:2]
        room = self._safe_px - size
        widest = max(self._width_of(line, size) for line in lines)
        if len(lines) == 1 and widest > room:
            again = wrap(text, 42)
            for columns in range(12, 43):
                shorter = wrap(text, columns)
                if shorter is not None:
                    again = shorter
                    break
            lines = (again or text).split("\n")
            widest = max(self._width_of(line, size) for line in lines)
        while widest > self._safe_px - size and size > 6:
            size = min(size - 1, int(size * room / widest))
            size = max(size, 6)
            widest = max(self._width_of(line, size) for line in lines)
        return lines, size

    def _flow(self, text: str, size: int) -> list[list[str]]:
        """Return the rows of each paragraph."""
        found: list[list[str]] = []
        for paragraph in text.split("\n"):
            rows, row = [], ""
            for word in paragraph.split():
                grown = f"{row} {word}".strip()
                if row and self._width_of(grown, size) > self._safe_px:
                    rows.append(row)
                    grown = word
                row = grown
            found.append([*rows, row])
        return found

    def _title_fits(self, paragraphs: list[list[str]], size: int) -> bool:
        rows = [row for paragraph in paragraphs for row in paragraph]
        tall = len(rows) * size * 1.35
        return (
            tall <= self._height * _SAFE and max(self._width_of(row, size) for row in rows) <= self._safe_px
        )

    def _width_of(self, line: str, size: int) -> int:
        return self._across(self._runs(line), size)

    def _across(self, runs: list[_Run], size: int) -> int:
        return sum(self._advance(run, size) for run in runs)

    def _advance(self, run: _Run, size: int) -> int:
        words, way = self._set(run)
        return round(self._fonts.sized(run.font, size).getlength(words, direction=way))

    def _box_height(self, lines: int, size: int) -> int:
        pad = round(size * 0.35)
        return min(_even_up(round(size * 1.32) * lines + 2 * (pad // 2)), self.room_px)

    def _boxed(
        self, lines: list[list[_Run]], size: int, *, place: Literal["bottom", "middle"], box: bool
    ) -> Bitmap:
        from PIL import Image, ImageDraw

        pad = round(size * 0.35)
        step = round(size * 1.32)
        widths = [self._across(line, size) for line in lines]
        width = min(_even_up(max(widths) + 2 * pad), self._safe_px // 2 * 2)
        height = self._box_height(len(lines), size)
        ink, shade = Image.new("L", (width, height)), Image.new("L", (width, height))
        if box:
            ImageDraw.Draw(shade).rounded_rectangle(
                (0, 0, width - 1, height - 1), radius=max(2, size // 5), fill=round(255 * _BOX_OPACITY)
            )
        for number, line in enumerate(lines):
            baseline = pad // 2 + step * number + round(size * 1.02)
            self._write((ink, shade), line, size, ((width - widths[number]) // 2, baseline))
        x = (self._width - width) // 4 * 2
        bottom = int(self._height * (1 + _SAFE) / 2)
        y = (bottom - height) // 2 * 2 if place == "bottom" else (self._height - height) // 4 * 2
        glyphs, shadow = np.asarray(ink, np.uint16), np.asarray(shade, np.uint16)
        alpha = np.maximum(glyphs, shadow)
        # Black under white: the luma of the mix at full alpha, 235 is white and 16 black in tv range.
        luma = 16 + (219 * glyphs + np.maximum(alpha, 1) // 2) // np.maximum(alpha, 1)
        return Bitmap(luma.astype(np.uint8), alpha.astype(np.uint8), max(x, 0), max(y, 0))

    def _write(self, layers: tuple[Image, Image], line: list[_Run], size: int, at: tuple[int, int]) -> None:
        """Write a line's glyphs into the first layer and their outlines into the second."""
        from PIL import ImageDraw

        pen, edge = (ImageDraw.Draw(layer) for layer in layers)
        stroke = max(1, round(size * 0.06))
        x, y = at
        for run in line:
            font = self._fonts.sized(run.font, size)
            words, way = self._set(run)
            edge.text((x, y), words, fill=255, font=font, anchor="ls", direction=way, stroke_width=stroke)
            pen.text((x, y), words, fill=255, font=font, anchor="ls", direction=way)
            x += self._advance(run, size)

    def _set(self, run: _Run) -> tuple[str, Literal["ltr", "rtl"] | None]:
        """Return the words of a run and the direction to set them in; without shaping, as they stand."""
        if self._fonts.shapes:
            return run.text, "rtl" if run.level % 2 else "ltr"
        return (run.text[::-1].translate(_MIRRORED), None) if run.level % 2 else (run.text, None)

    def _lines(self, rows: list[str]) -> list[list[_Run]]:
        """Return the rows of one paragraph, each in drawing order."""
        return [self._runs(row, known) for row, known in zip(rows, levels(rows), strict=True)]

    def _runs(self, line: str, depths: list[int] | None = None) -> list[_Run]:
        """Return the line in drawing order, left to right, cut where font or direction changes."""
        depths = levels([line])[0] if depths is None else depths
        runs: list[_Run] = []
        for part in self._fonts.choose(line):
            for at in range(part.first, part.last):
                char, level = line[at], depths[at]
                if unicodedata.category(char) in ("Cc", "Zl", "Zp"):
                    continue
                if runs and runs[-1].font == part.font and runs[-1].level == level:
                    runs[-1] = _Run(runs[-1].text + char, part.font, level)
                else:
                    runs.append(_Run(char, part.font, level))
        for level in range(max(depths, default=0), 0, -1):
            runs = _reversed_from(runs, level)
        return runs


def _reversed_from(runs: list[_Run], level: int) -> list[_Run]:
    """Reverse each longest row of runs at `level` or deeper (UAX #9, rule L2)."""
    result: list[_Run] = []
    row: list[_Run] = []
    for run in runs:
        if run.level >= level:
            row.append(run)
            continue
        result.extend(reversed(row))
        row = []
        result.append(run)
    return result + row[::-1]


def _even_up(value: int) -> int:
    return value + value % 2
