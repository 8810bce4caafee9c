"""How the intake process is wired: requests in, log events out, what cannot be read to the dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, repeat

from bus.circuit_breaker import CircuitBreakers
from bus.cloudevents import Event
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher, RecordTooLarge
from bus.subscriber import Subscriber
from bus.tracing import continued
from catalog.fleet import read_pools
from catalog.policy_file import policy_file, read_policies
from consumers.assembly.intake.handler import CANCEL, JOB, REPLAY, admit
from consumers.assembly.intake.objects import Objects, remove_leftovers
from consumers.assembly.intake.sender import answer
from consumers.assembly.intake.traces import Admitted, admit_each
from operations.fleet import FleetWatch
from planning.intake.offers import offers
from planning.routing.announced import Announced
from runtime.errors import BusUnreachable
from runtime.process import Stopping
from runtime.settings import Settings
from runtime.telemetry import get_logger, unit_of_work
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.identity import event_id
from schemas.log import Asked, CancelMatching, JobAccepted, RequestRejected, log_type
from schemas.topics import requests_pattern, requests_topic, topic
from storage.store import Store

_NOT_TAKEN = Problem(
    code=ErrorCode.UNSUPPORTED, path="", message="the broker does not take a record as large as this request"
)

_InTrace = tuple[Admitted, str | None]

log = get_logger(__name__)


async def run(settings: Settings, stopping: Stopping) -> None:
    """Admit requests until asked to stop."""
    prefix = settings.topic_prefix
    group = f"{prefix}-intake"
    breakers = CircuitBreakers(patience_s=settings.brake_s)
    store = Store.from_settings(settings)
    objects = Objects(store, settings.bucket, settings.given_asset_bytes)
    watch = FleetWatch(Announced(read_pools(settings.fleet)))
    policies = read_policies(policy_file(settings))
    offered = offers(budget=settings.composition_budget, policies=policies)
    remove_leftovers()

    async def handle(requests: Sequence[Event]) -> None:
        admitted, traces = await admit_each(requests, group, admit_as_sender)
        await put_on_log(
            publisher, prefix, admitted, partitions=settings.topic_partitions, traceparents=traces
        )

    async def admit_as_sender(request: Event) -> tuple[str, Asked]:
        return await answer(request, prefix, admit_one)

    async def admit_one(request: Event) -> tuple[str, Asked]:
        return await admit(
            request,
            objects,
            allow_private_webhooks=settings.allow_private_webhooks,
            offered=replace(offered, fleet=watch.fleet()),
        )

    try:
        await store.ready()
        async with Publisher(settings.kafka, source="/reelbus/intake") as publisher:
            app = Subscriber(
                settings.kafka,
                requests_topic(prefix),
                group,
                handle,
                DeadLetters(publisher, topic(prefix, "dlq")),
                types=(JOB, CANCEL, REPLAY),
                plain_ok=True,
                breakers=breakers,
                pattern=requests_pattern(prefix),
            )
            stopping.then(app.stop)
            stopping.readiness("intake", lambda: app.running)
            stopping.obstacles("requests", breakers.reasons)
            stopping.obstacles("memory", app.reasons)
            stopping.pulse("intake", lambda: app.last_turn_age_s)
            following = asyncio.create_task(
                watch.follow(settings.kafka, topic(prefix, "workers")), name="fleet"
            )
            try:
                await app.run()
            finally:
                following.cancel()
                await asyncio.wait([following])
    finally:
        await objects.close()
        await store.close()


async def put_on_log(
    publisher: Publisher,
    prefix: str,
    admitted: Iterable[Admitted],
    *,
    partitions: int,
    traceparents: Iterable[str | None] = (),
) -> None:
    """Append each request's event, all at once: (request id, (key, event)), each in its trace.

    What means jobs by their labels stands on every partition. Of an event that the broker does not take, because it
    is too large, a refusal stands there instead.

    Raises:
        BusUnreachable: not all were acknowledged; the requests shall be tried again.
        RecordTooLarge: the broker does not even take a refusal.
    """
    waiting = list(zip(admitted, chain(traceparents, repeat(None)), strict=False))
    while waiting:
        waiting = await _put(publisher, prefix, waiting, partitions)


async def _put(
    publisher: Publisher, prefix: str, admitted: Iterable[_InTrace], partitions: int
) -> list[_InTrace]:
    """Append events; return what is still to be put there when some of them were too large."""
    left: list[_InTrace] = []
    waiting = []
    for each in admitted:
        (request_id, (key, event)), traceparent = each
        kind = log_type(event)
        body = await asyncio.to_thread(event.to_bytes)
        places = range(partitions) if isinstance(event, CancelMatching) else (None,)
        try:
            sent = [
                await publisher.send(
                    topic(prefix, "log"),
                    key,
                    kind,
                    body,
                    id=event_id(kind, key, 0, event.note),
                    subject=key,
                    partition=place,
                    traceparent=traceparent,
                )
                for place in places
            ]
        except RecordTooLarge as error:
            left.append(_refused(each, error))
            continue
        waiting.append((each, sent))
        with continued(traceparent), unit_of_work(request_id=request_id):
            about = {"job_id": event.job_id} if isinstance(event, JobAccepted) else {}
            log.info("intake.took", outcome=kind, **about)
    try:
        await publisher.acknowledged(*(future for _, sent in waiting for future in sent))
    except RecordTooLarge:
        for each, sent in waiting:
            try:
                await publisher.acknowledged(*sent)
            except RecordTooLarge as error:
                left.append(_refused(each, error))
            except BusUnreachable:
                left.append(each)  # it came behind one that was too large
    return left


def _refused(admitted: _InTrace, error: RecordTooLarge) -> _InTrace:
    (request_id, (_, event)), traceparent = admitted
    if isinstance(event, RequestRejected) and event.errors == (_NOT_TAKEN,):
        raise error
    log.warning("intake.too_large", request_id=request_id, outcome=log_type(event))
    refusal = RequestRejected(
        request_id=request_id,
        tenant=event.tenant,
        source=event.source,
        mark=event.mark,
        errors=(_NOT_TAKEN,),
    )
    return (request_id, (request_id, refusal)), traceparent
