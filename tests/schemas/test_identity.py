"""Ids and seeds follow from what they name, for ever."""

from __future__ import annotations

import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from schemas import identity


def test_a_job_id_is_the_published_formula() -> None:
    expected = uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "reelbus:acme"), "order-4711")
    assert identity.job_id("acme", "order-4711") == str(expected) == str(expected).lower()


def test_ids_and_seeds_never_change() -> None:
    assert identity.job_id("default", "a") == "f26fdc6d-07e0-594b-befe-5216dadfa4e8"
    assert identity.terminal_event_id("j", 1) == "e1411687-150d-5d57-adb5-ac9417ff3c0b"
    assert identity.task_id("j", 1, "n", 2) == "4000034c-9962-5aef-8f64-a0e1065ad993"
    assert identity.default_seed("j") == 3339814222326341
    assert identity.node_seed(1, "n") == 2814740668355851


def test_the_same_key_of_two_tenants_names_two_jobs() -> None:
    assert identity.job_id("a", "key") != identity.job_id("b", "key")


def test_a_run_ends_with_one_id_whatever_the_outcome() -> None:
    assert identity.terminal_event_id("job", 1) == identity.terminal_event_id("job", 1)
    assert identity.terminal_event_id("job", 1) != identity.terminal_event_id("job", 2)


def test_names_that_join_to_the_same_text_have_different_ids() -> None:
    assert identity.event_id("t", "j", 1, "a", "b/c") != identity.event_id("t", "j", 1, "a/b", "c")
    assert identity.event_id("t", "j", 1, 2) != identity.event_id("t", "j", 1, "2")


@given(st.integers(0, 2**53 - 1), st.text(max_size=70))
def test_a_node_seed_is_a_seed(seed: int, name: str) -> None:
    assert 0 <= identity.node_seed(seed, name) < 2**53


@given(st.text(max_size=40))
def test_a_default_seed_is_a_seed(job: str) -> None:
    assert 0 <= identity.default_seed(job) < 2**53


@given(st.lists(st.text(max_size=20) | st.integers(), max_size=4))
def test_an_event_id_is_a_uuid5_of_json(parts: list[str | int]) -> None:
    spelled = json.dumps(["event", "t", "j", 1, *parts], separators=(",", ":"))
    expected = uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "reelbus"), spelled)
    assert identity.event_id("t", "j", 1, *parts) == str(expected)
