"""How `media.deferred` is read: through a consumer group, each partition from its beginning whenever it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition
from pydantic import ValidationError

from bus.assignment import AssignmentNotes
from bus.cloudevents import decode
from bus.connections import build_consumer, forget, start_consumer, stop_consumer, unreachable
from bus.unreadable import Unreadable
from consumers.remote.ports import TicketRecord
from runtime.kafka_connection import Brokers
from runtime.telemetry import get_logger
from schemas.orders import TICKET_TYPE, DeferredTicket
from schemas.topics import topic

GROUP = "remote"
BATCH_RECORDS = 500
REBALANCE_LONGEST_S = 40.0
"""A rebalance keeps a poll waiting, for 15 s at most; after this it does not come back."""

log = get_logger(__name__)


class KafkaTickets:
    """`media.deferred` read through a group that never commits: what it holds is all that there is to know."""

    def __init__(self, bootstrap: Brokers, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic(prefix, "deferred")
        self._consumer: AIOKafkaConsumer = build_consumer(
            bootstrap=bootstrap,
            group_id=f"{prefix}-{GROUP}",
            auto_offset_reset="earliest",
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_000,
            rebalance_timeout_ms=15_000,
            max_poll_interval_ms=300_000,
        )
        self._assigned: frozenset[int] = frozenset()
        self._generation = 0
        self._ends: dict[int, int] = {}
        self._ends_of = -1

    @property
    def running(self) -> bool:
        """Whether it has partitions, or is one poller more than there are."""
        return self._generation > 0

    async def start(self) -> None:
        """Join the group.

        Raises:
            BusUnreachable: No broker, or no such topic.
        """
        self._consumer.subscribe([self._topic], listener=AssignmentNotes(self))
        await start_consumer(self._consumer, self._bootstrap)

    async def stop(self) -> None:
        """Leave the group."""
        await stop_consumer(self._consumer)

    def assignment(self) -> tuple[int, frozenset[int]]:
        """Return the generation and the partitions of the newest assignment."""
        return self._generation, self._assigned

    def caught_up(self, partition: int) -> bool:
        """Whether all that stood there when the partition was given has been polled."""
        if self._ends_of != self._generation or partition not in self._ends:
            return False
        end = self._ends[partition]
        place = TopicPartition(self._topic, partition)
        if end == 0:
            return True
        if place not in self._consumer.assignment():
            return False
        state = self._consumer._subscription.subscription.assignment.state_value(place)
        return bool(state.has_valid_position and state.position >= end)

    async def poll(self, timeout_s: float) -> Sequence[TicketRecord]:
        """Return the next tickets; what cannot be read is left where it is, for a newer version may know it.

        Raises:
            BusUnreachable: The broker is away.
        """
        generation, assigned = self._generation, self._assigned
        try:
            if self._ends_of != generation:
                # What was fetched while the assignment came was given to nobody: begin where each partition begins.
                places = [TopicPartition(self._topic, number) for number in assigned]
                firsts = await self._consumer.beginning_offsets(places) if places else {}
                ends = await self._consumer.end_offsets(places) if places else {}
                if self._generation != generation:
                    return []
                for place, first in firsts.items():
                    self._consumer.seek(place, first)
                self._ends = {place.partition: end for place, end in ends.items()}
                self._ends_of = generation
            # getmany is never cancelled: aiokafka would believe for ever that a poll is pending.
            polling = asyncio.ensure_future(
                self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=BATCH_RECORDS)
            )
            await asyncio.wait([polling], timeout=timeout_s + REBALANCE_LONGEST_S)
            if not polling.done():
                polling.add_done_callback(forget)
                raise unreachable(self._bootstrap)
            found = polling.result()
        except KafkaError as error:
            raise unreachable(self._bootstrap, error) from error
        if self._generation != generation:
            return []  # they are read again, from the beginning
        return [
            read for records in found.values() for record in records if (read := _read(record)) is not None
        ]

    def assigned(self, places: Iterable[TopicPartition]) -> None:
        """Take note of an assignment."""
        self._assigned = frozenset(place.partition for place in places)
        self._generation += 1

    def revoked(self) -> None:
        """Take note that nothing is ours any more."""
        self._assigned = frozenset()
        self._generation += 1


def _read(record: ConsumerRecord) -> TicketRecord | None:
    try:
        task_id = (record.key or b"").decode()
        if record.value is None:
            return TicketRecord(record.partition, task_id, None)
        decode(record, types=(TICKET_TYPE,))
        ticket = DeferredTicket.model_validate_json(record.value)
    except (Unreadable, ValidationError, UnicodeDecodeError) as error:
        log.warning(
            "remote.ticket_unreadable",
            partition=record.partition,
            offset=record.offset,
            error=type(error).__name__,
        )
        return None
    return TicketRecord(record.partition, ticket.task_id, ticket) if ticket.task_id == task_id else None
