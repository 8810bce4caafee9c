"""Which producer records go through: one that is tried after a silence, and replaced when it is broken."""

from __future__ import annotations

import asyncio
from time import monotonic as clock

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from bus.connections import WIDER_WITHIN_MS, close_producer, discard_producer, open_producer
from runtime.kafka_connection import Brokers
from runtime.telemetry import get_logger

_log = get_logger("bus.publisher")

_TRUSTED_S = 5.0
"""A connection that has been idle for longer may be half open: it is tried before a record is entrusted to it."""
_ANSWERS_WITHIN_S = 2.0


class TrustedProducer:
    """Opens a producer when one is needed, and forgets it when it cannot be trusted any more."""

    def __init__(self, bootstrap: Brokers) -> None:
        self._bootstrap = bootstrap
        self.current: AIOKafkaProducer | None = None
        self._heard_at = 0.0
        self._replacing = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Deliver what is pending, for a few seconds at most, and close."""
        producer, self.current = self.current, None
        if producer is not None:
            await close_producer(producer)
        if self._closing:
            await asyncio.wait(self._closing)

    async def ready(self) -> bool:
        """Whether a broker answers now."""
        producer = self.current
        return producer is not None and not _is_broken(producer) and bool(await self.answers(producer))

    async def working(self) -> AIOKafkaProducer:
        """Return a producer that a record may be entrusted to.

        Raises:
            BusUnreachable: No broker answered in time.
        """
        producer = self.current
        if producer is not None and not _is_broken(producer):
            if clock() - self._heard_at < _TRUSTED_S or await self.answers(producer) is not None:
                return producer  # one that is refused connects again by itself
            self.replace(producer)
        async with self._replacing:
            if self.current is not None and _is_broken(self.current):
                self.replace(self.current)
            if self.current is None:
                self.current = await open_producer(
                    self._bootstrap,
                    linger_ms=0,
                    client_id="reelbus-publisher",
                    metadata_max_age_ms=WIDER_WITHIN_MS,
                )
                self.heard()
            return self.current

    def heard(self) -> None:
        """Note that a broker has just answered."""
        self._heard_at = clock()

    async def answers(self, producer: AIOKafkaProducer) -> bool | None:
        """Whether a broker answers; None when none even refuses, as over a connection that is half open."""
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                answered = bool(await producer.client.force_metadata_update())
        except TimeoutError:
            return None
        except KafkaError:
            return False
        if answered:
            self.heard()
        return answered

    def replace(self, producer: AIOKafkaProducer | None) -> None:
        """Forget a producer that cannot be trusted any more; the next event opens another."""
        if producer is None or producer is not self.current:
            return
        _log.warning("bus.producer_replaced", bootstrap=str(self._bootstrap))
        self.current = None
        closing = asyncio.ensure_future(discard_producer(producer))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def _is_broken(producer: AIOKafkaProducer) -> bool:
    """Whether the producer's sender has ended: fenced, out of sequence, or a client error."""
    sender = producer._sender.sender_task
    return bool(producer._closed) or sender is None or bool(sender.done())
