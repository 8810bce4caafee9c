"""What is noticed when records of the state are gone without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from bus.admin import apply
from bus.transactions import WriterLost
from consumers.assembly.coordinator.ledger import KafkaLedgers
from consumers.assembly.coordinator.replica import Replica
from consumers.assembly.coordinator.standby import Standby
from planning.records import NEXT_OFFSET, OBEYED, Reached, StateUnreadable, pack_note, pack_offset
from runtime.settings import Settings
from schemas.topics import TopicSpec, topics

NOTES = {f"{OBEYED}{n}": pack_note(0) for n in range(3)}


def one_of_each(settings: Settings) -> list[TopicSpec]:
    """All topics, with one partition."""
    return [replace(spec, partitions=1) for spec in topics(settings.topic_prefix)]


def replica(records: Mapping[str, bytes], reached: Reached) -> Replica:
    found = Replica()
    for key, value in (*records.items(), (NEXT_OFFSET, pack_offset(reached))):
        found.take(key.encode(), value, ())
    return found


def test_a_state_with_as_many_records_as_were_counted_is_whole() -> None:
    assert replica(NOTES, Reached(7, 3)).restored().damaged == ()


@pytest.mark.parametrize("counted", [2, 4])
def test_a_state_with_other_records_than_were_counted_is_damaged(counted: int) -> None:
    assert replica(NOTES, Reached(7, counted)).restored().damaged == (NEXT_OFFSET,)


def test_a_state_that_nobody_counted_is_believed() -> None:
    assert replica(NOTES, Reached(7)).restored().damaged == ()


async def test_a_commit_that_failed_leaves_no_trace_in_what_stays_warm(settings: Settings) -> None:
    await apply(settings.bootstrap_servers, one_of_each(settings))
    async with ledgers(settings) as process, ledgers(settings) as other:
        writer = await process.open(0)
        before = await writer.restore()
        zombie, writer = writer, await other.open(0)
        with pytest.raises(WriterLost):
            await zombie.commit(NOTES, Reached(7, 3), ())
        await zombie.close(before.entries)
        await writer.close()
        again = await process.open(0)
        assert (await again.restore()).next_offset is None
        await again.close()


@asynccontextmanager
async def ledgers(settings: Settings) -> AsyncIterator[KafkaLedgers]:
    """A process of its own, with its standby."""
    prefix = settings.topic_prefix
    standby = Standby(settings.bootstrap_servers, prefix, 1)
    following = asyncio.create_task(standby.follow())
    try:
        yield KafkaLedgers(settings.bootstrap_servers, prefix, 1, standby)
    finally:
        following.cancel()
        await asyncio.wait([following])


async def test_a_topic_that_is_made_anew_under_its_writer_is_noticed_by_it_and_by_its_successor(
    settings: Settings,
) -> None:
    specs = one_of_each(settings)
    await apply(settings.bootstrap_servers, specs)
    async with ledgers(settings) as first, ledgers(settings) as second:
        writer = await first.open(0)
        assert (await writer.restore()).next_offset is None
        for number, (key, note) in enumerate(NOTES.items(), start=1):
            await writer.commit({key: note}, Reached(number, number), ())
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
        await admin.start()
        await admin.delete_topics([f"{settings.topic_prefix}.state"])
        await admin.close()
        await apply(settings.bootstrap_servers, specs)
        with pytest.raises(StateUnreadable, match="anew"):
            await writer.commit({f"{OBEYED}4": pack_note(0)}, Reached(4, 4), ())
        await writer.close()
        successor = await second.open(0)
        restored = await successor.restore()
        await successor.close()
    assert (set(restored.entries), restored.damaged) == ({f"{OBEYED}4"}, (NEXT_OFFSET,))
