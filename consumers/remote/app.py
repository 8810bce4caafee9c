"""How the poller process is wired: it follows the tickets of work that strangers do."""

from __future__ import annotations

import os
import socket
import uuid

from bus.publisher import Publisher
from consumers.remote.poller import Poller
from consumers.remote.strangers import EngineStrangers
from consumers.remote.tickets import KafkaTickets
from consumers.remote.words import KafkaWords
from runtime.metrics import PARTITIONS_OWNED, TICKETS, TICKETS_OVERDUE, shown
from runtime.process import Stopping
from runtime.settings import Settings
from runtime.telemetry import identify


async def run(settings: Settings, stopping: Stopping, strangers: EngineStrangers | None = None) -> None:
    """Follow tickets until asked to stop. Without `strangers` they are those that the catalogue names."""
    poller_id = f"remote-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    identify(worker_id=poller_id)
    asked = strangers or EngineStrangers()
    tickets = KafkaTickets(settings.kafka, settings.topic_prefix)
    async with Publisher(settings.kafka, source="/reelbus/remote") as publisher:
        poller = Poller(tickets, asked, KafkaWords(publisher, settings.topic_prefix), poller_id)
        stopping.then(poller.stop)
        stopping.readiness("poller", lambda: tickets.running and poller.ready)
        stopping.pulse("poller", lambda: poller.last_turn_age_s)
        forget = shown(
            {
                PARTITIONS_OWNED: lambda: len(tickets.assignment()[1]),
                TICKETS: lambda: poller.followed,
                TICKETS_OVERDUE: lambda: poller.overdue,
            }
        )
        try:
            await tickets.start()
            await poller.run()
        finally:
            forget()
            await tickets.stop()
            asked.close()
