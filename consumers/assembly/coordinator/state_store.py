"""How the coordinator writes: one partition's state and facts, in transactions that fence every older writer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing

from bus.cloudevents import encode, header
from bus.partitions import partition_of
from bus.tail import read_all
from bus.tracing import trace_id_of
from bus.transactions import PartitionWriter, ProducerRecord
from consumers.assembly.coordinator.ports import Restored, StateStore
from consumers.assembly.coordinator.replica import FORGOTTEN, Replica
from consumers.assembly.coordinator.standby import Standby
from consumers.assembly.coordinator.trail import FactSpans, Trail
from consumers.assembly.coordinator.turns import Turns
from planning.job.commands import PublishFact
from planning.partition.records import NEXT_OFFSET, Checkpoint, StateUnreadable, pack_offset
from runtime.kafka_connection import Brokers
from runtime.metrics import COMMIT_SECONDS, end_of
from runtime.telemetry import get_logger
from schemas.facts import EVENT_TOPICS
from schemas.topics import topic

SOURCE = "/reelbus/coordinator"
AT_ONCE = 50
"""So many facts are unpacked at a time: about a millisecond."""

log = get_logger(__name__)


class KafkaStateStores:
    """Opens state stores for the partitions of one stack; what the standby has read need not be read again."""

    def __init__(
        self,
        bootstrap: Brokers,
        prefix: str,
        partitions: int,
        standby: Standby,
        trail: Trail | None = None,
        still: asyncio.Event | None = None,
    ) -> None:
        """`still` is set while the coordinator has nothing in hand: what is read at length goes on then."""
        self._trail, self._still = trail, still
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._partitions = partitions
        self._standby = standby

    async def open(self, partition: int) -> StateStore:
        """Become the partition's only writer."""
        state_store = KafkaStateStore(
            self._bootstrap,
            self._prefix,
            partition,
            self._partitions,
            self._standby,
            self._trail,
            self._still,
        )
        await state_store.start()
        return state_store


class KafkaStateStore:
    """One partition's state and facts."""

    def __init__(
        self,
        bootstrap: Brokers,
        prefix: str,
        partition: int,
        partitions: int,
        standby: Standby,
        trail: Trail | None = None,
        still: asyncio.Event | None = None,
    ) -> None:
        self._still = still
        self._spans = FactSpans(trail or Trail(), prefix)
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._partition = partition
        self._partitions = partitions
        self._standby = standby
        self._state_topic = topic(prefix, "state")
        self._writer = PartitionWriter(bootstrap, prefix, partition)
        self._taken = False
        self._position = 0
        self._checkpoint: Checkpoint | None = None

    async def start(self) -> None:
        """Become the only writer."""
        await self._writer.start()

    async def restore(self) -> Restored:
        """Read the state up to its end; the log offset is one of its records."""
        replica = await self._standby.take(self._partition)
        self._taken = True
        self._position, self._checkpoint = replica.position, replica.checkpoint
        return replica.restored()

    async def published_ids(self) -> set[str]:
        """Return the ids of the public facts on this partition number, which all of its jobs' facts have."""
        ids: set[str] = set()
        turns = Turns(still=self._still)
        for name in (topic(self._prefix, "jobs"), topic(self._prefix, "assets")):
            async with aclosing(read_all(self._bootstrap, name, self._partition, at_once=AT_ONCE)) as facts:
                async for records in facts:
                    ids.update(header(record.headers, "ce_id") or "" for record in records)
                    await turns.give()
        return ids

    async def commit(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        """Write facts, states and offset in one transaction.

        Raises:
            StateUnreadable: this was written, and what had been written before is gone.
        """
        records = [self._fact(tell) for tell in facts]
        records += [self._state(key, value) for key, value in states.items()]
        if checkpoint is not None:
            records.append(self._state(NEXT_OFFSET, pack_offset(checkpoint)))
        try:
            with COMMIT_SECONDS.time():
                places = await self._writer.commit(records)
        except BaseException as error:
            self._spans.end(error)
            raise
        self._spans.end()
        for tell in facts:
            if (outcome := end_of(tell.type)) is not None:
                log.info(
                    "job.ended", job_id=tell.key, outcome=outcome, trace_id=trace_id_of(tell.traceparent)
                )
        position = places.get((self._state_topic, self._partition), self._position)
        if position < self._position:
            raise StateUnreadable("its topic was made anew, and has only what was written since")
        self._position, self._checkpoint = position, checkpoint or self._checkpoint

    async def close(self, committed: dict[str, bytes] | None = None) -> None:
        """Let go, without finishing anything; what was committed stays warm."""
        await self._writer.discard()
        if not self._taken:
            return
        replica = Replica()  # after an error in between nothing is known for sure: all is read again
        if committed is not None:
            replica = Replica(committed, self._checkpoint, self._position)
        self._standby.give(self._partition, replica)

    def _fact(self, tell: PublishFact) -> ProducerRecord:
        value, headers = encode(
            tell.type,
            tell.fact.to_bytes(),
            id=tell.event_id,
            source=SOURCE,
            subject=tell.key,
            traceparent=self._spans.begin(tell),
        )
        key = tell.key.encode()
        name = topic(self._prefix, EVENT_TOPICS[tell.type])
        return ProducerRecord(name, partition_of(key, self._partitions), key, value, headers)

    def _state(self, key: str, value: bytes | None) -> ProducerRecord:
        headers = FORGOTTEN if value is None else ()
        return ProducerRecord(self._state_topic, self._partition, key.encode(), value, headers)
