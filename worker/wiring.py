"""How a worker process of one modality is put together, and what its health says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bus.dead_letters import DeadLetters
from bus.lanes import LaneReader
from bus.publisher import Publisher
from bus.tail import Tail
from catalog.fleet import pool_of_worker, read_pools
from catalog.models import Model
from engines.host.bounds import Limits
from engines.host.devices import read_devices
from engines.host.hosts import Hosts
from infra.environments.built import python_of
from net.guard import allow
from runtime.errors import EngineFailed
from runtime.keys import bring
from runtime.metrics import PARTITIONS_OWNED, SLOTS, SLOTS_FREE
from runtime.process import Stopping
from runtime.settings import Settings
from runtime.telemetry import identify
from schemas.capabilities import CAPABILITIES
from schemas.mediakinds import READ
from schemas.topics import tasks_topics, topic
from storage.store import Store
from worker.confining import confined
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines
from worker.host_files import HostFiles
from worker.measuring import MEASURING
from worker.offering import Offering
from worker.scratch import scratch_folder
from worker.threads import EngineThreads


async def run_worker(
    modality: str, settings: Settings, stopping: Stopping, engines: Engines | None = None
) -> None:
    """Work for one modality until asked to stop; what is not finished by then is handed back.

    Its orders are those of the pool that the settings name. Without `engines` they are those that the catalogue names, in hosts; with them all run in threads.

    Raises:
        InvalidRequest: the pool or an engine of the settings does not exist.
    """
    pools = read_pools(settings.fleet)
    pool, only = pool_of_worker(settings, modality, pools)
    worker_id = f"{pool}-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    identify(worker_id=worker_id)
    root = settings.home.expanduser().resolve() / "scratch"
    folder = scratch_folder(root, worker_id)
    scratch = await asyncio.to_thread(folder.__enter__)
    store = Store.from_settings(settings)
    threads = EngineThreads(settings.worker_slots)
    allow(settings.allow_private_addresses)
    bring(name for row in pools.rows_of(pool) for name in row.keys)
    offering = Offering(pool, pools, only, home=settings.home)
    await asyncio.to_thread(offering.look)
    hosts = _hosts(pools.rows_of(pool), settings, scratch) if engines is None else None
    context = WorkerContext(
        worker_id,
        engines or Engines(),
        store,
        scratch,
        settings.memo_across_tenants,
        threads=threads,
        offering=offering,
        hosts=hosts,
    )
    beside = _beside(hosts, settings, worker_id)
    try:
        await store.ready()
        async with (
            Publisher(settings.kafka, source=f"/reelbus/worker/{modality}") as publisher,
            Tail(
                settings.kafka,
                [topic(settings.topic_prefix, "control")],
                isolation="read_uncommitted",
                idle_wait_s=5.0,
            ) as control,
        ):
            prefix = settings.topic_prefix
            reader = LaneReader(settings.kafka, f"{prefix}-{pool}", tasks_topics(prefix, pool))
            dead = DeadLetters(publisher, topic(prefix, "dlq"))
            worker = Worker(
                modality, settings, reader, publisher, dead, context, lambda _: stopping.leave_soon(), pool
            )
            stopping.then(worker.stop)
            _watched(worker, stopping, pool, settings.worker_slots)
            await worker.run(control)
    finally:
        threads.close()
        await _close(hosts, beside)
        await store.close()
        await asyncio.to_thread(folder.__exit__, None, None, None)


def _watched(worker: Worker, stopping: Stopping, pool: str, slots: int) -> None:
    SLOTS.labels(pool).set(slots)
    SLOTS_FREE.labels(pool).set_function(lambda: worker.loop.free_slots)
    PARTITIONS_OWNED.set_function(lambda: len(worker.loop.assignment))
    # A worker more than there are partitions is ready too: to take over.
    stopping.readiness("worker", lambda: worker.loop.running)
    stopping.obstacles("orders", worker.breakers.reasons)
    stopping.obstacles("slots", worker.obedience.reasons)
    stopping.pulse("worker", lambda: worker.loop.last_poll_age_s)


def _hosts(rows: Sequence[Model], settings: Settings, scratch: Path) -> Hosts:
    """Return who runs the engines of a pool; where some that make media run in hosts, these are measured in one too."""
    hosted = [row for row in rows if row.runs_in != "thread"]
    makes_media = any(not CAPABILITIES[name].result <= READ for row in hosted for name in row.capabilities)
    limits = Limits(settings.host_memory_bytes, settings.host_work_bytes)
    return Hosts(
        [*hosted, MEASURING] if makes_media else hosted,
        idle_s=settings.host_idle_s,
        budget_bytes=settings.hosts_memory_bytes,
        devices=read_devices(settings.devices),
        limits=limits,
        python_of=lambda name: python_of(name, settings.home),
        confine=partial(confined, scratch=scratch, limits=limits, models=settings.models_folder),
    )


def _beside(hosts: Hosts | None, settings: Settings, worker_id: str) -> list[asyncio.Task[None]]:
    """Begin what is done about hosts while a worker works: have them begin quickly, and let others know of them."""
    if hosts is None:
        return []
    files = HostFiles(settings.home.expanduser().resolve(), worker_id)
    return [
        asyncio.create_task(_warm_up(hosts)),
        asyncio.create_task(files.keep(lambda: hosts.living)),
    ]


async def _close(hosts: Hosts | None, beside: Sequence[asyncio.Task[None]]) -> None:
    for task in beside:
        task.cancel()
    if hosts is not None:
        await asyncio.wait(beside)
        await hosts.close()


async def _warm_up(hosts: Hosts) -> None:
    """Have the first host begin quickly, where one will be needed."""
    if hosts.expected:
        with contextlib.suppress(EngineFailed):  # who needs it hears why
            await hosts.warm_up()
