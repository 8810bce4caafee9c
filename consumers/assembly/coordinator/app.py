"""How the coordinator process is wired: the only writer of job state, one log partition at a time."""

from __future__ import annotations

import asyncio

from bus.brake import Brakes
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from consumers.assembly.coordinator.kafka import KafkaLog
from consumers.assembly.coordinator.ledger import SOURCE, KafkaLedgers
from consumers.assembly.coordinator.loop import Coordinator
from consumers.assembly.coordinator.outgoing import KafkaOutgoing
from consumers.assembly.coordinator.standby import Standby
from consumers.process import Stopping
from runtime.settings import Settings
from schemas.topics import topic


async def run(settings: Settings, stopping: Stopping) -> None:
    """Coordinate jobs until asked to stop."""
    prefix = settings.topic_prefix
    async with Publisher(settings.bootstrap_servers, source=SOURCE) as publisher:
        brakes = Brakes(patience_s=settings.brake_s)
        dead = DeadLetters(publisher, topic(prefix, "dlq"))
        source = KafkaLog(settings.bootstrap_servers, prefix, dead, brakes)
        standby = Standby(settings.bootstrap_servers, prefix, settings.topic_partitions)
        coordinator = Coordinator(
            source,
            KafkaLedgers(settings.bootstrap_servers, prefix, settings.topic_partitions, standby),
            KafkaOutgoing(publisher, prefix),
        )
        stopping.then(coordinator.stop)
        stopping.readiness("coordinator", lambda: coordinator.ready)
        stopping.obstacles("log", brakes.reasons)
        stopping.pulse("coordinator", lambda: coordinator.last_turn_age_s)
        await source.start()
        following = asyncio.create_task(standby.follow(), name="standby")
        try:
            await coordinator.run()
        finally:
            following.cancel()
            await asyncio.wait([following])
            await source.stop()
