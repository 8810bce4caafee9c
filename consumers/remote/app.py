"""How the poller process is wired: it follows the tickets of work that strangers do."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable

from bus.publisher import Publisher
from catalog.models import MODELS, Model, model
from consumers.remote.poller import Poller
from consumers.remote.strangers import HostStrangers
from consumers.remote.tickets import KafkaTickets
from consumers.remote.words import KafkaWords
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from infra.environments.built import python_of
from runtime.keys import bring
from runtime.metrics import PARTITIONS_OWNED, TICKETS, TICKETS_OVERDUE, shown
from runtime.process import Stopping
from runtime.settings import Settings
from runtime.telemetry import identify


async def run(settings: Settings, stopping: Stopping, row_of: Callable[[str], Model | None] = model) -> None:
    """Follow tickets until asked to stop; engines are found by `row_of`, and asked in hosts of this process."""
    poller_id = f"remote-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    identify(worker_id=poller_id)
    bring(name for row in MODELS for name in row.keys)
    hosts = _hosts(settings)
    asked = HostStrangers(hosts, row_of=row_of)
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
            await hosts.close()


def _hosts(settings: Settings) -> Hosts:
    return Hosts(
        [row for row in MODELS if row.family == "remote"],
        idle_s=settings.host_idle_s,
        limits=Limits(settings.host_memory_bytes, settings.host_work_bytes),
        python_of=lambda name: python_of(name, settings.home),
    )
