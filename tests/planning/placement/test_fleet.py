"""Whom a fleet believes: words grow old, newer ones contradict older ones, and who cannot take anything counts for nothing."""

from __future__ import annotations

from planning.placement.fleet import MOST_PARTITIONS, MOST_WORKERS, TRUSTED_S, Fleet, Load, choose
from tests.planning.placement.words import word


def test_a_word_counts_until_it_is_old_or_taken_back() -> None:
    fleet = Fleet()
    fleet.heard("a", word("a", 0, slots=2), 100.0)
    fleet.heard("b", word("b", 1), 100.0, age_s=TRUSTED_S - 1.0)
    assert fleet.pool("image", 100.5).slots == 3
    assert fleet.pool("image", 102.0).slots == 2, "the word of the other was old when it was heard"
    fleet.heard("a", None, 103.0)
    assert fleet.pool("image", 103.0).slots == 0
    fleet.heard("a", word("a", 0), 200.0)
    assert fleet.pool("image", 200.0 + TRUSTED_S + 1.0).slots == 0


def test_a_dead_workers_word_ends_when_others_name_all_of_its_partitions() -> None:
    fleet = Fleet()
    fleet.heard("dead", word("dead", 0, 1, slots=4), 0.0)
    fleet.heard("b", word("b", 1, 2), 1.0)
    assert fleet.pool("image", 1.0).slots == 5, "one partition is its own still: it may be about to say so"
    fleet.heard("c", word("c", 0), 2.0)
    assert {member.worker_id for member in fleet.pool("image", 2.0).members} == {"b", "c"}
    fleet.heard("dead", word("dead", 0, slots=4), 3.0)
    assert {member.worker_id for member in fleet.pool("image", 3.0).members} == {"b", "dead"}


def test_who_leaves_is_deaf_or_reads_nothing_has_no_slots_and_older_versions_name_no_pool() -> None:
    fleet = Fleet()
    fleet.heard("leaves", word("leaves", 0, draining=True), 0.0)
    fleet.heard("deaf", word("deaf", 1, slots=3, deaf=2, free=0), 0.0)
    fleet.heard("idle", word("idle", slots=8), 0.0)
    fleet.heard("older", word("older", slots=2, pool=""), 0.0)
    pool = fleet.pool("image", 0.0)
    assert (pool.slots, pool.workers) == (3, 3)
    assert fleet.pool("video", 0.0).slots == 0


def test_an_order_goes_to_who_has_the_least_to_do_for_its_slots_and_can_do_it() -> None:
    fleet = Fleet()
    fleet.heard("one", word("one", 0, slots=1), 0.0)
    fleet.heard("four", word("four", 1, slots=4), 0.0)
    fleet.heard("other", word("other", 2, slots=9, loadable=("flux",)), 0.0)
    load = {"one": 0, "four": 2, "other": 0}
    pool = fleet.pool("image", 0.0)

    def chosen(engine: str) -> str:
        member = choose(pool, "batch", engine, lambda m: Load(load[m.worker_id], 0))
        return member.worker_id if member is not None else ""

    assert chosen("draft-scene") == "four"
    load["four"] = 4
    assert chosen("draft-scene") == "one"
    assert chosen("flux") == "other"
    assert choose(fleet.pool("video", 0.0), "batch", "flux", lambda _: Load(0, 0)) is None


def test_a_lane_grows_to_its_workers_by_four_at_most_and_has_an_end() -> None:
    fleet = Fleet()
    lane = ("image", "batch")
    for number in range(13):
        fleet.heard(f"w{number}", word(f"w{number}"), 0.0)
    assert fleet.grown(0.0, {lane: 12, ("image", "replay"): 4, ("video", "batch"): 1}) == {
        lane: 24,
        ("image", "replay"): 16,
    }
    assert fleet.pools_above(12, 0.0) == ["image"]
    for number in range(500):
        fleet.heard(f"w{number}", word(f"w{number}"), 0.0)
    assert fleet.grown(0.0, {lane: 12}) == {lane: 48}
    assert fleet.grown(0.0, {lane: 200}) == {lane: MOST_PARTITIONS}
    assert fleet.grown(0.0, {lane: MOST_PARTITIONS}) == {}


def test_words_without_end_take_no_memory_without_end() -> None:
    fleet = Fleet()
    for number in range(MOST_WORKERS + 10):
        fleet.heard(f"w{number}", word(f"w{number}", pool=""), 0.0)
    assert fleet.pool("image", 0.0).workers == MOST_WORKERS
    fleet.heard("wild", word("wild", -1, 10**9, 3), 0.0)
    assert next(m for m in fleet.pool("image", 0.0).members if m.worker_id == "wild").partitions["batch"] == (
        3,
    )
