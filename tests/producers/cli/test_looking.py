"""What the list of jobs says of each, and its timeline of attempts that never told their end."""

from __future__ import annotations

from typing import Any

from producers.cli.looking import _jobs, timeline_text
from runtime.settings import Settings
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.log import CancelRequested, ReplayRequested, RequestRejected
from tests.operations.world import World
from tests.planning.jobs import accepted


def line(at_s: float, kind: str, **data: Any) -> dict[str, Any]:
    return {"at_s": at_s, "type": f"media.log.{kind}.v1", "data": {"node_id": "clip", **data}}


def claim(at_s: float, attempt: int, worker_id: str) -> dict[str, Any]:
    return line(at_s, "task-started", attempt=attempt, worker_id=worker_id)


def test_an_attempt_that_follows_a_silent_one_says_so() -> None:
    told = list(timeline_text([claim(1.0, 1, "video-a"), line(7.1, "timer-fired"), claim(7.2, 2, "video-b")]))
    assert told == [
        "    1.00 s  task-started         clip attempt 1 on video-a",
        "    7.10 s  timer-fired          a lease, a pause or a deadline is over",
        "    7.20 s  task-started         clip attempt 2 on video-b, for video-a fell silent",
    ]


def test_an_attempt_that_was_handed_back_was_not_silent() -> None:
    handed_back = line(2.0, "task-released", attempt=1, worker_id="video-a")
    told = list(timeline_text([claim(1.0, 1, "video-a"), handed_back, claim(2.1, 2, "video-b")]))
    assert told[-1] == "    2.10 s  task-started         clip attempt 2 on video-b"


def test_of_two_claims_of_one_attempt_the_first_counts() -> None:
    told = list(timeline_text([claim(1.0, 1, "video-a"), claim(1.1, 1, "video-b"), claim(9.0, 2, "video-c")]))
    assert "fell silent" not in told[1]
    assert told[2].endswith("clip attempt 2 on video-c, for video-a fell silent")


def test_an_old_order_that_another_worker_hands_back_does_not_hide_the_silence() -> None:
    handed_back = line(7.1, "task-released", attempt=1, worker_id="video-b")
    told = list(timeline_text([claim(1.0, 1, "video-a"), handed_back, claim(7.2, 2, "video-c")]))
    assert told[1].endswith("clip attempt 1 handed back by video-b")
    assert told[2].endswith("clip attempt 2 on video-c, for video-a fell silent")


async def test_the_list_says_of_each_job_and_refusal_what_was_told_last(own: Settings, world: World) -> None:
    picture = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
    made = accepted(picture | {"labels": {"for": "spring"}}, key="made")
    await world.run(made)
    await world.say(ReplayRequested(job_id=made.job_id, request_id="again", tenant="default"))
    await world.coordinate()
    gone = accepted(picture | {"tenant": "acme"}, key="gone").model_copy(update={"source": "/shop"})
    again = gone.model_copy(update={"source": "/office"})
    cancel = CancelRequested(job_id=gone.job_id, request_id="stop", tenant="acme", reason="")
    await world.say(gone, cancel, again)
    problem = Problem(code=ErrorCode.INVALID_REQUEST, path="/kind", message="no such kind")
    await world.say(RequestRejected(request_id="no-request", tenant="acme", errors=(problem,)))
    await world.coordinate()
    found = {job["job_id"]: job for job in await _jobs(own)}
    times = [job.pop("time") for job in found.values()]
    assert times == sorted(times, reverse=True)
    assert found == {
        made.job_id: {
            "kind": "task",
            "tenant": "default",
            "labels": {"for": "spring"},
            "job_id": made.job_id,
            "run": 2,
            "status": "running",
        },
        gone.job_id: {
            "kind": "task",
            "tenant": "acme",
            "labels": {},
            "job_id": gone.job_id,
            "run": 1,
            "status": "cancelled",
        },
        "no-request": {
            "kind": "-",
            "tenant": "acme",
            "labels": {},
            "job_id": "no-request",
            "run": "-",
            "status": "rejected",
        },
    }
    assert list(found["no-request"]) == ["kind", "tenant", "labels", "job_id", "run", "status"]
