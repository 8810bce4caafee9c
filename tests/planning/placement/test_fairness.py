"""Whose turn it is: lanes first, then the tenant whose last turn is longest ago, then its jobs one after the other."""

from __future__ import annotations

from planning.placement.fairness import REMEMBERED_TENANTS, FairQueue


def turns(queue: FairQueue, count: int, *, more: bool = True) -> list[str]:
    found = []
    for _ in range(count):
        head = queue.head()
        if head is None:
            break
        found.append(head[1])
        queue.served(more=more)
    return found


def test_lanes_tenants_and_jobs_have_their_turns() -> None:
    queue = FairQueue()
    for job in ("a1", "a2", "a3"):
        queue.add("interactive", "a", job)
    queue.add("interactive", "b", "b1")
    queue.add("batch", "c", "c1")
    assert turns(queue, 6) == ["a1", "b1", "a2", "b1", "a3", "b1"]
    queue = FairQueue()
    queue.add("replay", "a", "again")
    queue.add("batch", "a", "later")
    queue.add("interactive", "a", "now")
    assert turns(queue, 5, more=False) == ["now", "later", "again"]
    assert not queue


def test_who_comes_goes_before_who_has_just_been_and_coming_back_again_and_again_gains_nothing() -> None:
    queue = FairQueue()
    queue.add("batch", "a", "batch")
    assert turns(queue, 3) == ["batch"] * 3
    found = []
    for number in range(3):
        queue.add("batch", "b", f"b{number}")
        for _ in range(2):
            _, job = queue.head() or ("", "")
            found.append(job)
            queue.served(more=job == "batch")
    assert found == ["b0", "batch", "b1", "batch", "b2", "batch"]


def test_what_has_nothing_to_send_goes_without_a_turn_and_what_is_not_ours_any_more_is_forgotten() -> None:
    queue = FairQueue()
    for job in ("x", "a1", "y", "a2"):
        queue.add("batch", "a", job)
    queue.add("batch", "b", "z")
    queue.skip()
    queue.keep(lambda job: job.startswith("a"))
    assert turns(queue, 9, more=False) == ["a1", "a2"]


def test_tenants_without_end_take_no_memory_without_end() -> None:
    queue = FairQueue()
    for number in range(REMEMBERED_TENANTS + 50):
        queue.add("batch", f"t{number}", f"j{number}")
        queue.served(more=False)
    assert len(queue._lanes["batch"]._last) == REMEMBERED_TENANTS
