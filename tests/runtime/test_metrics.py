from __future__ import annotations

import time

from prometheus_client import REGISTRY

from runtime.metrics import FOLD_SECONDS, OPEN_JOBS, count_published, shown, task_ended, timed


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_an_order_is_counted_by_capability_engine_and_outcome() -> None:
    labels = {"capability": "image-generation", "engine": "painter", "outcome": "engine_failed"}
    before, timed = (
        value("reelbus_tasks_total", **labels),
        value("reelbus_task_seconds_count", capability="image-generation"),
    )
    task_ended("image-generation", "painter", "engine_failed", 2.0, cached=False)
    assert value("reelbus_tasks_total", **labels) == before + 1
    assert value("reelbus_task_seconds_count", capability="image-generation") == timed + 1


def test_a_remembered_result_is_a_memo_hit_and_does_not_make_the_work_look_fast() -> None:
    hits = value("reelbus_memo_hits_total", capability="composition")
    timed = value("reelbus_task_seconds_count", capability="composition")
    task_ended("composition", "composer", "done", 0.01, cached=True)
    assert value("reelbus_memo_hits_total", capability="composition") == hits + 1
    assert value("reelbus_task_seconds_count", capability="composition") == timed


def test_only_ends_and_rejections_count_as_jobs() -> None:
    names = ("succeeded", "failed", "cancelled", "rejected", "accepted")
    before = {name: value("reelbus_jobs_total", outcome=name) for name in names}
    count_published([f"media.job.{name}.v1" for name in names] + ["media.asset.ready.v1"])
    after = {name: value("reelbus_jobs_total", outcome=name) - before[name] for name in names}
    assert after == {"succeeded": 1, "failed": 1, "cancelled": 1, "rejected": 1, "accepted": 0}


def test_a_fold_is_timed_without_what_others_do_in_its_pauses() -> None:
    before, sum_before = value("reelbus_fold_seconds_count"), value("reelbus_fold_seconds_sum")
    for _ in timed(iter(range(3)), FOLD_SECONDS):
        time.sleep(0.05)
    assert value("reelbus_fold_seconds_count") == before + 1
    assert value("reelbus_fold_seconds_sum") - sum_before < 0.1


def test_a_gauge_asks_for_its_value_until_there_is_nobody_to_ask() -> None:
    jobs = 7
    forget = shown({OPEN_JOBS: lambda: jobs})
    assert value("reelbus_open_jobs") == 7
    jobs = 3
    assert value("reelbus_open_jobs") == 3
    forget()
    assert value("reelbus_open_jobs") == 0
