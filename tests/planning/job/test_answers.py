"""Every request gets its own answer, whoever else used its id; its repeat gets none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

from planning.job.commands import PublishFact
from planning.job.reduce import SOURCES_REMEMBERED
from planning.partition.partition import LogEntry, Partition
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.identity import LONGEST_SOURCE, request_mark, told_source
from schemas.log import (
    Asked,
    CancelMatching,
    CancelRequested,
    JobAccepted,
    LogEvent,
    ReplayRequested,
    RequestRejected,
)
from tests.planning.jobs import accepted, folded, ready

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
OTHER = PICTURE | {"params": {"prompt": "a whale"}}
PROBLEM = Problem(code=ErrorCode.INVALID_REQUEST, path="/kind", message="no")
E = TypeVar("E", bound=Asked)
REJECTED, ACCEPTED = "media.job.rejected.v1", "media.job.accepted.v1"


class Log:
    """One partition, told of requests as intake marks them."""

    def __init__(self) -> None:
        self.partition = Partition({}, 0)
        self.orders: list[Any] = []
        self.offset = 0

    def add(self, event: LogEvent) -> Sequence[PublishFact]:
        self.offset += 1
        outbox = folded(self.partition, LogEntry(self.offset - 1, 1_000 + self.offset, event))[0]
        self.orders += [command.order for command in outbox.orders]
        return outbox.facts

    def told(self, event: LogEvent) -> list[tuple[str, str]]:
        return [(tell.type, tell.event_id) for tell in self.add(event)]


def of(event: E, source: str, content: str = "") -> E:
    """The request as it comes from a source."""
    mark = request_mark(source, event.request_id, type(event).__name__, None, content.encode())
    return event.model_copy(update={"source": source, "mark": mark})


def refused(request_id: str = "1") -> RequestRejected:
    return RequestRejected(request_id=request_id, tenant="default", errors=(PROBLEM,))


def cancel(job_id: str, request_id: str = "1", tenant: str = "default") -> CancelRequested:
    return CancelRequested(job_id=job_id, request_id=request_id, tenant=tenant, reason="enough")


def replay(job_id: str, request_id: str = "1", tenant: str = "default") -> ReplayRequested:
    return ReplayRequested(job_id=job_id, request_id=request_id, tenant=tenant)


def test_a_refusal_under_an_id_that_was_refused_before_is_told_under_an_id_of_its_own() -> None:
    log = Log()
    told = [
        log.told(of(refused(), "/a", "x")),
        log.told(of(refused(), "/b", "x")),
        log.told(of(refused(), "/a", "y")),
    ]
    assert [[kind for kind, _ in some] for some in told] == [[REJECTED]] * 3
    assert len({event_id for some in told for _, event_id in some}) == 3
    assert log.told(of(refused(), "/a", "x")) == []


def test_a_refusal_says_whose_request_it_answers() -> None:
    (tell,) = Log().add(of(refused(), "/shop/orders"))
    assert (tell.fact.to_json()["request_id"], tell.fact.to_json()["request_source"]) == ("1", "/shop/orders")
    assert tell.key == "1"


def test_one_key_for_two_requests_of_two_sources_is_refused_and_told_once() -> None:
    log = Log()
    assert [kind for kind, _ in log.told(of(accepted(PICTURE, key="1"), "/a"))] == [ACCEPTED]
    conflict = of(accepted(OTHER, key="1"), "/b")
    (tell,) = log.add(conflict)
    assert (tell.type, tell.fact.to_json()["errors"][0]["path"]) == (REJECTED, "/idempotency_key")
    assert tell.fact.to_json()["request_source"] == "/b"
    assert log.told(conflict) == []


def test_an_equal_request_of_another_source_under_the_same_id_is_told_which_job_does_it() -> None:
    log = Log()
    (first,) = log.add(of(accepted(PICTURE, key="1"), "/a"))
    (second,) = log.add(of(accepted(PICTURE, key="1"), "/b"))
    assert (first.type, second.type) == (ACCEPTED, ACCEPTED)
    assert first.event_id != second.event_id
    assert (first.fact.to_json()["request_source"], second.fact.to_json()["request_source"]) == ("/a", "/b")
    assert (second.key, second.fact.to_json()["run"]) == (first.key, 1)
    assert len(log.orders) == 1
    for repeat in ("/a", "/b"):
        assert log.told(of(accepted(PICTURE, key="1"), repeat)) == []


def test_a_repeat_under_a_key_that_was_given_publishes_nothing() -> None:
    log = Log()
    keyed = PICTURE | {"idempotency_key": "order-1"}
    first = accepted(keyed, key="1")
    log.add(of(first, "/a"))
    for number, source in enumerate(("/a", "/a", "/b"), start=2):
        again = first.model_copy(update={"request_id": str(number)})
        assert log.told(of(again, source)) == []


def test_sources_that_ask_for_one_job_are_remembered_up_to_a_number() -> None:
    log = Log()
    for number in range(3 * SOURCES_REMEMBERED):
        assert len(log.told(of(accepted(PICTURE, key="1"), f"/{number}"))) == 1
    job = log.partition.job(accepted(PICTURE, key="1").job_id)
    assert job is not None
    assert len(job.sources) == SOURCES_REMEMBERED


@pytest.mark.parametrize("request_of", [cancel, replay])
def test_a_refused_id_does_not_silence_another_source_that_cancels_or_replays(request_of: Any) -> None:
    log = Log()
    job = accepted(PICTURE, key="k")
    assert [kind for kind, _ in log.told(of(request_of(job.job_id), "/early"))] == [REJECTED]
    log.add(of(job, "/a"))
    if request_of is replay:
        log.add(ready(log.orders[0]))
        assert [kind for kind, _ in log.told(of(replay(job.job_id), "/b"))] == [ACCEPTED]
    else:
        assert [kind for kind, _ in log.told(of(cancel(job.job_id), "/b"))] == ["media.job.cancelled.v1"]
    assert log.told(of(request_of(job.job_id), "/early")) == []


def test_cancels_of_many_jobs_under_one_id_of_two_sources_are_both_obeyed() -> None:
    log = Log()
    many = CancelMatching(request_id="1", tenant="default", reason="enough")
    log.add(of(accepted(PICTURE, key="a"), "/a"))
    assert [kind for kind, _ in log.told(of(many, "/a"))] == ["media.job.cancelled.v1"]
    log.add(of(accepted(PICTURE, key="b"), "/a"))
    assert log.told(of(many, "/a")) == []
    assert [kind for kind, _ in log.told(of(many, "/b"))] == ["media.job.cancelled.v1"]


def test_replays_under_one_id_of_two_sources_are_two_runs() -> None:
    log = Log()
    job = accepted(PICTURE, key="k")
    log.add(of(job, "/a"))
    log.add(ready(log.orders[0]))
    assert [t.fact.to_json()["run"] for t in log.add(of(replay(job.job_id), "/a"))] == [2]
    log.add(ready(log.orders[1]))
    assert log.told(of(replay(job.job_id), "/a")) == []
    (again,) = log.add(of(replay(job.job_id), "/b"))
    assert (again.fact.to_json()["run"], again.fact.to_json()["request_source"]) == (3, "/b")


@pytest.mark.parametrize("request_of", [cancel, replay])
def test_another_tenants_job_is_one_that_does_not_exist(request_of: Any) -> None:
    log = Log()
    job = accepted(PICTURE | {"tenant": "acme"}, key="k")
    log.add(of(job, "/a"))
    log.add(ready(log.orders[0])) if request_of is replay else None
    nobody = "00000000-0000-5000-8000-000000000000"
    (unknown,) = log.add(of(request_of(nobody, "1"), "/b"))
    for number, tenant in enumerate(("default", "other"), start=2):
        (told,) = log.add(of(request_of(job.job_id, str(number), tenant), "/b"))
        assert told.type == REJECTED
        assert told.fact.to_json()["errors"] == unknown.fact.to_json()["errors"]
        assert told.fact.to_json()["errors"][0]["path"] == "/job_id"
    (obeyed,) = log.add(of(request_of(job.job_id, "4", "acme"), "/b"))
    assert obeyed.type in {ACCEPTED, "media.job.cancelled.v1"}


def test_what_an_older_version_took_in_is_folded_as_it_was() -> None:
    log = Log()
    assert log.told(refused()) == [(REJECTED, "6713efc5-9258-5817-92e6-5cf4f64feb55")]
    assert log.told(refused()) == []
    job = accepted(PICTURE | {"tenant": "acme"}, key="k")
    (begun,) = log.add(job)
    assert {"request_source", "request_digest"} & begun.fact.to_json().keys() == set()
    assert log.told(job.model_copy(update={"request_id": "k-again"})) == []
    # Then a cancel could not name the tenant of its job, and was obeyed all the same.
    assert [kind for kind, _ in log.told(cancel(job.job_id, "c"))] == ["media.job.cancelled.v1"]


def test_an_event_of_an_older_version_is_read() -> None:
    old = {
        "job_id": "6a0f2f0e-55a4-5b5b-9d3c-0d6b8d3f6c11",
        "request_id": "r",
        "tenant": "default",
        "reason": "",
    }
    assert CancelRequested.model_validate(old).note == "r"


def test_a_job_knows_after_a_restore_who_was_answered() -> None:
    for request in (PICTURE, _wide()):
        log = Log()
        event = accepted(request, key="1")
        log.add(of(event, "/a"))
        log.partition = Partition(dict(log.partition.entries), log.partition.next_offset)
        assert log.told(of(event, "/a")) == []
        assert [kind for kind, _ in log.told(of(event, "/b"))] == [ACCEPTED]
        log.partition = Partition(dict(log.partition.entries), log.partition.next_offset)
        assert log.told(of(event, "/b")) == []


def _wide() -> dict[str, Any]:
    item = {"capability": "image-generation"}
    return {
        "kind": "batch",
        "items": [item | {"id": f"p{i}", "params": {"prompt": str(i)}} for i in range(20)],
    }


def test_a_source_of_any_length_is_told_in_few_characters_and_stays_its_own() -> None:
    long, other = "/" + "x" * 100_000, "/" + "x" * 100_001
    assert len(told_source(long)) == LONGEST_SOURCE
    assert told_source(long) != told_source(other)
    assert told_source("/shop") == "/shop"


def test_a_request_may_still_be_corrected_under_its_old_id() -> None:
    log = Log()
    log.add(of(refused("key-1"), "/a", "wrong"))
    event = accepted(PICTURE)
    assert isinstance(event, JobAccepted)
    assert [kind for kind, _ in log.told(of(event, "/a", "right"))] == [ACCEPTED]
