from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaTimeoutError

from bus.cloudevents import header
from bus.publisher import Publisher
from bus.tail import read_all
from consumers.assembly.intake.app import put_on_log
from runtime.errors import BusUnreachable
from schemas.base import Fact
from schemas.log import CancelMatching, CancelRequested
from tests.bus.conftest import MakeTopic, make_topic, prefix

__all__ = ["make_topic", "prefix"]


class Unanswered:
    """A publisher whose broker went away after the records were queued."""

    async def send(self, *_: Any, **__: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_exception(KafkaTimeoutError())
        return future

    async def acknowledged(self, *futures: asyncio.Future[Any]) -> None:
        assert all(isinstance(future.exception(), KafkaTimeoutError) for future in futures)
        raise BusUnreachable("cannot reach Kafka")


async def test_a_broker_that_goes_away_is_no_defect_of_the_request() -> None:
    # As any other error it would count as a defect, and after three of those the request is a dead letter.
    event = CancelRequested(job_id=str(uuid.UUID(int=1)), request_id="r", tenant="default", reason="")
    with pytest.raises(BusUnreachable):
        await put_on_log(cast("Publisher", Unanswered()), "media", [("r", ("j", event))], partitions=4)


async def test_a_cancel_of_many_jobs_stands_on_every_partition() -> None:
    class Noting:
        def __init__(self) -> None:
            self.places: list[tuple[str, int | None]] = []

        async def send(self, _: str, key: str, *__: Any, partition: int | None, **___: Any) -> None:
            self.places.append((key, partition))

        async def acknowledged(self, *_: Any) -> None:
            return

    publisher = Noting()
    many = CancelMatching(request_id="r", tenant="default", labels={"a": "b"}, reason="")
    one = CancelRequested(job_id=str(uuid.UUID(int=1)), request_id="s", tenant="default", reason="")
    admitted = [("r", ("r", many)), ("s", ("j", one))]
    await put_on_log(cast("Publisher", publisher), "media", admitted, partitions=3)
    assert publisher.places == [("r", 0), ("r", 1), ("r", 2), ("j", None)]


@pytest.mark.parametrize("where", ["in the client", "at the broker"])
async def test_a_request_whose_record_is_too_large_is_refused_and_the_others_are_taken(
    bootstrap: str, prefix: str, make_topic: MakeTopic, where: str
) -> None:
    log = await make_topic("log", max_message_bytes="200000")
    size = 6_000_000 if where == "in the client" else 300_000
    admitted: list[tuple[str, tuple[str, Fact]]] = []
    for n in range(6):
        reason = "x" * size if n in {1, 4} else ""
        job_id = str(uuid.UUID(int=n))
        event = CancelRequested(job_id=job_id, request_id=f"r{n}", tenant="somebody", reason=reason)
        admitted.append((f"r{n}", (job_id, event)))
    async with Publisher(bootstrap) as publisher:
        await put_on_log(publisher, prefix, admitted, partitions=1)
    found: dict[str, dict[str, Any]] = {}
    async for records in read_all(bootstrap, log, 0):
        found |= {
            str(header(r.headers, "ce_type")) + json.loads(r.value)["request_id"]: json.loads(r.value)
            for r in records
        }
    assert {name for name in found if "cancel" in name} == {
        f"media.log.cancel-requested.v1r{n}" for n in (0, 2, 3, 5)
    }
    refusals = [value for name, value in found.items() if "rejected" in name]
    assert {each["request_id"] for each in refusals} == {"r1", "r4"}
    assert {each["tenant"] for each in refusals} == {"somebody"}
    assert {each["errors"][0]["code"] for each in refusals} == {"unsupported"}
