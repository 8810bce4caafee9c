"""How the poller is heard: what came of a ticket on `media.log`, and what is forgotten on `media.deferred`."""

from __future__ import annotations

import time

from bus.publisher import Publisher
from schemas.identity import event_id, task_id
from schemas.log import TicketEnded, log_type
from schemas.topics import topic


class KafkaWords:
    """The poller's words on Kafka."""

    def __init__(self, publisher: Publisher, prefix: str) -> None:
        self._publisher = publisher
        self._prefix = prefix

    async def ended(self, event: TicketEnded) -> None:
        """Append what came of a ticket to the log.

        Raises:
            BusUnreachable: Not acknowledged in time.
        """
        kind = log_type(event)
        task = task_id(event.job_id, event.run, event.node_id, event.attempt)
        await self._publisher.publish(
            topic(self._prefix, "log"),
            event.job_id,
            kind,
            event,
            id=event_id(kind, event.job_id, event.run, task, event.worker_id, time.time_ns()),
            subject=event.job_id,
        )

    async def forget(self, task_id: str, partition: int) -> None:
        """Take a ticket out of its topic, there where it was read.

        Raises:
            BusUnreachable: Not acknowledged in time.
        """
        await self._publisher.publish_record(
            topic(self._prefix, "deferred"), task_id, None, [], partition=partition
        )
