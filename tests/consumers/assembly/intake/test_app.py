from __future__ import annotations

import asyncio
import uuid
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaTimeoutError

from bus.publisher import Publisher
from consumers.assembly.intake.app import put_on_log
from runtime.errors import BusUnreachable
from schemas.log import CancelRequested


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
    event = CancelRequested(job_id=str(uuid.UUID(int=1)), request_id="r", tenant="default", reason="")
    with pytest.raises(BusUnreachable):
        await put_on_log(cast("Publisher", Unanswered()), "media", [("r", ("j", event))])
