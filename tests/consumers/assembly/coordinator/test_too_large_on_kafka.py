"""On a real broker whose topics take less than they should, too, one job ends, and its partition goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bus.admin import apply
from bus.circuit_breaker import CircuitBreakers
from bus.cloudevents import header
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from bus.tail import Tail
from consumers.assembly.coordinator.log import KafkaLog
from consumers.assembly.coordinator.loop import Coordinator
from consumers.assembly.coordinator.outgoing import KafkaOutgoing
from consumers.assembly.coordinator.standby import Standby
from consumers.assembly.coordinator.state_store import KafkaStateStores
from planning.job.reduce import reduce
from planning.job.state import Job
from runtime.settings import Settings
from schemas.facts import TERMINAL_TYPES
from schemas.log import LogEvent, log_type
from schemas.topics import TopicSpec, topic, topics
from tests.consumers.assembly.coordinator.test_loop import PICTURE
from tests.planning.amplifying import echoes, texts
from tests.planning.jobs import LOUD, accepted, orders, ready, ready_orders, started


def narrow(settings: Settings, limits: Mapping[str, int]) -> list[TopicSpec]:
    """All topics, one partition of each where a job has its number; some of them take less."""
    return [
        replace(
            spec,
            partitions=1 if spec.fixed_partitions else spec.partitions,
            config={**spec.config, "max.message.bytes": str(limits[spec.name_without_prefix.split(".")[0]])}
            if spec.name_without_prefix.split(".")[0] in limits
            else spec.config,
        )
        for spec in topics(settings.topic_prefix)
    ]


def history(request: Mapping[str, Any], key: str, most_bytes: int = 10**9) -> list[LogEvent]:
    """A job's acceptance, and what workers say of all orders that it comes to and that are not larger than this."""
    events: list[LogEvent] = [accepted(request, key=key)]
    job: Job | None = None
    done, sent = 0, set[str]()
    while done < len(events):
        job, _ = reduce(job, events[done], 1_000)
        done += 1
        for order in orders(ready_orders(job, sent)):
            if len(order.to_bytes()) <= most_bytes:
                events += [started(order), ready(order)]
    return events


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("limits", "data"), [({"tasks": 500_000}, echoes(5, LOUD)), ({"jobs": 300_000}, texts(4, LOUD))]
)
async def test_a_record_that_a_real_broker_refuses_ends_its_job_alone(
    settings: Settings, limits: Mapping[str, int], data: Mapping[str, Any]
) -> None:
    settings = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}-{next(iter(limits))}"})
    prefix, bootstrap = settings.topic_prefix, settings.bootstrap_servers
    await apply(bootstrap, narrow(settings, limits))
    large, small = history(data, "large", limits.get("tasks", 10**9)), history(PICTURE, "small")
    async with Publisher(bootstrap) as publisher:
        source = KafkaLog(bootstrap, prefix, DeadLetters(publisher, topic(prefix, "dlq")), CircuitBreakers())
        standby = Standby(bootstrap, prefix, 1)
        coordinator = Coordinator(
            source, KafkaStateStores(bootstrap, prefix, 1, standby), KafkaOutgoing(publisher, prefix)
        )
        await source.start()
        beside = [asyncio.create_task(standby.follow()), asyncio.create_task(coordinator.run())]
        ends: dict[str, tuple[str, dict[str, Any]]] = {}
        try:
            async with asyncio.timeout(60):
                # What it finds in the log would be folded without an order.
                while not coordinator.ready:  # noqa: ASYNC110  # there is no event that tells it
                    await asyncio.sleep(0.05)
            for n, event in enumerate([*large, *small]):
                job_id = event.job_id  # type: ignore[union-attr]
                await publisher.publish(topic(prefix, "log"), job_id, log_type(event), event, id=f"{n}")
            async with (
                asyncio.timeout(90),
                Tail(bootstrap, [topic(prefix, "jobs")], start="beginning") as tail,
            ):
                async for record in tail:
                    kind = header(record.headers, "ce_type") or ""
                    if kind in TERMINAL_TYPES:
                        ends[(record.key or b"").decode()] = kind, json.loads(record.value or b"")
                    if len(ends) == 2:
                        break
        finally:
            coordinator.stop()
            await asyncio.wait(beside[1:])
            beside[0].cancel()
            await asyncio.wait(beside)
            await source.stop()
    assert ends[small[0].job_id][0] == "media.job.succeeded.v1"  # type: ignore[union-attr]
    kind, failed = ends[large[0].job_id]  # type: ignore[union-attr]
    assert (kind, failed["error"]["code"]) == ("media.job.failed.v1", "unsupported")
