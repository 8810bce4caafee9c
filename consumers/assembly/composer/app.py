"""How the composer process is wired: it cuts, mixes and captions, and gives finished work readable names."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bus.brake import Brakes
from bus.cloudevents import Event
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from bus.short_handlers import build_app
from consumers.assembly.composer.names import TYPES, name_outputs
from consumers.process import Stopping
from consumers.worker import run_worker
from runtime.settings import Settings
from schemas.topics import topic
from storage.store import Store


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    both = [
        asyncio.create_task(run_worker("assembly", settings, stopping)),
        asyncio.create_task(_run_names(settings, stopping)),
    ]
    try:
        # Not a TaskGroup: whoever waits for a broker wants our own error, not a group of one.
        await asyncio.gather(*both)
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)


async def _run_names(settings: Settings, stopping: Stopping) -> None:
    prefix = settings.topic_prefix
    brakes = Brakes(patience_s=settings.brake_s)
    store = Store.from_settings(settings)

    async def handle(facts: Sequence[Event]) -> None:
        await name_outputs(facts, store)

    try:
        async with Publisher(settings.bootstrap_servers, source="/reelbus/names") as publisher:
            app = build_app(
                settings.bootstrap_servers,
                topic(prefix, "jobs"),
                f"{prefix}-names",
                handle,
                DeadLetters(publisher, topic(prefix, "dlq")),
                types=TYPES,
                internal=True,
                brakes=brakes,
            )
            stopping.then(app.stop)
            stopping.obstacles("names", brakes.reasons)
            stopping.pulse("names", lambda: app.last_turn_age_s)
            await app.run()
    finally:
        await store.close()
