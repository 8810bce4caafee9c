"""How Kafka clients are opened within a deadline, and thrown away when they can no longer be trusted."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import ConnectionGroup
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from bus.patient_consumer import PatientConsumer
from bus.security import client_options, denied, let_in, refusal
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers

CONNECT_WITHIN_S = 15.0
"""How long a first connection may take before we say that there is no broker."""

REQUEST_TIMEOUT_MS = 15_000
"""After this long without an answer a connection counts as half open, and another is made."""

MAX_REQUEST_BYTES = 5 * 1024 * 1024
"""Above the largest `max.message.bytes` of our topics: the broker refuses, not the client."""

WIDER_WITHIN_MS = 5_000
"""So soon whoever sends or takes orders knows of partitions that were added to a lane."""

_CLOSE_WITHIN_S = 3.0


class TopicMissing(BusUnreachable):
    """A topic does not exist."""


def unreachable(bootstrap: Brokers, error: BaseException | None = None) -> BusUnreachable:
    """Return the error that tells a user what to do when no broker answers, or `error` is a right that is missing."""
    return denied(bootstrap, error) or BusUnreachable(
        f"cannot reach Kafka at {bootstrap}: start it with `reelbus stack start`"
    )


async def not_let_in(bootstrap: Brokers, error: BaseException) -> BusUnreachable:
    """Return why a client could not start: aiokafka keeps the reason of a refused login to itself."""
    return denied(bootstrap, error) or await refusal(bootstrap) or unreachable(bootstrap)


def topic_missing(name: str) -> TopicMissing:
    """Return the error that tells a user what to do when a topic is not there."""
    return TopicMissing(f"topic {name} does not exist: create it with `reelbus topics apply`")


async def open_producer(bootstrap: Brokers, **options: Any) -> AIOKafkaProducer:
    """Return a started, idempotent producer; with `transactional_id` it has fenced its predecessor.

    Raises:
        BusUnreachable: No broker answered in time.
    """
    producer = AIOKafkaProducer(
        **client_options(bootstrap),
        enable_idempotence=True,
        acks="all",
        max_request_size=MAX_REQUEST_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        **options,
    )
    try:
        await asyncio.wait_for(producer.start(), CONNECT_WITHIN_S)
        let_in(bootstrap, producer.client.cluster.brokers())
    except (KafkaError, TimeoutError, OSError) as error:
        await discard_producer(producer)
        raise await not_let_in(bootstrap, error) from error
    except BaseException:
        await discard_producer(producer)
        raise
    return producer


async def close_producer(producer: AIOKafkaProducer) -> None:
    """Deliver what is pending and close; what cannot be delivered in time is given up."""
    try:
        await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(producer.flush())), _CLOSE_WITHIN_S)
    except (KafkaError, TimeoutError):
        pass
    finally:
        await discard_producer(producer)


async def discard_producer(producer: AIOKafkaProducer) -> None:
    """Close a producer without delivering anything: after this call none of its requests can leave.

    `stop()` waits for every pending batch, for ever when the brokers are gone, and it would deliver what a
    fenced or doubted producer must not deliver. Hence the private members, here and nowhere else.
    """
    producer._closed = True
    requests = _requests_under_way(producer)
    for request in requests:
        request.cancel()
    await _given_time(producer.client.close(), _CLOSE_WITHIN_S)
    if requests:
        await asyncio.wait(requests, timeout=_CLOSE_WITHIN_S)
    for request in requests:
        if request.done():
            forget(request)
    _fail_pending(producer)


def forget(future: asyncio.Future[Any]) -> None:
    """Mark the error of a future that is done as seen: nobody waits for it, and asyncio would report it."""
    if not future.cancelled():
        future.exception()


def _requests_under_way(producer: AIOKafkaProducer) -> set[asyncio.Task[Any]]:
    """Return the producer's sending task and the requests it waits for.

    A cancelled sender waits for its requests, and one that looks for a coordinator looks for ever.
    """
    sender = producer._sender.sender_task
    if sender is None:
        return set()
    frame = sender.get_coro().cr_frame
    return {sender, *(frame.f_locals.get("tasks", ()) if frame is not None else ())}


def _fail_pending(producer: AIOKafkaProducer) -> None:
    """End every future that a discarded producer has left open, and mark their errors as seen.

    Whoever waits for a delivery is told; the futures that nobody waits for would be reported as forgotten.
    """
    accumulator = producer._message_accumulator
    batches = [batch for queue in accumulator._batches.values() for batch in queue]
    batches += accumulator._pending_batches
    accumulator._closed = True
    accumulator.fail_all(KafkaError("the producer was discarded"))
    futures = [future for batch in batches for future in (batch.future, batch._drain_waiter)]
    futures.append(producer._txn_manager._transaction_waiter)
    for future in futures:
        if future is not None and future.done():
            forget(future)


def build_consumer(*topics: str, bootstrap: Brokers, **options: Any) -> AIOKafkaConsumer:
    """Return a consumer that has not been started; offsets are committed by hand alone."""
    return PatientConsumer(
        *topics,
        **client_options(bootstrap),
        enable_auto_commit=False,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        # An idle fetch returns within this time, and a pause or seek takes effect after it.
        **{"fetch_max_wait_ms": 1000, **options},
    )


async def start_consumer(consumer: AIOKafkaConsumer, bootstrap: Brokers) -> None:
    """Start a consumer within a deadline.

    Raises:
        BusUnreachable: No broker answered in time.
        TopicMissing: A topic is not there.
    """
    try:
        await asyncio.wait_for(consumer.start(), CONNECT_WITHIN_S)
        let_in(bootstrap, consumer._client.cluster.brokers())
    except UnknownTopicOrPartitionError as error:
        await stop_consumer(consumer)
        raise topic_missing(", ".join(error.args) or "asked for") from error
    except (KafkaError, TimeoutError, OSError) as error:
        await stop_consumer(consumer)
        raise await not_let_in(bootstrap, error) from error
    except BaseException:
        await stop_consumer(consumer)
        raise


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and close, within a deadline even when no broker answers."""
    _hang_up_fetches(consumer)
    await _given_time(consumer.stop(), _CLOSE_WITHIN_S)
    if not consumer._closed:
        consumer._closed = True
    await _given_time(consumer._client.close(), _CLOSE_WITHIN_S)


def _hang_up_fetches(consumer: AIOKafkaConsumer) -> None:
    """Drop encrypted connections on which a fetch waits: the broker answers the end of TLS only after the fetch."""
    fetching = (
        []
        if consumer._fetcher is None
        else [consumer._fetcher._fetch_task, *consumer._fetcher._pending_tasks]
    )
    encrypted = [
        connection._writer
        for (_, group), connection in consumer._client._conns.items()
        if group == ConnectionGroup.DEFAULT
        and connection._writer is not None
        and connection._writer.get_extra_info("sslcontext")
    ]
    for task in fetching if encrypted else ():
        task.cancel()  # else it would be told in the log, as an error
    for writer in encrypted:
        writer.transport.abort()


async def _given_time(closing: Coroutine[Any, Any, None], within_s: float) -> None:
    """Wait for something to close, for so long; how it fails does not matter.

    aiokafka waits for a socket that an earlier close gave up, and then ends as if the caller were cancelled: a
    broker answers the end of a TLS connection only after the fetch that waits there.
    """
    task = asyncio.ensure_future(closing)
    task.add_done_callback(forget)
    try:
        await asyncio.wait([task], timeout=within_s)
    finally:
        task.cancel()
    await asyncio.wait([task], timeout=_CLOSE_WITHIN_S)


async def open_admin(bootstrap: Brokers) -> AIOKafkaAdminClient:
    """Return a started admin client.

    Raises:
        BusUnreachable: No broker answered in time.
    """
    admin = AIOKafkaAdminClient(**client_options(bootstrap), request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await asyncio.wait_for(admin.start(), CONNECT_WITHIN_S)
        let_in(bootstrap, admin._client.cluster.brokers())
    except (KafkaError, TimeoutError, OSError) as error:
        await admin.close()
        raise await not_let_in(bootstrap, error) from error
    return admin
