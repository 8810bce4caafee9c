"""The lease grows with the attempt: few records for long work, and no death is noticed late."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.leases import LONGEST_S, LOOK_S, Lease

FIRST_S = 6.0
DAYS_S = 30 * 24 * 3600.0


def renewals(first_s: float, length_s: float) -> Iterator[tuple[float, float]]:
    """Yield (age_s, lease_s) of each word that an attempt of this length gives: its claim, then its renewals."""
    yield 0.0, first_s
    lease, looks = Lease(first_s, 0.0), 0
    while (now_s := (looks := looks + 1) * LOOK_S) < length_s:
        if now_s >= lease.renew_at_s:
            yield now_s, lease.renewed(now_s)


def test_a_hundred_busy_slots_write_less_than_five_million_records_in_thirty_days() -> None:
    longest_attempt_s = 4 * 3600.0
    words = list(renewals(FIRST_S, longest_attempt_s))
    attempts = 100 * DAYS_S / longest_attempt_s
    assert attempts * (len(words) + 1) <= 5_000_000  # the claims, the renewals and the results
    assert 100 * DAYS_S / (words[-1][0] - words[-2][0]) <= 5_000_000


def test_short_work_has_the_lease_that_it_always_had() -> None:
    assert list(renewals(FIRST_S, 11.9)) == [(at_s, 6.0) for at_s in (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)]


def test_the_stages_are_six_twelve_thirty_and_sixty_seconds() -> None:
    leases = [lease_s for _, lease_s in renewals(FIRST_S, 600.0)]
    assert sorted(set(leases)) == [6.0, 12.0, 30.0, 60.0]
    assert leases == sorted(leases)


@given(st.floats(0.5, 120.0), st.floats(0.0, 8_000.0))
def test_a_death_is_noticed_within_the_first_lease_or_as_long_as_the_attempt_had_gone_on(
    first_s: float, died_s: float
) -> None:
    said_s, lease_s = [word for word in renewals(first_s, died_s + LOOK_S) if word[0] <= died_s][-1]
    noticed_s = said_s + lease_s - died_s
    assert 0.0 < noticed_s <= max(first_s, min(LONGEST_S, died_s))


@given(st.floats(1.0, 120.0))
def test_every_renewal_has_the_time_that_a_broker_may_be_away_and_never_less_than_before(
    first_s: float,
) -> None:
    words = list(renewals(first_s, 2_000.0))
    for (said_s, lease_s), (next_s, _) in pairwise(words):
        assert said_s + lease_s - next_s >= first_s * 2 / 3 - LOOK_S - 1e-6


@pytest.mark.parametrize("age_s", [0.0, 700.0])
def test_a_renewal_that_did_not_arrive_is_tried_again_while_the_old_lease_goes_on(age_s: float) -> None:
    lease = Lease(FIRST_S, 0.0)
    granted_s = lease.renewed(age_s)
    ends_s, now_s, tries = age_s + granted_s, lease.renew_at_s, 0
    while now_s < ends_s:
        lease.renewed(now_s)
        lease.failed(now_s, LOOK_S)
        now_s, tries = lease.renew_at_s, tries + 1
    assert tries >= 10
