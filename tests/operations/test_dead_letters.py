from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bus.dead_letters import DeadLetters
from bus.publisher import RecordTooLarge
from bus.tail import read_topic
from bus.unreadable import DlqReason
from operations.dead_letter import DeadLetter, Decision
from operations.dead_letters import DeadLetterBox
from tests.operations.world import World

Poison = Callable[..., Awaitable[DeadLetter]]


@pytest.fixture
def box(world: World) -> DeadLetterBox:
    return DeadLetterBox(world.settings.bootstrap_servers, world.settings.topic_prefix)


@pytest.fixture
def poison(world: World, box: DeadLetterBox) -> Poison:
    """Write a record to the requests, give it up as intake would, and return its letter."""

    async def make(value: bytes, key: bytes | None = None, **headers: bytes) -> DeadLetter:
        name = world.topic("requests")
        written = await world.publisher.publish_record(name, key, value, list(headers.items()))
        await give_up(world, written.offset)
        return await letter(box, f"{name}/0/{written.offset}")

    return make


async def give_up(world: World, offset: int) -> None:
    dead = DeadLetters(world.publisher, world.topic("dlq"))
    async for records in read_topic(world.settings.bootstrap_servers, world.topic("requests")):
        for record in records:
            if record.offset == offset:
                await dead.give_up(record, DlqReason.NOT_JSON, "because")


async def letter(box: DeadLetterBox, id_: str) -> DeadLetter:
    return next(found for found in await box.letters() if found.id == id_)


async def last_request(world: World) -> tuple[bytes | None, bytes | None, dict[str, bytes | None]]:
    found = []
    async for records in read_topic(world.settings.bootstrap_servers, world.topic("requests")):
        found += records
    return found[-1].key, found[-1].value, dict(found[-1].headers)


async def test_a_letter_is_named_by_its_source_and_listed_once_however_often_it_was_given_up(
    world: World, box: DeadLetterBox, poison: Poison
) -> None:
    found = await poison(b"{", b"k")
    await give_up(world, found.source_offset)
    assert [x.id for x in await box.letters()].count(found.id) == 1
    assert (found.reason, found.error, found.value, found.key) == ("not_json", "because", b"{", b"k")
    assert found.open


async def test_a_redriven_letter_goes_back_as_it_was_and_its_next_letter_names_its_first_place(
    world: World, box: DeadLetterBox, poison: Poison
) -> None:
    first = await poison(b"{\xff", b"key", ce_id=b"7", other=b"\xfe")
    ((_, place),) = await box.redrive([first])
    assert await last_request(world) == (
        b"key",
        b"{\xff",
        {"ce_id": b"7", "other": b"\xfe", "dlq_origin": first.id.encode()},
    )
    assert (await letter(box, first.id)).decision is Decision.REDRIVEN
    await give_up(world, int(place.rsplit("/", 1)[1]))
    second = await letter(box, place)
    assert (second.open, second.origin) == (True, first.id)
    ((_, third),) = await box.redrive([second], value=b"mended")
    assert await last_request(world) == (
        b"key",
        b"mended",
        {"ce_id": b"7", "other": b"\xfe", "dlq_origin": first.id.encode()},
    )
    assert third != place


async def test_a_dropped_letter_is_no_longer_open_and_its_bytes_can_still_be_seen(
    box: DeadLetterBox, poison: Poison
) -> None:
    found = await poison(b"[")
    await box.drop([found])
    after = await letter(box, found.id)
    assert (after.open, after.decision, after.value) == (False, Decision.DROPPED, b"[")


async def test_what_was_certainly_not_sent_stays_open(box: DeadLetterBox, poison: Poison) -> None:
    found = await poison(b"{")
    with pytest.raises(RecordTooLarge):
        await box.redrive([found], value=b" " * 3_000_000)
    assert (await letter(box, found.id)).open


async def test_bytes_that_were_left_out_come_from_the_source_topic(
    world: World, box: DeadLetterBox, poison: Poison
) -> None:
    name = world.topic("requests")
    written = await world.publisher.publish_record(name, b"big", b"{ the bytes", [("h", b"1")])
    reasons = {
        "dlq_reason": "not_json",
        "dlq_topic": name,
        "dlq_partition": "0",
        "dlq_offset": str(written.offset),
    }
    headers = [(n, v.encode()) for n, v in reasons.items()] + [("dlq_omitted_bytes", b"11")]
    await world.publisher.publish_record(world.topic("dlq"), None, b"", headers)
    found = await letter(box, f"{name}/0/{written.offset}")
    await box.redrive([found])
    assert await last_request(world) == (b"big", b"{ the bytes", {"h": b"1", "dlq_origin": found.id.encode()})


async def test_a_foreign_record_is_listed_by_its_own_place_and_cannot_be_redriven(
    world: World, box: DeadLetterBox
) -> None:
    written = await world.publisher.publish_record(world.topic("dlq"), b"x", b"what is this", [])
    found = await letter(box, f"{written.topic}/{written.partition}/{written.offset}")
    with pytest.raises(Exception, match="does not say from which topic"):
        await box.redrive([found])
