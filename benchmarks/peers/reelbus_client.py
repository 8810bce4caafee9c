"""A client of ours that knows Kafka and the contract, and nothing of our code: it asks, listens and repeats orders."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from benchmarks.peers.diary import drive, note

BOOTSTRAP = os.environ["REELBUS_BOOTSTRAP_SERVERS"]
SUCCEEDED = "media.job.succeeded.v1"
TERMINAL = {SUCCEEDED, "media.job.failed.v1", "media.job.cancelled.v1"}
ORDERS = "media.tasks.text.interactive"


def request(job: str, lengths: list[float]) -> bytes:
    """Return the request for a batch of five texts."""
    items = [
        {
            "id": f"t{number}",
            "capability": "text-generation",
            "params": {"prompt": f"{job} {number} {seconds}"},
        }
        for number, seconds in enumerate(lengths)
    ]
    return json.dumps(
        {"kind": "batch", "idempotency_key": job, "labels": {"job": job}, "items": items}
    ).encode()


class Asking:
    """Publishes requests through one producer, from a program that is not asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._producer = self._loop.run_until_complete(_producer())

    def __call__(self, jobs: list[tuple[str, list[float]]]) -> None:
        """Publish a request for each job and wait until the broker has them all."""
        self._loop.run_until_complete(self._publish([request(job, lengths) for job, lengths in jobs]))

    async def _publish(self, requests: list[bytes]) -> None:
        await asyncio.gather(*[await self._producer.send("media.requests", value) for value in requests])

    def close(self) -> None:
        """Let go of the broker."""
        self._loop.run_until_complete(self._producer.stop())


async def _producer() -> AIOKafkaProducer:
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, enable_idempotence=True)
    await producer.start()
    return producer


async def listen() -> None:
    """Note every committed end of a job, from the first one on; a broker that is away is waited for."""
    consumer = await _reader("media.jobs")
    print("listening", flush=True)
    while True:
        with contextlib.suppress(KafkaError):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    kind = dict(record.headers)["ce_type"].decode()
                    if kind in TERMINAL:
                        job = json.loads(record.value)["labels"]["job"]
                        note("joined" if kind == SUCCEEDED else "failed", job)


async def repeat(job: str) -> None:
    """Publish the order of a job's first task once more, as it is, to every partition: delivered twice and more."""
    consumer, producer = await _reader(ORDERS), await _producer()
    deadline = time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    if json.loads(record.value)["params"]["prompt"].startswith(f"{job} 0 "):
                        place = (record.partition + 1) % 12
                        await producer.send_and_wait(
                            ORDERS,
                            record.value,
                            key=record.key,
                            headers=list(record.headers),
                            partition=place,
                        )
                        return
        raise SystemExit("the order of the first task did not come")
    finally:
        await consumer.stop()
        await producer.stop()


async def _reader(topic: str) -> AIOKafkaConsumer:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=BOOTSTRAP, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    await consumer._client.add_topic(topic)
    await consumer._client.force_metadata_update()
    numbers = consumer.partitions_for_topic(topic) or set()
    consumer.assign([TopicPartition(topic, number) for number in sorted(numbers)])
    return consumer


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        asyncio.run(listen())
    elif sys.argv[1] == "repeat":
        asyncio.run(repeat(sys.argv[2]))
    else:
        asking = Asking()
        drive(asking)
        asking.close()
