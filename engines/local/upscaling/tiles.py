"""How a picture of any size is enlarged piece by piece, so that nobody sees where the pieces meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engines.local.upscaling.network import REACH_PX, TIMES

Pixels = NDArray[np.uint8]

TILE_PX = 256
"""A piece of so many pixels a side takes about a second on one core, and 300 MB."""
_RESAMPLED_PX = 4
"""So far Lanczos reads beside what it makes, in pixels of the picture, and one for rounding."""
MARGIN_PX = REACH_PX + _RESAMPLED_PX


@dataclass(frozen=True, slots=True)
class Span:
    """One side of a piece: `begin` to `end` of the picture become `made_begin` to `made_end` of the result."""

    begin: int
    end: int
    made_begin: int
    made_end: int


def spans(side_px: int, made_px: int) -> list[Span]:
    """Cut a side into pieces of like length, none longer than `TILE_PX`."""
    count = -(-side_px // TILE_PX)
    cuts = [side_px * n // count for n in range(count + 1)]
    return [
        Span(begin, end, begin * made_px // side_px, end * made_px // side_px)
        for begin, end in pairwise(cuts)
    ]


def count_tiles(width_px: int, height_px: int) -> int:
    """Return how many pieces a picture has."""
    return len(spans(width_px, width_px)) * len(spans(height_px, height_px))


def enlarge(rgb: Pixels, made: Pixels, network: Callable[[Pixels], Pixels]) -> Iterator[None]:
    """Fill `made` with the enlarged picture, (height, width, 3) both; yields after each piece.

    A piece is read with a margin that is as wide as the network sees, and at the edges of the picture with its last
    pixels repeated: a result of pieces is that of the whole.
    """
    height, width = rgb.shape[:2]
    made_height, made_width = made.shape[:2]
    for down in spans(height, made_height):
        rows = _with_margin(down, height)
        for across in spans(width, made_width):
            columns = _with_margin(across, width)
            large = network(rgb[rows[:, None], columns])
            box = (*_inside(across, width / made_width), *_inside(down, height / made_height))
            made[down.made_begin : down.made_end, across.made_begin : across.made_end] = _resampled(
                large,
                (box[0], box[2], box[1], box[3]),
                (across.made_end - across.made_begin, down.made_end - down.made_begin),
            )
            yield


def _with_margin(span: Span, side_px: int) -> NDArray[np.intp]:
    return np.clip(np.arange(span.begin - MARGIN_PX, span.end + MARGIN_PX), 0, side_px - 1)


def _inside(span: Span, per_made: float) -> tuple[float, float]:
    """Return where a piece of the result begins and ends in what the network made of its piece with margins."""
    offset = span.begin - MARGIN_PX
    return (span.made_begin * per_made - offset) * TIMES, (span.made_end * per_made - offset) * TIMES


def _resampled(large: Pixels, box: tuple[float, float, float, float], size: tuple[int, int]) -> Pixels:
    left, top, right, bottom = (round(side) for side in box)
    if (right - left, bottom - top) == size and (left, top, right, bottom) == box:
        return large[top:bottom, left:right]
    return np.asarray(Image.fromarray(large).resize(size, Image.Resampling.LANCZOS, box=box))
