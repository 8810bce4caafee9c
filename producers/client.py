"""How any asyncio program makes a request and hears what comes of it.

async with Client(settings) as client:
    job = await client.submit({"kind": "film", "brief": "A fox finds the sea."})
    async for fact in job.facts():
        print(fact.type, job.view.fraction)
    print(job.view.status, job.view.outputs)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from bus.cloudevents import Event, readable
from bus.partitions import partition_of
from bus.publisher import Publisher
from bus.tail import Tail, end_offsets, read_all
from catalog.policies import EVERYTHING, Policies
from planning.intake import Accepted, examine
from planning.intake.offers import offers
from planning.job.acceptance import request_digest
from planning.projection.runs import ACCEPTED, REJECTED, of_run
from planning.projection.view import JobView, view_of
from planning.routing.availability import ALL_RUN
from producers.hearing import Hearing, Purpose
from runtime.errors import BusUnreachable
from runtime.settings import Settings
from schemas.facts import TERMINAL_TYPES
from schemas.identity import job_id
from schemas.topics import requests_topic, topic

JOB = "media.job.requested.v1"
CANCEL = "media.job.cancel-requested.v1"
REPLAY = "media.job.replay-requested.v1"
HISTORY_AFTER_S = 2.0
"""A repeated request makes no new event: when it was not answered for this long, what was said before is read."""
SETTLES_WITHIN_S = 10.0
"""So long the assets of a run may come behind its end: the broker ends a transaction topic by topic."""
_ALL_ALLOWED = Policies(EVERYTHING)
"""What a tenant may use intake alone decides."""
_PURPOSES: Mapping[str, Purpose] = {JOB: "job", REPLAY: "replay"}


class Client:
    """A connection for making requests; several jobs may be followed through it at once."""

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

    async def submit(self, data: Mapping[str, Any], *, kind: str = JOB) -> Job:
        """Publish a request and return the job it belongs to; the same idempotency key is the same job.

        Raises:
            BusUnreachable: no broker acknowledged it.
        """
        request_id = str(uuid.uuid4())
        data = self._spoken(data, kind)
        digest = await asyncio.to_thread(_digest, data) if kind == JOB else None
        tail = Tail(self.settings.kafka, self._topics(), isolation="read_committed")
        await tail.__aenter__()
        try:
            key = str(data.get("idempotency_key", request_id))
            known = (
                str(data["job_id"]) if "job_id" in data else job_id(str(data.get("tenant", "default")), key)
            )
            await self._publisher.publish(
                requests_topic(self.settings.topic_prefix, self.settings.tenant or None),
                known,
                kind,
                json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass"),
                id=request_id,
                subject=known,
            )
        except BaseException:
            await tail.__aexit__(None, None, None)
            raise
        hearing = Hearing(known, _PURPOSES.get(kind, "job as it is"), request_id=request_id, digest=digest)
        return Job(self.settings, known, request_id, tail, hearing)

    async def follow(self, known: str) -> Job:
        """Return an existing job, to hear what was said of it and what will be."""
        tail = Tail(self.settings.kafka, self._topics(), isolation="read_committed")
        await tail.__aenter__()
        return Job(self.settings, known, None, tail, Hearing(known, "job as it is"))

    def _spoken(self, data: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
        """Name the tenant whose own topic is written to; a cancel that names nothing must not come to mean all."""
        meant = kind != CANCEL or data.get("job_id") or data.get("labels")
        return {"tenant": self.settings.tenant, **data} if self.settings.tenant and meant else data

    def _topics(self) -> list[str]:
        return [topic(self.settings.topic_prefix, name) for name in ("jobs", "assets", "progress")]


@dataclass(eq=False)
class Job:
    """One job as its client hears of it; `view` is what the facts that were given out come to."""

    settings: Settings
    job_id: str
    request_id: str | None
    _tail: Tail
    _hearing: Hearing
    view: JobView = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing heard."""
        self.view = JobView(self.job_id)

    async def facts(self, timeout_s: float | None = None) -> AsyncIterator[Event]:
        """Yield every fact of a run, the past first, until its end: the last one, with all its assets before it.

        It is the run that the own request began, or was told to belong to; the end may be its rejection. Of a
        job that is followed or cancelled it is the newest run.

        Raises:
            TimeoutError: the end did not come within `timeout_s`.
        """
        hearing = self._hearing
        deadline = time.monotonic() + timeout_s if timeout_s is not None else None
        # A true repeat makes no new event: when it was not answered for this long, the past may tell its run.
        looks_back_at = time.monotonic() + HISTORY_AFTER_S
        try:
            while hearing.end is None:
                if hearing.needs_past or (hearing.run is None and time.monotonic() >= looks_back_at):
                    looks_back_at = math.inf
                    facts = hearing.past(await past_facts(self.settings, self.job_id, run=hearing.run))
                else:
                    facts = hearing.live(readable(await self._tail.poll(0.1)))
                for event in facts:
                    self.view.apply(event)
                    yield event
                if hearing.end is None and deadline is not None and time.monotonic() > deadline:
                    raise TimeoutError
            for event in await self._last_assets() if hearing.end.type in TERMINAL_TYPES else ():
                self.view.apply(event)
                yield event
            self.view.apply(hearing.end)
            yield hearing.end
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop listening; the job goes on."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._tail.__aexit__(None, None, None)

    async def _last_assets(self) -> list[Event]:
        """Hear what was told before the end on another topic: it was written before, and may come later."""
        name = topic(self.settings.topic_prefix, "assets")
        partition = partition_of(self.job_id, self.settings.topic_partitions)
        found: list[Event] = []
        with contextlib.suppress(TimeoutError, BusUnreachable):
            async with asyncio.timeout(SETTLES_WITHIN_S):
                ends = await end_offsets(self.settings.kafka, name, "read_uncommitted")
                while await self._tail.position(name, partition) < ends.get(partition, 0):
                    found += self._hearing.live(readable(await self._tail.poll(0.05)))
        return found


async def past_facts(settings: Settings, known: str, *, run: int | None = None) -> list[Event]:
    """Return what was said of a job on `media.jobs` and `media.assets`: of its newest run, or of the given one."""
    found: list[Event] = []
    partition = partition_of(known, settings.topic_partitions)
    for name in ("jobs", "assets"):
        full = topic(settings.topic_prefix, name)
        async for records in read_all(settings.kafka, full, partition):
            found += [e for e in readable(records) if e.subject == known]
    return of_run(found, run)


async def past_view(settings: Settings, known: str) -> JobView | None:
    """Return what was said of the newest run of a job, as a whole; None when nothing was."""
    return view_of(known, await past_facts(settings, known))


def _digest(data: Mapping[str, Any]) -> str | None:
    """Return the digest of a request as intake takes it; None of one that is going to be refused."""
    verdict = examine(JOB, data, offers=offers(ALL_RUN, policies=_ALL_ALLOWED), allow_private_webhooks=True)
    return request_digest(verdict.data) if isinstance(verdict, Accepted) else None


__all__ = ["ACCEPTED", "CANCEL", "JOB", "REJECTED", "REPLAY", "Client", "Job", "past_facts", "past_view"]
