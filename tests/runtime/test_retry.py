"""One policy for whatever is tried again: pauses that double, end, and respect what was asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.retry import LONGEST_ASKED_S, Retry, Tries, asked_s

NOW_S = datetime(2026, 5, 1, tzinfo=UTC).timestamp()
DRAWS = st.floats(0.0, 1.0)


@given(st.integers(1, 10_000), DRAWS)
def test_a_pause_doubles_up_to_its_longest_and_a_quarter_of_it_is_chance(failures: int, draw: float) -> None:
    own_s = min(0.5 * 2.0 ** min(failures - 1, 60), 60.0)
    assert 0.75 * own_s <= Retry(0.5, 60.0).pause_s(failures, draw) <= 1.25 * own_s


@given(st.integers(1, 50), DRAWS, st.floats(0.0, 1e300))
def test_nobody_is_asked_again_before_the_time_that_it_asked_for(
    failures: int, draw: float, asked: float
) -> None:
    pause_s = Retry(0.5, 60.0).pause_s(failures, draw, asked)
    assert pause_s >= min(asked, LONGEST_ASKED_S)
    assert pause_s <= max(75.0, LONGEST_ASKED_S)


@given(st.floats(0.0, 600.0), st.lists(st.floats(0.0, 20.0), min_size=200, max_size=200))
def test_tries_end_with_their_time_and_never_pause_beyond_it(within_s: float, took_s: list[float]) -> None:
    now_s = 0.0
    tries = Tries(Retry(0.5, 5.0, within_s), lambda: now_s, lambda: 0.5)
    for each_s in took_s:
        now_s += each_s
        pause_s = tries.failed()
        if pause_s is None:
            break
        now_s += pause_s
        assert now_s <= within_s
    assert tries.failures < 200


def test_what_succeeded_is_counted_anew() -> None:
    tries = Tries(Retry(1.0, 60.0), lambda: 0.0, lambda: 0.5)
    assert [tries.pause_s() for _ in range(4)] == [1.0, 2.0, 4.0, 8.0]
    tries.succeeded()
    assert tries.pause_s() == 1.0


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 5_000, LONGEST_ASKED_S),
        (format_datetime(datetime.fromtimestamp(NOW_S + 90, UTC), usegmt=True), 90.0),
        (format_datetime(datetime.fromtimestamp(NOW_S - 90, UTC), usegmt=True), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ASKED_S),
        ("", None),
        (None, None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Fri, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_a_header_is_seconds_or_a_date_or_nothing(header: str | None, pause_s: float | None) -> None:
    assert asked_s(header, NOW_S) == pause_s


@given(st.text(max_size=60))
def test_no_header_breaks_anything(header: str) -> None:
    found = asked_s(header, NOW_S)
    assert found is None or 0.0 <= found <= LONGEST_ASKED_S
