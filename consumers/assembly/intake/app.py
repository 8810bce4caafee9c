"""How the intake process is wired: wishes in, log events out, what cannot be read to the dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bus.brake import Brakes
from bus.cloudevents import Event
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from bus.short_handlers import build_app
from consumers.assembly.intake.handler import CANCEL, JOB, REPLAY, take_in
from consumers.process import Stopping
from runtime.settings import Settings
from runtime.telemetry import get_logger
from schemas.base import Fact
from schemas.identity import event_id
from schemas.log import CancelMatching, log_type
from schemas.topics import topic
from storage.store import Store

log = get_logger(__name__)


async def run(settings: Settings, stopping: Stopping) -> None:
    """Take wishes in until asked to stop."""
    prefix = settings.topic_prefix
    brakes = Brakes(patience_s=settings.brake_s)
    store = Store.from_settings(settings)

    async def handle(wishes: Sequence[Event]) -> None:
        taken = [
            await take_in(
                wish, store, bucket=settings.bucket, allow_private_webhooks=settings.allow_private_webhooks
            )
            for wish in wishes
        ]
        named = zip((wish.id for wish in wishes), taken, strict=True)
        await put_on_log(publisher, prefix, named, partitions=settings.topic_partitions)

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
                brakes=brakes,
            )
            stopping.then(app.stop)
            stopping.readiness("intake", lambda: app.running)
            stopping.obstacles("wishes", brakes.reasons)
            stopping.pulse("intake", lambda: app.last_turn_age_s)
            await app.run()
    finally:
        await store.close()


async def put_on_log(
    publisher: Publisher, prefix: str, taken: Iterable[tuple[str, tuple[str, Fact]]], *, partitions: int
) -> None:
    """Append each wish's event, all at once: (request id, (key, event)).

    What means jobs by their labels stands on every partition.

    Raises:
        BusUnreachable: not all were acknowledged; the wishes shall be tried again.
    """
    waiting = []
    for request_id, (key, event) in taken:
        kind = log_type(event)
        places = range(partitions) if isinstance(event, CancelMatching) else (None,)
        waiting += [
            await publisher.send(
                topic(prefix, "log"),
                key,
                kind,
                event,
                id=event_id(kind, key, 0, request_id),
                subject=key,
                partition=place,
            )
            for place in places
        ]
        log.info("intake.took", request_id=request_id, outcome=kind)
    await publisher.acknowledged(*waiting)
