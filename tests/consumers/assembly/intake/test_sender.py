"""Whose a request is, and what tells it from others."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, cast

import pytest

from bus.cloudevents import Event
from consumers.assembly.intake.handler import CANCEL, JOB, REPLAY, admit
from consumers.assembly.intake.objects import Objects
from consumers.assembly.intake.sender import answer
from schemas.identity import job_id
from schemas.log import Asked, CancelMatching, CancelRequested, JobAccepted, ReplayRequested, RequestRejected
from storage.store import Store

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
A_JOB = "6a0f2f0e-55a4-5b5b-9d3c-0d6b8d3f6c11"
admit = partial(admit, objects=Objects(cast("Store", None), "media", 0), allow_private_webhooks=False)


def request(
    data: dict[str, Any],
    kind: str = JOB,
    *,
    topic: str = "media.requests",
    id: str = "1",  # as CloudEvents calls it
    source: str = "/a",
) -> Event:
    return Event(
        type=kind,
        id=id,
        source=source,
        subject=None,
        time=None,
        data=data,
        traceparent=None,
        key=None,
        topic=topic,
        partition=0,
        offset=0,
        timestamp_ms=0,
        value=json.dumps(data).encode(),
        headers=(),
    )


async def said(*given: Any, **named: Any) -> Asked:
    return (await answer(request(*given, **named), "media", admit))[1]


async def test_a_repeat_has_the_same_mark_and_nothing_else_has() -> None:
    marks = [
        (await said(*given, **named)).mark
        for given, named in (
            ((PICTURE,), {}),
            ((PICTURE,), {"source": "/b"}),
            ((PICTURE,), {"id": "2"}),
            ((PICTURE | {"seed": 1},), {}),
            ((PICTURE, REPLAY), {}),
            ((PICTURE,), {"topic": "media.requests.acme"}),
            ((PICTURE,), {"topic": "media.requests.other"}),
        )
    ]
    assert len(set(marks)) == len(marks)
    assert (await said(PICTURE)).mark == marks[0]


async def test_a_topic_of_a_tenants_own_says_whose_the_request_is() -> None:
    own = {"topic": "media.requests.acme"}
    for data in (PICTURE, PICTURE | {"tenant": "acme"}):
        job = await said(data, **own)
        assert isinstance(job, JobAccepted)
        assert (job.tenant, job.job_id, job.request["tenant"]) == ("acme", job_id("acme", "1"), "acme")
    for kind, model in ((CANCEL, CancelRequested), (REPLAY, ReplayRequested)):
        event = await said({"job_id": A_JOB}, kind, **own)
        assert isinstance(event, model)
        assert event.tenant == "acme"
    many = await said({"labels": {"a": "b"}}, CANCEL, **own)
    assert isinstance(many, CancelMatching)
    assert many.tenant == "acme"
    assert isinstance(await said({"tenant": "acme"}, CANCEL, **own), CancelMatching)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PICTURE | {"tenant": "other"}, JOB),
        (PICTURE | {"tenant": "default"}, JOB),
        (PICTURE | {"tenant": None}, JOB),
        ({"job_id": A_JOB, "tenant": "other"}, CANCEL),
        ({"labels": {"a": "b"}, "tenant": "other"}, CANCEL),
        ({"job_id": A_JOB, "tenant": "other"}, REPLAY),
    ],
)
async def test_another_tenant_than_the_topics_is_refused(data: dict[str, Any], kind: str) -> None:
    key, event = await answer(request(data, kind, topic="media.requests.acme"), "media", admit)
    assert isinstance(event, RequestRejected)
    assert (event.tenant, key) == ("acme", "1")
    assert [(p.code, p.path) for p in event.errors] == [("invalid_request", "/tenant")]


async def test_another_tenant_is_refused_together_with_everything_else() -> None:
    event = await said(PICTURE | {"tenant": "other", "sead": 1}, topic="media.requests.acme")
    assert isinstance(event, RequestRejected)
    assert {p.path for p in event.errors} == {"/tenant", "/sead"}


@pytest.mark.parametrize("data", [{}, {"labels": {}}, {"tenant": "other"}, {"reason": "x"}])
async def test_a_cancel_that_names_nothing_does_not_come_to_mean_all_jobs_of_the_topics_tenant(
    data: dict[str, Any],
) -> None:
    event = await said(data, CANCEL, topic="media.requests.acme")
    assert isinstance(event, RequestRejected)
    assert event.tenant == "acme"
    assert "/job_id" in {p.path for p in event.errors}


async def test_a_topic_whose_name_ends_in_no_tenants_name_takes_nothing_in() -> None:
    event = await said(PICTURE, topic="media.requests." + "a" * 64)
    assert isinstance(event, RequestRejected)
    assert [p.path for p in event.errors] == ["/tenant"]


async def test_a_replay_and_a_cancel_may_name_the_tenant_of_their_job() -> None:
    for kind in (CANCEL, REPLAY):
        assert (await said({"job_id": A_JOB}, kind)).tenant == "default"
        assert (await said({"job_id": A_JOB, "tenant": "acme"}, kind)).tenant == "acme"
