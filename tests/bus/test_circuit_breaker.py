"""A breaker opens when most records fail, holds through growing pauses, and never for good."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from bus.circuit_breaker import (
    LEAST,
    LONGEST_PAUSE_S,
    PROBE,
    WINDOW,
    CircuitBreaker,
    CircuitBreakers,
    of_another_version,
)
from bus.cloudevents import Headers
from bus.unreadable import DlqReason
from runtime.metrics import BRAKES
from runtime.telemetry import configure_logging

PLACE = ("media.log", 2)


def batch(breaker: CircuitBreaker, outcomes: str, now_s: float = 0.0) -> bool:
    """Note a batch, `x` for a failure, and settle."""
    for outcome in outcomes:
        breaker.note(failed=outcome == "x")
    return breaker.settle(now_s)


@pytest.mark.parametrize(
    "outcomes",
    ["", "x" * (LEAST - 1), "." * WINDOW, ".x" * 200, "." * 33 + "x" * 31 + "." * 64],
    ids=["none", "few", "good", "half", "a stretch"],
)
def test_it_lets_everything_go_while_few_or_at_most_half_of_the_newest_fail(outcomes: str) -> None:
    assert batch(CircuitBreaker(), outcomes)


@pytest.mark.parametrize("outcomes", ["x" * LEAST, "." * 100 + "x" * 33, "xx." * 30, "x" * LEAST + "." * 100])
def test_it_engages_when_most_of_the_newest_fail(outcomes: str) -> None:
    breaker = CircuitBreaker()
    assert not batch(breaker, outcomes)
    assert breaker.open


def test_failures_add_up_over_batches() -> None:
    breaker = CircuitBreaker()
    assert all(batch(breaker, "x") for _ in range(LEAST - 1))
    assert not batch(breaker, "x")


def test_whoever_tries_one_record_after_the_other_hears_at_once_that_it_is_in_vain() -> None:
    breaker = CircuitBreaker()
    assert [breaker.note(failed=True) for _ in range(LEAST + 1)] == [False] * (LEAST - 1) + [True, True]


def test_pauses_grow_to_a_minute_while_what_is_tried_fails() -> None:
    breaker, now_s, pauses = CircuitBreaker(), 100.0, []
    batch(breaker, "x" * LEAST, now_s)
    for _ in range(6):
        assert breaker.until_s is not None
        pauses.append(breaker.until_s - now_s)
        now_s = breaker.until_s
        assert not batch(breaker, "x" * 9 + "." * 7, now_s)
    assert pauses == [5.0, 10.0, 20.0, 40.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_it_releases_when_at_most_half_of_what_is_tried_fails_and_does_not_count_these_twice() -> None:
    breaker = CircuitBreaker()
    batch(breaker, "x" * LEAST)
    assert batch(breaker, "x" * 8 + "." * 8, 5.0)
    assert batch(breaker, "x" * 8 + "." * 8 + "x" * 7, 6.0)
    assert not batch(breaker, "x" * LEAST, 7.0)
    assert breaker.until_s == 7.0 + 5.0


def test_nothing_to_try_leaves_it_as_it_is() -> None:
    breaker = CircuitBreaker()
    batch(breaker, "x" * LEAST)
    assert not breaker.settle(5.0)
    assert breaker.until_s == 10.0


def test_a_stretch_that_nobody_will_ever_read_passes_slowly_when_the_patience_ends() -> None:
    breaker, now_s, given_up, pauses = CircuitBreaker(patience_s=600.0), 0.0, 0, 0
    left = 100
    while left:
        if breaker.until_s is not None:
            now_s, pauses = breaker.until_s, pauses + 1
            batch(breaker, "x" * min(PROBE, left), now_s)
        elif batch(breaker, "x" * min(PROBE, left), now_s):
            given_up, left = given_up + min(PROBE, left), left - min(PROBE, left)
    assert given_up == 100
    assert 600 < now_s < 600 + 10 * LONGEST_PAUSE_S
    assert batch(breaker, "." * WINDOW, now_s)
    assert not batch(breaker, "x" * 40, now_s)
    assert breaker.until_s == now_s + 5.0


def test_the_reader_says_where_it_rests_once_and_that_it_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    now_s = 0.0
    breakers = CircuitBreakers(clock_s=lambda: now_s)
    other = ("media.log", 3)
    for _ in range(40):
        breakers.note(PLACE, failed=True)
    breakers.note(other, failed=False)
    assert [breakers.settle(PLACE), breakers.settle(other)] == [False, True]
    assert breakers.reasons() == [
        "media.log/2 is paused: 40 of its last 40 records failed by our own fault",
    ]
    assert (breakers.pause_s(PLACE), breakers.pause_s(other)) == (5.0, 0.0)
    assert BRAKES.labels("media.log", "2")._value.get() == 1
    now_s = 5.0
    assert breakers.pause_s(PLACE) == 0.0
    breakers.note(PLACE, failed=True)
    assert not breakers.settle(PLACE)
    breakers.note(PLACE, failed=False)
    assert breakers.settle(PLACE)
    assert breakers.reasons() == []
    assert BRAKES.labels("media.log", "2")._value.get() == 0
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(x["event"], x["topic"], x["partition"]) for x in lines] == [
        ("brake.engaged", "media.log", 2),
        ("brake.released", "media.log", 2),
    ]
    assert (lines[0]["failed"], lines[0]["seen"]) == (40, 40)


def test_a_partition_that_is_another_readers_now_is_forgotten() -> None:
    breakers = CircuitBreakers()
    for _ in range(LEAST):
        breakers.note(PLACE, failed=True)
    breakers.settle(PLACE)
    breakers.retain([("media.log", 1)])
    assert breakers.reasons() == []
    assert BRAKES.labels("media.log", "2")._value.get() == 0


def test_without_patience_there_is_no_brake() -> None:
    breakers = CircuitBreakers(patience_s=0.0)
    assert not any(breakers.note(PLACE, failed=True) for _ in range(100))
    assert breakers.settle(PLACE)


@dataclass(frozen=True)
class Source:
    headers: Headers
    topic: str = "media.log"
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    key: bytes | None = None
    value: bytes | None = b"{}"


@pytest.mark.parametrize(
    ("source", "reason", "ours"),
    [
        (b"/reelbus/coordinator", DlqReason.UNKNOWN_TYPE, True),
        (b"/reelbus/worker/image", DlqReason.INVALID_MESSAGE, True),
        (b"/reelbus/intake", DlqReason.NOT_JSON, False),
        (b"/somebody", DlqReason.UNKNOWN_TYPE, False),
        (b"\xff", DlqReason.UNKNOWN_TYPE, False),
        (None, DlqReason.INVALID_MESSAGE, False),
    ],
)
def test_only_well_formed_records_of_our_own_are_of_another_version(
    source: bytes | None, reason: DlqReason, ours: bool
) -> None:
    assert of_another_version(Source([("ce_source", source)]), reason) is ours
