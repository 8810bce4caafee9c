"""How the coordinator process is wired: the only writer of job state, one log partition at a time."""

from __future__ import annotations

import asyncio

from bus.circuit_breaker import CircuitBreakers
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from catalog.fleet import read_pools
from consumers.assembly.coordinator.announcements import Announcements
from consumers.assembly.coordinator.log import GROUP, KafkaLog
from consumers.assembly.coordinator.loop import Coordinator
from consumers.assembly.coordinator.outgoing import KafkaOutgoing
from consumers.assembly.coordinator.queues import QueueWatch
from consumers.assembly.coordinator.standby import Standby
from consumers.assembly.coordinator.state_store import SOURCE, KafkaStateStores
from consumers.assembly.coordinator.trail import Trail
from consumers.assembly.coordinator.widening import Widening
from planning.placement.fleet import Fleet
from runtime.metrics import LOG_LAG, OPEN_JOBS, PARTITIONS_OWNED, shown
from runtime.process import Stopping
from runtime.settings import Settings
from schemas.topics import topic

FIRST = 0
"""Whoever owns this partition of the log also watches the queues: one of several coordinators is enough."""


async def run(settings: Settings, stopping: Stopping) -> None:
    """Coordinate jobs until asked to stop."""
    prefix = settings.topic_prefix
    pools = read_pools(settings.fleet)
    async with Publisher(settings.kafka, source=SOURCE) as publisher:
        breakers = CircuitBreakers(patience_s=settings.brake_s)
        dead = DeadLetters(publisher, topic(prefix, "dlq"))
        trail = Trail(f"{prefix}-{GROUP}")
        source = KafkaLog(settings.kafka, prefix, dead, breakers, trail=trail)
        still = asyncio.Event()
        standby = Standby(settings.kafka, prefix, settings.topic_partitions, still=still)
        fleet = Fleet()
        coordinator = Coordinator(
            source,
            KafkaStateStores(settings.kafka, prefix, settings.topic_partitions, standby, trail, still),
            KafkaOutgoing(publisher, prefix, trail, pools),
            still=still,
            fleet=fleet,
            partitions=settings.topic_partitions,
            pools=pools,
        )
        stopping.then(coordinator.stop)
        stopping.readiness("coordinator", lambda: coordinator.ready)
        stopping.obstacles("log", breakers.reasons)
        stopping.pulse("coordinator", lambda: coordinator.last_turn_age_s)
        await source.start()
        watch = QueueWatch(
            settings.kafka,
            prefix,
            lambda: FIRST in source.assignment()[1],
            coordinator.ready_nodes,
            pools=pools.names,
        )
        announcements = Announcements(settings.kafka, prefix, fleet)
        widening = Widening(settings.kafka, prefix, fleet, lambda: FIRST in source.assignment()[1])
        beside = [
            asyncio.create_task(standby.follow(), name="standby"),
            asyncio.create_task(watch.run(), name="queues"),
            asyncio.create_task(announcements.follow(), name="announcements"),
            asyncio.create_task(widening.run(), name="widening"),
        ]
        forget = shown(
            {
                PARTITIONS_OWNED: lambda: coordinator.owned,
                OPEN_JOBS: lambda: coordinator.open_jobs,
                LOG_LAG: lambda: source.lag,
            }
        )
        try:
            await coordinator.run()
        finally:
            forget()
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            await source.stop()
