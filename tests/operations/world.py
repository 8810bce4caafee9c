"""A system without processes: real topics and a real store, written to as intake, workers and coordinator do."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from dataclasses import replace

from bus.admin import apply
from bus.cloudevents import decode, encode
from bus.partitions import partition_of
from bus.publisher import Publisher
from bus.tail import read_all
from consumers.assembly.coordinator.standby import Standby
from consumers.assembly.coordinator.state_store import KafkaStateStore
from planning.job.commands import PublishFact
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import Checkpoint
from runtime.settings import Settings
from schemas.capabilities import CAPABILITIES, Capability
from schemas.facts import EVENT_TOPICS
from schemas.identity import event_id
from schemas.log import LOG_TYPES, LogEvent, RequestRejected, log_type
from schemas.orders import ORDER_TYPE, WorkOrder
from schemas.topics import topic, topics
from storage.store import Store
from tests.planning.jobs import Folded, folded, made_by, ready, started


def create_topics(settings: Settings) -> None:
    """Every topic, with one partition: the broker is shared with all other tests."""
    specs = [replace(spec, partitions=1) for spec in topics(settings.topic_prefix)]
    asyncio.run(apply(settings.bootstrap_servers, specs))


class World:
    """What happens on the topics, one step at a time."""

    def __init__(self, settings: Settings, store: Store, publisher: Publisher) -> None:
        self.settings = settings
        self.store = store
        self.publisher = publisher

    def topic(self, *parts: str) -> str:
        return topic(self.settings.topic_prefix, *parts)

    async def say(self, *events: LogEvent) -> None:
        """Append to the log."""
        for event in events:
            key = event.request_id if isinstance(event, RequestRejected) else event.job_id
            kind = log_type(event)
            await self.publisher.publish(
                self.topic("log"), key, kind, event, id=str(uuid.uuid4()), subject=key
            )

    async def coordinate(self, *, send_orders: bool = True, tell: bool = True) -> Folded:
        """Fold the news and write what follows, as a coordinator does that takes the partition over."""
        servers = self.settings.bootstrap_servers
        prefix = self.settings.topic_prefix
        standby = Standby(servers, prefix, 1)
        following = asyncio.create_task(standby.follow())
        state_store = KafkaStateStore(servers, prefix, 0, 1, standby)
        await state_store.start()
        try:
            restored = await state_store.restore()
            partition = self.partition = Partition(restored.entries, restored.next_offset or 0)
            outbox, changes = folded(partition, *await self._news(partition.next_offset))
            for command in outbox.orders if send_orders else ():
                await self._order(command.order)
            checkpoint = Checkpoint(partition.next_offset, len(partition.entries))
            await state_store.commit(changes, checkpoint, outbox.facts if tell else [])
        finally:
            await state_store.close()
            following.cancel()
            await asyncio.wait([following])
        return outbox

    async def work(self, orders: Iterable[WorkOrder]) -> None:
        """Answer orders as a worker does."""
        for order in orders:
            await self.store.put_bytes(made_by_bytes(order), "image/png")
            await self.say(started(order), ready(order))

    async def run(self, *events: LogEvent) -> Folded:
        """From the request to the end."""
        await self.say(*events)
        outbox = await self.coordinate()
        await self.work([command.order for command in outbox.orders])
        return await self.coordinate()

    async def repeat(self, fact: PublishFact, *, id: str | None = None) -> None:
        """Write a public event by hand, outside of every transaction."""
        value, headers = encode(
            fact.type, fact.fact.to_bytes(), id=id or fact.event_id, source="/by/hand", subject=fact.key
        )
        name = self.topic(EVENT_TOPICS[fact.type])
        partition = partition_of(fact.key, 1)
        await self.publisher.publish_record(name, fact.key, value, headers, partition=partition)

    async def _news(self, start: int) -> list[LogEntry]:
        found = []
        async for records in read_all(self.settings.bootstrap_servers, self.topic("log"), 0, start=start):
            for record in records:
                event = decode(record, types=LOG_TYPES.keys())
                model = LOG_TYPES[event.type].model_validate_json(record.value or b"")
                found.append(LogEntry(record.offset, record.timestamp, model))  # type: ignore[arg-type]
        return found

    async def _order(self, order: WorkOrder) -> None:
        name = self.topic("tasks", CAPABILITIES[Capability(order.capability)].modality, order.lane)
        name_id = event_id(ORDER_TYPE, order.job_id, order.run, order.node_id, order.attempt)
        await self.publisher.publish(name, order.task_id, ORDER_TYPE, order, id=name_id)


def made_by_bytes(order: WorkOrder) -> bytes:
    """The bytes of the asset that `tests.planning.jobs` makes of an order."""
    import json

    content = json.dumps([order.capability, order.params, order.seed], sort_keys=True).encode()
    assert made_by(order).size_bytes == len(content)
    return content
