"""How a stranger requests: one record, sent until the broker has it."""

from __future__ import annotations

import asyncio
import json
import uuid
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

Request = dict[str, Any]
JOB, CANCEL, REPLAY = (
    f"media.job.{name}.v1" for name in ("requested", "cancel-requested", "replay-requested")
)


def job_id_of(key: str) -> str:
    """Return the id of a job, computed as the contract says."""
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "reelbus:default"), key))


class Requester:
    """Sends requests through every outage; a request that was sent twice is one request."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close the connection."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def submit(self, request: Request, key: str | None = None) -> str:
        """Request for a job and return its id."""
        key = key or uuid.uuid4().hex
        await self.send(JOB, key, request | {"idempotency_key": key}, request_id=str(uuid.uuid4()))
        return job_id_of(key)

    async def cancel(self, job_id: str) -> None:
        """Ask for the end of a job."""
        await self.send(CANCEL, job_id, {"job_id": job_id}, request_id=str(uuid.uuid4()))

    async def send(self, request_type: str, key: str, body: Request | bytes, *, request_id: str) -> None:
        """Send one record until it is acknowledged, as often as that takes."""
        attributes = {"specversion": "1.0", "id": request_id, "source": "/chaos", "type": request_type}
        headers = [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
        value = body if isinstance(body, bytes) else json.dumps(body).encode()
        while True:
            try:
                producer = await self._connected()
                await producer.send_and_wait("media.requests", value, key=key.encode(), headers=headers)
            except (KafkaError, OSError):
                await asyncio.sleep(0.5)
            else:
                return

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer
