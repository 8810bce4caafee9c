"""What an engine cannot do by size or length is refused with what it can do, and with the nearest that it can."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Model
from catalog.models.frames import FramesRule
from planning.routing.choose import Need, Refused, choose
from planning.routing.shapes import Misshapen, misshapen


def row(**columns: Any) -> Model:
    return Model("ltx", ("video-generation",), "local", "engines.nowhere:Nothing", "1", "ltx", **columns)


SHAPED = row(size_multiple_px=32, smallest_px=100, largest_px=1000, frames_rule=FramesRule(8, 1, 260))


@pytest.mark.parametrize(
    ("px", "nearest"),
    [(128, None), (960, None), (130, 128), (144, 160), (64, 128), (992, None), (1024, 992), (1, 128)],
)
def test_a_side_is_a_multiple_between_two_ends(px: int, nearest: int | None) -> None:
    found = list(misshapen(SHAPED, {"height_px": px}))
    said = "multiples of 32 px, at least 100 px, at most 1000 px"
    assert found == ([] if nearest is None else [Misshapen("ltx", "height_px", said, nearest)])


def test_a_film_that_is_longer_than_the_rule_allows_is_refused_with_the_longest() -> None:
    assert list(misshapen(SHAPED, {"duration_s": 10.7, "fps": 24})) == []
    (found,) = misshapen(SHAPED, {"duration_s": 20, "fps": 24.0})
    assert found.nearest == 10.708
    assert str(found) == (
        "the engine 'ltx' does 8k+1 frames, at most 257, 10.708 s at 24 a second; the nearest is 10.708"
    )
    assert list(misshapen(SHAPED, {"duration_s": found.nearest, "fps": 24.0})) == []


@pytest.mark.parametrize("value", [None, "1024", True, float("nan"), float("inf"), [1], {"$ref": "x"}])
def test_what_is_not_known_or_of_a_wrong_type_is_passed_over(value: Any) -> None:
    assert list(misshapen(SHAPED, {"width_px": value, "duration_s": value, "fps": value})) == []


def test_an_engine_that_says_nothing_takes_everything() -> None:
    assert list(misshapen(row(), {"width_px": 33, "duration_s": 1e9, "fps": 1000})) == []


def test_it_refuses_when_an_engine_is_chosen() -> None:
    found = choose(Need("video-generation", "draft", params={"width_px": 33}), (SHAPED,))
    assert isinstance(found, Refused)
    assert [type(reason) for reason in found.reasons] == [Misshapen]


@pytest.mark.parametrize(
    ("rule", "wanted", "made"),
    [
        (FramesRule(8, 1), 1, 1), (FramesRule(8, 1), 2, 9), (FramesRule(8, 1), 121, 121), (FramesRule(8, 1), 122, 129),
        (FramesRule(4, 1, 81), 500, 81), (FramesRule(8, 1, 260), 258, 257), (FramesRule(), 7, 7), (FramesRule(), 0, 1),
    ],
)  # fmt: skip
def test_a_rule_gives_the_fewest_that_are_enough(rule: FramesRule, wanted: int, made: int) -> None:
    assert rule.at_least(wanted) == made
