"""An engine that gave a node up is followed by those that its row declares, and the result says so."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Model
from planning.job.acceptance import accept
from schemas.log import LeaseRenewed, ReplayRequested, TimerFired
from tests.planning.jobs import History, asset, cannot, failed, orders, ready, started


def row(name: str, **columns: Any) -> Model:
    return Model(name, ("image-generation",), "local", "engines.nowhere:Nothing", "1", name, **columns)


ROWS = (
    row("main", fallbacks=("second", "third"), qualities=("draft", "high")),
    row("second", limits=(("width_px", 512.0),)),
    row("third"),
)
PICTURE = {"capability": "image-generation", "params": {"prompt": "a fox"}}
TASK = {"kind": "task", **PICTURE}


def begun(request: dict[str, Any]) -> History:
    history = History()
    history.add(accept(request, request_id="k", event_id="k", requested_ms=0, inputs={}, candidates=ROWS))
    return history


def fail(history: History, code: str = "provider_auth", node_id: str = "result") -> None:
    history.add(failed(history.order_of(node_id), code, retryable=False))


def test_each_of_them_tries_and_the_result_says_who_did_it_and_why() -> None:
    history = begun(TASK)
    fail(history)
    assert history.order_of("result").engine == "second"
    fail(history, "engine_failed")
    assert history.order_of("result").engine == "third"
    history.add(ready(history.order_of("result")))
    (end,) = history.told("media.job.succeeded.v1")
    assert end.to_json()["substitutions"] == [
        {
            "node_id": "result",
            "capability": "image-generation",
            "chosen": "main",
            "used": "third",
            "reason": "provider_auth: it broke; engine_failed: it broke",
        }
    ]


def test_another_engine_begins_without_the_checkpoint_of_the_first() -> None:
    history = begun(TASK)
    order = history.order_of("result")
    history.add(started(order))
    about = {"job_id": order.job_id, "run": 1, "node_id": order.node_id, "attempt": 1, "worker_id": "w1"}
    history.add(
        LeaseRenewed(**about, lease_s=6.0, fraction=0.5, checkpoint=asset("how far the main one was"))
    )
    fail(history)
    assert (history.order_of("result").engine, history.order_of("result").checkpoint) == ("second", None)


def test_when_none_is_left_the_job_ends_with_the_last_failure() -> None:
    history = begun(TASK)
    for code in ("provider_auth", "engine_failed", "engine_failed"):
        fail(history, code)
    (end,) = history.told("media.job.failed.v1")
    assert end.to_json()["error"]["code"] == "engine_failed"


def test_a_stand_in_is_made_only_when_no_engine_is_left() -> None:
    history = begun(TASK | {"on_failure": "placeholder", "params": {"prompt": "a fox", "width_px": 600}})
    fail(history)
    assert history.order_of("result").engine == "third"  # 600 px are too many for the second
    history.add(cannot(history.order_of("result")))
    assert history.job.nodes["result"].status == "waiting"


@pytest.mark.parametrize("code", ["invalid_request", "asset_invalid", "moderation_blocked", "storage_failed"])
def test_what_is_not_the_engines_fault_is_not_tried_elsewhere(code: str) -> None:
    history = begun(TASK)
    fail(history, code)
    assert history.job.status == "failed"


@pytest.mark.parametrize(
    "request_",
    [
        TASK | {"engines": {"image-generation": "main"}},
        TASK | {"params": {"prompt": "a fox", "engine": "main"}},
        {"kind": "graph", "nodes": {"result": {**PICTURE, "params": {"prompt": "a", "engine": "main"}}}},
    ],
)
def test_a_pinned_engine_is_followed_by_none(request_: dict[str, Any]) -> None:
    history = begun(request_)
    fail(history)
    assert history.job.status == "failed"


def test_a_replay_that_pins_an_engine_is_its_own_choice() -> None:
    history = begun(TASK)
    history.add(ready(history.order_of("result")))
    again = ReplayRequested(
        job_id=history.job_id, request_id="r", tenant="default", engines={"image-generation": "main"}
    )
    history.add(again)
    fail(history)
    assert history.job.status == "failed"


def test_failures_of_one_engine_are_not_counted_for_the_next() -> None:
    history = begun(TASK)
    for _ in range(3):
        history.add(failed(history.order_of("result")))
        assert len(orders(history.commands)) >= 1
        history.at_ms += 120_000
        history.add(TimerFired(job_id=history.job_id, due_ms=history.at_ms))
    history.add(failed(history.order_of("result")))
    node = history.job.nodes["result"]
    assert (node.engine, node.failures) == ("second", 0)
