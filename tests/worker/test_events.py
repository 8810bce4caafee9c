"""A worker's result that no record can carry becomes a failure of its task, and is not told for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from bus.publisher import RecordTooLarge
from runtime.errors import BusUnreachable
from schemas.log import NodeProduct, TaskFailed, TaskSucceeded
from schemas.orders import WorkOrder
from schemas.sizes import BUDGETS, STAGE_CHARS
from tests.planning.amplifying import texts
from tests.planning.jobs import History, accepted, asset, ready
from worker.events import TaskEvents


class Bus:
    """Takes records up to a size, after it was away for a while."""

    def __init__(self, most_bytes: int = 4_194_304, away: int = 0) -> None:
        self.most_bytes, self.away = most_bytes, away
        self.told: list[Any] = []
        self.tries = 0

    async def publish(
        self, topic: str, key: str, type: str, message: Any, /, *, id: str, subject: str
    ) -> None:
        self.tries += 1
        if self.tries <= self.away:
            raise BusUnreachable("away")
        if len(message.to_bytes()) > self.most_bytes:
            raise RecordTooLarge("too large", [subject])
        self.told.append(message)

    async def publish_record(self, *_: Any) -> None:
        """Nothing of this test."""


def order() -> WorkOrder:
    history = History()
    history.add(accepted(texts(1)))
    return history.order_of("t0")


def result(products: int, text: str | None) -> TaskSucceeded:
    made = tuple(
        NodeProduct(role=f"r{n}", asset=asset("a", "text/plain", text=text)) for n in range(products)
    )
    return ready(order()).model_copy(update={"products": made})


async def told(bus: Bus, event: TaskSucceeded | TaskFailed) -> Any:
    async with asyncio.timeout(30):
        await TaskEvents(bus, "media", "w", 6.0).ended(order(), event)
    return bus.told[-1] if bus.told else None


async def test_a_result_leaves_its_longest_texts_out_until_it_fits() -> None:
    event = await told(Bus(), result(12, "\x01" * 65_536))
    assert isinstance(event, TaskSucceeded)
    assert len(event.products) == 12
    assert len(event.to_bytes()) <= BUDGETS["log"]
    assert {lack.code for lack in event.degraded} == {"unsupported"}


async def test_a_result_that_never_fits_is_a_failure_of_its_task() -> None:
    bus = Bus()
    event = await told(bus, result(12_000, None))
    assert isinstance(event, TaskFailed)
    assert (event.code, event.retryable) == ("unsupported", False)
    assert bus.tries == 1


async def test_a_result_that_the_broker_refuses_is_a_failure_of_its_task() -> None:
    bus = Bus(most_bytes=50_000, away=1)
    event = await told(bus, result(1, "x" * 60_000))
    assert isinstance(event, TaskFailed)
    assert (event.code, event.retryable) == ("unsupported", False)
    assert bus.tries == 3


async def test_a_broker_that_takes_nothing_is_not_asked_for_ever() -> None:
    bus = Bus(most_bytes=10)
    assert await told(bus, result(1, "x")) is None
    assert bus.tries == 2


async def test_the_words_of_an_engine_about_how_far_it_is_are_cut() -> None:
    bus = Bus()
    await TaskEvents(bus, "media", "w", 6.0).progress(order(), 1, 0.5, "s" * 1_000_000)
    assert len(bus.told[0].stage) == STAGE_CHARS
    assert len(bus.told[0].to_bytes()) < BUDGETS["progress"]
