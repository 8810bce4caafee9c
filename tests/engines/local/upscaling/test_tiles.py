"""Pieces make the picture that the whole would make."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engines.local.upscaling.network import TIMES, Network
from engines.local.upscaling.tiles import MARGIN_PX, TILE_PX, count_tiles, enlarge, spans

Pixels = NDArray[np.uint8]


@pytest.mark.parametrize(
    ("side", "made"), [(1, 2), (16, 24), (256, 1024), (257, 514), (1000, 3333), (8191, 16382)]
)
def test_pieces_cover_a_side_without_gaps(side: int, made: int) -> None:
    found = spans(side, made)
    assert (found[0].begin, found[0].made_begin) == (0, 0)
    assert (found[-1].end, found[-1].made_end) == (side, made)
    for one, other in pairwise(found):
        assert (one.end, one.made_end) == (other.begin, other.made_begin)
    assert all(0 < each.end - each.begin <= TILE_PX and each.made_end > each.made_begin for each in found)


def whole(rgb: Pixels, size: tuple[int, int], network: Network) -> Pixels:
    """Enlarge a picture in one piece, its edge pixels repeated."""
    padded = np.pad(rgb, ((MARGIN_PX, MARGIN_PX), (MARGIN_PX, MARGIN_PX), (0, 0)), mode="edge")
    large = Image.fromarray(network.enlarged(padded))
    box = (MARGIN_PX * TIMES, MARGIN_PX * TIMES, *(TIMES * (MARGIN_PX + side) for side in rgb.shape[1::-1]))
    return np.asarray(large.resize(size, Image.Resampling.LANCZOS, box=box))


@pytest.mark.parametrize("size", [(1080, 160), (541, 77)])
def test_nobody_sees_where_they_meet(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (40, 270, 3), np.uint8)
    network = Network()
    made = np.empty((size[1], size[0], 3), np.uint8)
    assert len(list(enlarge(rgb, made, network.enlarged))) == count_tiles(270, 40) == 2
    apart = np.abs(made.astype(int) - whole(rgb, size, network))
    assert apart.max() <= 1  # rounding of what is added in another order
