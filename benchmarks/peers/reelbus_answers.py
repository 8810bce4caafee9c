"""A worker that does nothing but answer: each order at once with ready-made `started` and `ready` events.

It stands in for text workers and store when only intake, broker and coordinator are measured. It claims nothing,
stores nothing and looks nothing up; its events name an asset that does not exist.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import defaultdict
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.structs import ConsumerRecord

ORDERS, LOG = "media.tasks.text.interactive", "media.log"
STARTED, READY = "media.log.task-started.v1", "media.log.asset-ready.v1"
DIGEST = "0" * 64
READY_PART = {
    "engine": {"name": "draft-story", "family": "draft", "model": "draft-story", "revision": "1"},
    "fingerprint": DIGEST,
    "cached": False,
    "duration_ms": 0,
}
ASSET = {
    "asset_id": f"sha256:{DIGEST}",
    "bucket": "media",
    "key": f"blobs/00/{DIGEST}",
    "sha256": DIGEST,
    "size_bytes": 1,
    "media_type": "text/plain",
}


async def answer() -> None:
    """Answer orders for ever, a batch for each partition of the log."""
    bootstrap = os.environ["REELBUS_BOOTSTRAP_SERVERS"]
    consumer = AIOKafkaConsumer(
        ORDERS, bootstrap_servers=bootstrap, group_id="media-text", auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    await consumer.start()
    partitions = len(await producer.partitions_for(LOG))
    while True:
        found = await consumer.getmany(timeout_ms=1000, max_records=500)
        events: dict[int, list[tuple[bytes, bytes, list[tuple[str, bytes]]]]] = defaultdict(list)
        for records in found.values():
            for record in records:
                job_id, told = _answers(record)
                place = (murmur2(job_id) & 0x7FFFFFFF) % partitions
                events[place] += [(job_id, value, headers) for value, headers in told]
        await asyncio.gather(*[_append(producer, place, batch) for place, batch in events.items()])


def _answers(record: ConsumerRecord) -> tuple[bytes, list[tuple[bytes, list[tuple[str, bytes]]]]]:
    order = json.loads(record.value)
    about = {name: order[name] for name in ("job_id", "run", "node_id", "attempt")} | {"worker_id": "answers"}
    products = [{"role": order["role"], "asset": ASSET}]
    return order["job_id"].encode(), [
        _event(STARTED, order, about | {"lease_s": 60.0}),
        _event(READY, order, about | READY_PART | {"products": products}),
    ]


def _event(kind: str, order: dict[str, Any], data: dict[str, Any]) -> tuple[bytes, list[tuple[str, bytes]]]:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{kind}/{order['task_id']}",
        "ce_source": "/benchmark",
        "ce_type": kind,
        "ce_subject": order["job_id"],
        "content-type": "application/json",
    }
    return json.dumps(data).encode(), [(name, value.encode()) for name, value in headers.items()]


async def _append(
    producer: AIOKafkaProducer, place: int, events: list[tuple[bytes, bytes, list[tuple[str, bytes]]]]
) -> None:
    waiting = []
    batch = producer.create_batch()
    for key, value, headers in events:
        if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
            waiting.append(await producer.send_batch(batch, LOG, partition=place))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None, headers=headers)
    waiting.append(await producer.send_batch(batch, LOG, partition=place))
    await asyncio.gather(*waiting)


if __name__ == "__main__":
    uvloop.run(answer())
