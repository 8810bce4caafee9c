"""Transitions are found by any usual spelling, and a wrong name has a nearest one."""

from __future__ import annotations

import pytest

from catalog.transitions import DEFAULT_TRANSITION, TRANSITIONS, find, nearest


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("dissolve", "dissolve"),
        ("Crossfade", "dissolve"),
        ("WIPE LEFT", "wipe-left"),
        ("circle_open", "circle-open"),
    ],
)
def test_a_transition_is_found_however_it_is_written(written: str, meant: str) -> None:
    row = find(written)
    assert row is not None
    assert row.name == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("disolve", "dissolve"), ("whipe-left", "wipe-left"), ("", "cut")]
)
def test_an_unknown_transition_is_not_found_but_has_a_nearest_name(written: str, meant: str) -> None:
    assert find(written) is None
    assert nearest(written) in TRANSITIONS
    if written:
        assert nearest(written) == meant


def test_every_name_and_alias_leads_to_one_row() -> None:
    names = [name for row in TRANSITIONS.values() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    assert all(find(name) is not None for name in names)
    assert DEFAULT_TRANSITION in TRANSITIONS
