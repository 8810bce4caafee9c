"""What ends a job, and what does not: a node's name, and an error that only a newer worker knows."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.log import JobAccepted
from tests.planning.jobs import History, accepted, failed, orders, ready

IMAGE = {"capability": "image-generation", "params": {"prompt": "a fox"}}
NAMED: dict[str, dict[str, Any]] = {
    "batch": {"kind": "batch", "items": [{"id": "script", **IMAGE}, {"id": "other", **IMAGE}]},
    "graph": {"kind": "graph", "nodes": {"script": IMAGE, "other": IMAGE}},
}


def ended(event: JobAccepted) -> Any:
    """The job after its node `script` failed for good and the other was made."""
    history = History()
    for order in orders(history.add(event)):
        history.add(
            failed(order, "invalid_request", retryable=False) if order.node_id == "script" else ready(order)
        )
    return history.job


@pytest.mark.parametrize("kind", NAMED)
def test_a_node_that_is_called_like_a_films_script_may_fail_like_any_other(kind: str) -> None:
    job = ended(accepted(NAMED[kind] | {"on_failure": "partial"}))
    assert job.status == "succeeded"
    assert job.nodes["other"].status == "done"


def test_jobs_that_were_accepted_before_end_as_they_did() -> None:
    event = accepted(NAMED["graph"] | {"on_failure": "partial"})
    assert ended(event.model_copy(update={"plan_version": 2})).status == "failed"


def test_a_film_ends_with_its_script() -> None:
    film = {"kind": "film", "brief": "a fox", "duration_s": 6, "on_failure": "partial"}
    assert ended(accepted(film)).status == "failed"


@pytest.mark.parametrize(
    ("on_failure", "end"), [("partial", "media.job.succeeded.v1"), ("fail", "media.job.failed.v1")]
)
def test_an_error_that_only_a_newer_worker_knows_is_told_as_internal(on_failure: str, end: str) -> None:
    history = History()
    sent = orders(history.add(accepted(NAMED["batch"] | {"on_failure": on_failure})))
    history.add(failed(sent[0], "quota_of_tomorrow", retryable=False))
    if on_failure == "partial":
        history.add(ready(sent[1]))
    (fact,) = history.told(end)
    told = fact.to_json()
    codes = [told["error"]["code"]] if on_failure == "fail" else [lack["code"] for lack in told["degraded"]]
    assert codes == ["internal"]
