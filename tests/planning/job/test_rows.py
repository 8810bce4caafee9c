"""What a capability's row means to a job, and what becomes of a capability that has none."""

from __future__ import annotations

from typing import Any

from planning.job.retry import ends_job, longest_of_ms
from tests.planning.jobs import History, accepted, asset, orders, started

ADDRESS = "s3://media/fox.png"


def test_words_that_read_like_the_address_of_an_asset_stay_words() -> None:
    request = {
        "kind": "task",
        "capability": "video-animation",
        "params": {"image": ADDRESS, "prompt": ADDRESS},
    }
    fox = asset("fox")
    event = accepted(request).model_copy(update={"inputs": {ADDRESS: fox}})
    [order] = orders(History().add(event))
    assert (order.params["image"], order.params["prompt"]) == (fox.asset_id, ADDRESS)
    assert order.inputs == {"/image": fox}


def test_progress_tells_the_word_of_the_row() -> None:
    assert [_stage(name) for name in ("image-generation", "sound-effects")] == ["painting", "working"]


def test_a_capability_that_this_version_does_not_know_is_borne() -> None:
    history = History()
    history.add(_task("image-generation"))
    job = history.job
    node = job.nodes["result"]
    node.capability, job.on_failure = "dream-reading", "partial"
    assert longest_of_ms("dream-reading") == 3_600_000
    assert not ends_job(job, node)


def _task(capability: str) -> Any:
    return accepted({"kind": "task", "capability": capability, "params": {"prompt": "a fox"}})


def _stage(capability: str) -> str:
    history = History()
    [order] = orders(history.add(_task(capability)))
    history.add(started(order))
    return history.job.stage
