"""How any asyncio program makes a wish and hears what comes of it.

async with Client(settings) as client:
    job = await client.wish({"kind": "film", "brief": "A fox finds the sea."})
    async for fact in job.facts():
        print(fact.type, fact.data)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from bus.cloudevents import Event, decode
from bus.partitions import partition_of
from bus.publisher import Publisher
from bus.tail import Tail, read_all
from bus.unreadable import Unreadable
from runtime.settings import Settings
from schemas.facts import EVENT_TYPES, TERMINAL_TYPES
from schemas.identity import job_id
from schemas.topics import topic

JOB = "media.job.requested.v1"
REJECTED = "media.job.rejected.v1"
ACCEPTED = "media.job.accepted.v1"
HISTORY_AFTER_S = 2.0
"""A repeated wish makes no new event: when nothing was heard for this long, what was said before is read."""


class Client:
    """A connection for making wishes; several jobs may be followed through it at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._publisher = Publisher(settings.kafka, source="/reelbus/client")

    async def __aenter__(self) -> Self:
        """Connect. Raises BusUnreachable."""
        await self._publisher.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._publisher.stop()

    async def wish(self, data: Mapping[str, Any], *, kind: str = JOB) -> Job:
        """Publish a wish and return the job it belongs to; the same idempotency key is the same job.

        Raises:
            BusUnreachable: no broker acknowledged it.
        """
        request_id = str(uuid.uuid4())
        tail = Tail(self.settings.kafka, self._topics(), isolation="read_committed")
        await tail.__aenter__()
        try:
            key = str(data.get("idempotency_key", request_id))
            known = (
                str(data["job_id"]) if "job_id" in data else job_id(str(data.get("tenant", "default")), key)
            )
            await self._publisher.publish(
                topic(self.settings.topic_prefix, "requests"),
                known,
                kind,
                json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass"),
                id=request_id,
                subject=known,
            )
        except BaseException:
            await tail.__aexit__(None, None, None)
            raise
        return Job(self.settings, known, request_id, tail, repeatable=kind == JOB)

    async def follow(self, known: str) -> Job:
        """Return an existing job, to hear what was said of it and what will be."""
        tail = Tail(self.settings.kafka, self._topics(), isolation="read_committed")
        await tail.__aenter__()
        return Job(self.settings, known, None, tail)

    def _topics(self) -> list[str]:
        return [topic(self.settings.topic_prefix, name) for name in ("jobs", "assets", "progress")]


@dataclass(eq=False)
class Job:
    """One job as its client hears of it."""

    settings: Settings
    job_id: str
    request_id: str | None
    _tail: Tail
    repeatable: bool = True

    async def facts(self, timeout_s: float | None = None) -> AsyncIterator[Event]:
        """Yield every fact of the job's newest run, the past first, until its end or its rejection.

        Raises:
            TimeoutError: the end did not come within `timeout_s`.
        """
        seen: set[str] = set()
        deadline = time.monotonic() + timeout_s if timeout_s is not None else None
        read_past_at = time.monotonic() + (HISTORY_AFTER_S if self.request_id is not None else 0.0)
        heard = not self.repeatable  # what was said before a replay or a cancel is not its answer
        try:
            while True:
                if deadline is not None and time.monotonic() > deadline:
                    raise TimeoutError
                events = [e for e in readable(await self._tail.poll(0.1)) if self._mine(e)]
                if not heard and not events and time.monotonic() >= read_past_at:
                    events, heard = await past_facts(self.settings, self.job_id), True
                for event in sorted(events, key=lambda e: e.type in TERMINAL_TYPES):
                    if event.id in seen:
                        continue
                    seen.add(event.id)
                    heard = True
                    yield event
                    if event.type in TERMINAL_TYPES or event.type == REJECTED:
                        return
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop listening; the job goes on."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._tail.__aexit__(None, None, None)

    def _mine(self, event: Event) -> bool:
        return event.subject == self.job_id or (
            self.request_id is not None and event.subject == self.request_id
        )


async def past_facts(settings: Settings, known: str, *, run: int | None = None) -> list[Event]:
    """Return what was said of a job on `media.jobs` and `media.assets`: of its newest run, or of the given one."""
    found: list[Event] = []
    partition = partition_of(known, settings.topic_partitions)
    for name in ("jobs", "assets"):
        full = topic(settings.topic_prefix, name)
        async for records in read_all(settings.kafka, full, partition):
            found += [e for e in readable(records) if e.subject == known]
    newest = run or max((e.data.get("run", 1) for e in found), default=1)
    of_run = {e.id: e for e in found if e.data.get("run", newest) == newest}
    return sorted(of_run.values(), key=lambda e: (e.type in TERMINAL_TYPES, e.timestamp_ms, e.offset))


def readable(records: Iterable[Any], types: Collection[str] = EVENT_TYPES.keys()) -> Iterator[Event]:
    """Yield the events of these types; what is none, or cannot be read, is not ours to judge here."""
    for record in records:
        try:
            yield decode(record, types=types)
        except Unreadable:
            continue


__all__ = ["ACCEPTED", "JOB", "REJECTED", "Client", "Job", "past_facts", "readable"]
