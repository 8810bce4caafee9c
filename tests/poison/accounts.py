"""Where each poisoned record has gone: read, given up once, refused, or taken."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient
from pydantic import ValidationError

from bus.cloudevents import decode, header
from bus.tail import read_topic
from bus.unreadable import Unreadable
from consumers.assembly.composer.names import SUCCEEDED, TYPES
from planning.partition.records import StateUnreadable, unpack_offset
from schemas.choices import MODALITIES
from schemas.facts import EVENT_TYPES
from schemas.log import LOG_TYPES
from schemas.orders import ORDER_TYPE, WorkOrder
from tests.poison.feeding import NAMES, REQUESTS, Fed, Place

GIVEN_UP = ("requests", "log", "jobs", *(name for name in NAMES if name.startswith("tasks.")))
"""The topics whose readers give up what they cannot read; the others are only followed."""


@dataclass(slots=True)
class Accounts:
    """What the topics say about the records of some places."""

    letters: Counter[Place] = field(default_factory=Counter)
    requests: set[str] = field(default_factory=set)
    unreadable: set[Place] = field(default_factory=set)
    request_ids: dict[Place, str] = field(default_factory=dict)


async def taken(bootstrap: str) -> Accounts:
    """Read dead letters, requests on the log, and every record that a reader may give up."""
    accounts = Accounts()
    async for records in read_topic(bootstrap, "media.dlq"):
        for record in records:
            place = [header(record.headers, f"dlq_{part}") for part in ("topic", "partition", "offset")]
            # The dead letters are poisoned as well: what was fed into them counts for nothing.
            if all(place) and header(record.headers, "dlq_time") and str(place[1]).isdecimal():
                accounts.letters[str(place[0]), int(str(place[1])), int(str(place[2]))] += 1
    for name in GIVEN_UP:
        async for records in read_topic(bootstrap, f"media.{name}", isolation="read_uncommitted"):
            for record in records:
                _judge(accounts, name, record)
            await asyncio.sleep(0)
    return accounts


def _judge(accounts: Accounts, name: str, record: object) -> None:
    place = (record.topic, record.partition, record.offset)  # type: ignore[attr-defined]
    try:
        event = decode(record, plain_ok=name == "requests", types=_types(name))  # type: ignore[arg-type]
        value = event.value or b""
        if name == "requests":
            accounts.request_ids[place] = event.id
        elif name == "log":
            model = LOG_TYPES[event.type].model_validate_json(value)
            accounts.requests.add(str(getattr(model, "request_id", "")))
        elif name.startswith("tasks."):
            WorkOrder.model_validate_json(value)
        elif event.type == SUCCEEDED:
            EVENT_TYPES[event.type].model_validate(json.loads(value), strict=False)
    except (Unreadable, ValidationError):
        accounts.unreadable.add(place)


def _types(name: str) -> Iterable[str]:
    return {"requests": REQUESTS, "log": LOG_TYPES.keys(), "jobs": TYPES}.get(name, (ORDER_TYPE,))  # type: ignore[return-value]


def unaccounted(accounts: Accounts, fed: Iterable[Fed]) -> list[str]:
    """Say of each record that was lost, given up twice, or given up though it can be read."""
    wrong = []
    for record in fed:
        if record.sample.topic not in GIVEN_UP:
            continue
        letters = accounts.letters[record.place]
        expected = 1 if record.place in accounts.unreadable else 0
        if letters != expected:
            wrong.append(f"{record.place} ({record.sample.how}): {letters} dead letters, not {expected}")
        elif record.sample.topic == "requests" and not expected:
            request = accounts.request_ids.get(record.place)
            if request not in accounts.requests:
                wrong.append(
                    f"{record.place} ({record.sample.how}): {request} is neither accepted nor refused"
                )
    return wrong


async def read_up_to(bootstrap: str, fed: Iterable[Fed], within_s: float) -> None:
    """Wait until every group has read past every record that was fed into its topics."""
    ends: dict[tuple[str, int], int] = {}
    for record in fed:
        topic, partition, offset = record.place
        if record.sample.topic in GIVEN_UP:
            ends[topic, partition] = max(offset + 1, ends.get((topic, partition), 0))
    left = ends
    try:
        async with asyncio.timeout(within_s):
            while left:
                positions = await _positions(bootstrap)
                left = {place: end for place, end in ends.items() if positions.get(place, 0) < end}
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"not read in {within_s} s: {left}") from None


async def _positions(bootstrap: str) -> dict[tuple[str, int], int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    positions: dict[tuple[str, int], int] = {}
    try:
        for group in ("media-intake", "media-names", *(f"media-{name}" for name in MODALITIES)):
            for place, committed in (await admin.list_consumer_group_offsets(group)).items():
                positions[place.topic, place.partition] = committed.offset
    finally:
        await admin.close()
    async for records in read_topic(bootstrap, "media.state"):
        for record in records:
            if record.key == b"offset" and record.value is not None:
                with suppress(StateUnreadable):  # poison; the coordinator never reads it while it runs
                    positions["media.log", record.partition] = unpack_offset(record.value).next_offset
    return positions
