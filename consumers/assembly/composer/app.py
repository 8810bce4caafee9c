"""How the composer process is wired: it cuts, mixes and captions, and gives finished work readable names."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bus.circuit_breaker import CircuitBreakers
from bus.cloudevents import Event
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from bus.subscriber import Subscriber
from bus.tracing import consumer_span
from consumers.assembly.composer.names import SUCCEEDED, TYPES, name_outputs
from runtime.process import Stopping
from runtime.settings import Settings
from runtime.telemetry import unit_of_work
from schemas.topics import topic
from storage.store import Store
from worker.wiring import run_worker


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
    group = f"{prefix}-names"
    breakers = CircuitBreakers(patience_s=settings.brake_s)
    store = Store.from_settings(settings)

    async def handle(facts: Sequence[Event]) -> None:
        await asyncio.gather(*(name(fact) for fact in facts if fact.type == SUCCEEDED))

    async def name(fact: Event) -> None:
        where = fact.topic, fact.partition, fact.offset
        job_id = str(fact.data.get("job_id", ""))
        with (
            consumer_span(*where, fact.traceparent, group=group, message_id=fact.id) as span,
            unit_of_work(job_id=job_id),
        ):
            span.set_attribute("reelbus.job_id", job_id)
            await name_outputs([fact], store)

    try:
        async with Publisher(settings.kafka, source="/reelbus/names") as publisher:
            app = Subscriber(
                settings.kafka,
                topic(prefix, "jobs"),
                group,
                handle,
                DeadLetters(publisher, topic(prefix, "dlq")),
                types=TYPES,
                internal=True,
                breakers=breakers,
            )
            stopping.then(app.stop)
            stopping.obstacles("names", breakers.reasons)
            stopping.obstacles("memory", app.reasons)
            stopping.pulse("names", lambda: app.last_turn_age_s)
            await app.run()
    finally:
        await store.close()
