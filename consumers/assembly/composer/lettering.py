"""How words become a picture: shaped, in the right order for their script, outlined and boxed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from consumers.assembly.composer.fonts import Fonts
from planning.captionbreaks import wrap

if TYPE_CHECKING:
    from PIL.Image import Image

_SAFE = 0.9
"""Text stays inside this part of the picture (SMPTE ST 2046-1 action safe is 93 %, title safe 90 %)."""
_CAPTION_SIZE = 0.05
_BOX_OPACITY = 0.6
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
        return self._boxed(lines, size, place="bottom", box=True)

    def title(self, text: str) -> Bitmap:
        """Draw words in the middle of the picture, outlined, as large as they fit."""
        size = max(8, round(0.1 * min(self._height, self._width)))
        lines = [row for row in text.split("\n") if row.strip()] or [text]
        while size > 8 and not self._title_fits(lines := self._flow(text, size), size):
            size = int(size * 0.9)
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

    def _flow(self, text: str, size: int) -> list[str]:
        rows: list[str] = []
        for paragraph in text.split("\n"):
            row = ""
            for word in paragraph.split():
                grown = f"{row} {word}".strip()
                if row and self._width_of(grown, size) > self._safe_px:
                    rows.append(row)
                    grown = word
                row = grown
            rows.append(row)
        return rows

    def _title_fits(self, lines: list[str], size: int) -> bool:
        tall = len(lines) * size * 1.35
        return (
            tall <= self._height * _SAFE and max(self._width_of(row, size) for row in lines) <= self._safe_px
        )

    def _width_of(self, line: str, size: int) -> int:
        return sum(self._advance(run, size) for run in self._runs(line))

    def _advance(self, run: _Run, size: int) -> int:
        return round(self._fonts.sized(run.font, size).getlength(run.text, direction=_direction(run)))

    def _boxed(self, lines: list[str], size: int, *, place: Literal["bottom", "middle"], box: bool) -> Bitmap:
        from PIL import Image, ImageDraw

        pad = round(size * 0.35)
        step = round(size * 1.32)
        widths = [self._width_of(line, size) for line in lines]
        width = min(_even_up(max(widths) + 2 * pad), self._safe_px // 2 * 2)
        height = min(_even_up(step * len(lines) + 2 * (pad // 2)), int(self._height * _SAFE) // 2 * 2)
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

    def _write(self, layers: tuple[Image, Image], line: str, size: int, at: tuple[int, int]) -> None:
        """Write a line's glyphs into the first layer and their outlines into the second."""
        from PIL import ImageDraw

        pen, edge = (ImageDraw.Draw(layer) for layer in layers)
        stroke = max(1, round(size * 0.06))
        x, y = at
        for run in self._runs(line):
            font = self._fonts.sized(run.font, size)
            way = _direction(run)
            edge.text((x, y), run.text, fill=255, font=font, anchor="ls", direction=way, stroke_width=stroke)
            pen.text((x, y), run.text, fill=255, font=font, anchor="ls", direction=way)
            x += self._advance(run, size)

    def _runs(self, line: str) -> list[_Run]:
        """Return the line in drawing order, left to right, cut where font or direction changes."""
        levels = _levels(line)
        runs: list[_Run] = []
        font = 0
        for char, level in zip(line, levels, strict=True):
            if unicodedata.category(char) == "Cc":
                continue
            font = self._fonts.number_for(char, font)
            if runs and runs[-1].font == font and runs[-1].level == level:
                runs[-1] = _Run(runs[-1].text + char, font, level)
            else:
                runs.append(_Run(char, font, level))
        for level in range(max(levels, default=0), 0, -1):
            runs = _reversed_from(runs, level)
        return runs


def _direction(run: _Run) -> Literal["ltr", "rtl"]:
    return "rtl" if run.level % 2 else "ltr"


def _levels(line: str) -> list[int]:
    """Return the embedding level of each character: UAX #9 without explicit embeddings and isolates."""
    kinds = [unicodedata.bidirectional(char) for char in line]
    strong = [kind for kind in kinds if kind in ("L", "R", "AL")]
    base = 1 if strong and strong[0] != "L" else 0
    if base == 0 and not any(kind in ("R", "AL", "AN") for kind in kinds):
        return [0] * len(line)
    sides = ["R" if kind in ("R", "AL") else kind for kind in kinds]
    last = "R" if base else "L"
    for at, side in enumerate(sides):
        if side in ("L", "R"):
            last = side
        elif side == "EN" and last == "L":
            sides[at] = "L"
        elif (side == "NSM" and at) or (
            side in ("ES", "CS")
            and 0 < at < len(sides) - 1
            and {kinds[at - 1], kinds[at + 1]} <= {"EN", "AN"}
        ):
            sides[at] = sides[at - 1]
    result: list[int] = []
    for at, side in enumerate(sides):
        if side == "L":
            result.append(2 * base)
        elif side == "R":
            result.append(1)
        elif side in ("EN", "AN"):
            result.append(2)
        else:
            result.append(_neutral(sides, at, base))
    return result


def _neutral(sides: list[str], at: int, base: int) -> int:
    """Return the level of a space or mark: that of its neighbours where they agree, else of the line."""
    marks = ("L", "R", "EN", "AN")
    outer = "R" if base else "L"
    before = next((side for side in reversed(sides[:at]) if side in marks), outer)
    after = next((side for side in sides[at + 1 :] if side in marks), outer)
    before, after = ("R" if side in ("EN", "AN") else side for side in (before, after))
    if before == after:
        return 1 if before == "R" else 2 * base
    return base


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
