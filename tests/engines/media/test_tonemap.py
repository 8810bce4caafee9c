"""HDR becomes SDR by published numbers: reference white, mid grey, no kinks, no lost light."""

from __future__ import annotations

import numpy as np
import pytest

from engines.media.tonemap import HLG, PQ, cube, mapped, to_bt709


def grey(signal: float, transfer: int) -> float:
    red, green, blue = to_bt709(np.array([signal] * 3), transfer, 9)
    assert red == pytest.approx(green, abs=1e-3)
    assert red == pytest.approx(blue, abs=1e-3)
    return float(red)


@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_grey_of_18_percent_stands_where_bt2408_has_it(transfer: int) -> None:
    assert grey(0.38, transfer) == pytest.approx(0.43, abs=0.01)


@pytest.mark.parametrize(("transfer", "white"), [(HLG, 0.75), (PQ, 0.58)])
def test_reference_white_is_near_the_top_and_light_above_it_is_kept_apart(
    transfer: int, white: float
) -> None:
    assert 0.93 <= grey(white, transfer) <= 0.96
    steps = [grey(signal, transfer) for signal in np.linspace(0, 1, 200)]
    assert steps[0] == 0.0
    assert steps[-1] == pytest.approx(1.0, abs=1e-6)
    assert min(np.diff(steps)) > 0
    assert grey(1.0, transfer) - grey(white, transfer) > 0.04


@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_the_table_is_as_good_as_the_curves(transfer: int) -> None:
    random = np.random.default_rng(1).random((200, 3)) * 0.7
    pixels = np.rint(random * 255).astype(np.uint8)[None]
    exact = np.rint(255 * to_bt709(pixels[0] / 255, transfer, 9))
    found = mapped(pixels, transfer, 9)[0].astype(float)
    assert np.abs(found - exact).mean() <= 1.0
    assert cube(transfer, 9).shape == (33, 33, 33, 3)


def test_a_colour_that_both_gamuts_have_is_the_same_in_both() -> None:
    p3 = to_bt709(np.array([0.9175, 0.2003, 0.1387]), 13, 12)  # BT.709's red as Display P3 writes it
    assert np.abs(p3 - [1.0, 0.0, 0.0]).max() < 0.12
    assert np.abs(to_bt709(np.array([0.5, 0.5, 0.5]), 13, 12) - 0.5).max() < 0.002
