from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaTimeoutError

from bus.publisher import Publisher
from consumers.assembly.intake.app import put_on_log
from runtime.errors import BusUnreachable
from schemas.log import CancelMatching, CancelRequested


class Unanswered:
    """A publisher whose broker went away after the records were queued."""

    async def send(self, *_: Any, **__: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_exception(KafkaTimeoutError())
        return future

    async def acknowledged(self, *futures: asyncio.Future[Any]) -> None:
        assert all(isinstance(future.exception(), KafkaTimeoutError) for future in futures)
        raise BusUnreachable("cannot reach Kafka")


async def test_a_broker_that_goes_away_is_no_defect_of_the_wish() -> None:
    # As any other error it would count as a defect, and after three of those the wish is a dead letter.
    event = CancelRequested(job_id="j", request_id="r", tenant="default", reason="")
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
    one = CancelRequested(job_id="j", request_id="s", tenant="default", reason="")
    taken = [("r", ("r", many)), ("s", ("j", one))]
    await put_on_log(cast("Publisher", publisher), "media", taken, partitions=3)
    assert publisher.places == [("r", 0), ("r", 1), ("r", 2), ("j", None)]
