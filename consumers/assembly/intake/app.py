"""How the intake process is wired: wishes in, log events out, what cannot be read to the dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bus.cloudevents import Event
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from bus.short_handlers import build_app
from consumers.assembly.intake.handler import CANCEL, JOB, REPLAY, take_in
from consumers.process import Stopping
from runtime.settings import Settings
from runtime.telemetry import get_logger
from schemas.identity import event_id
from schemas.log import log_type
from schemas.topics import topic
from storage.store import Store

log = get_logger(__name__)


async def run(settings: Settings, stopping: Stopping) -> None:
    """Take wishes in until asked to stop."""
    prefix = settings.topic_prefix
    store = Store.from_settings(settings)

    async def handle(wishes: Sequence[Event]) -> None:
        taken = [
            await take_in(
                wish, store, bucket=settings.bucket, allow_private_webhooks=settings.allow_private_webhooks
            )
            for wish in wishes
        ]
        waiting = []
        for wish, (key, event) in zip(wishes, taken, strict=True):
            kind = log_type(event)
            waiting.append(
                await publisher.send(
                    topic(prefix, "log"), key, kind, event, id=event_id(kind, key, 0, wish.id), subject=key
                )
            )
            log.info("intake.took", request_id=wish.id, outcome=kind)
        await asyncio.gather(*waiting)

    try:
        await store.ready()
        async with Publisher(settings.bootstrap_servers, source="/reelbus/intake") as publisher:
            app = build_app(
                settings.bootstrap_servers,
                topic(prefix, "requests"),
                f"{prefix}-intake",
                handle,
                DeadLetters(publisher, topic(prefix, "dlq")),
                types=(JOB, CANCEL, REPLAY),
                plain_ok=True,
            )
            stopping.then(app.stop)
            stopping.readiness("intake", lambda: app.running)
            await app.run()
    finally:
        await store.close()
