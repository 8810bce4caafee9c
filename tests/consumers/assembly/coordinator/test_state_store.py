"""What a writer of the state knows after a commit that failed, and of a topic that was made anew under it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from bus.admin import apply
from bus.transactions import WriterLost
from consumers.assembly.coordinator.standby import Standby
from consumers.assembly.coordinator.state_store import KafkaStateStores
from planning.partition.records import NEXT_OFFSET, OBEYED, Checkpoint, StateUnreadable, pack_note
from runtime.settings import Settings
from schemas.topics import TopicSpec, topics

NOTES = {f"{OBEYED}{n}": pack_note(0) for n in range(3)}


def one_of_each(settings: Settings) -> list[TopicSpec]:
    """All topics, with one partition."""
    return [replace(spec, partitions=1) for spec in topics(settings.topic_prefix)]


@asynccontextmanager
async def state_stores(settings: Settings) -> AsyncIterator[KafkaStateStores]:
    """A process of its own, with its standby."""
    prefix = settings.topic_prefix
    standby = Standby(settings.bootstrap_servers, prefix, 1)
    following = asyncio.create_task(standby.follow())
    try:
        yield KafkaStateStores(settings.bootstrap_servers, prefix, 1, standby)
    finally:
        following.cancel()
        await asyncio.wait([following])


async def test_a_commit_that_failed_leaves_no_trace_in_what_stays_warm(settings: Settings) -> None:
    await apply(settings.bootstrap_servers, one_of_each(settings))
    async with state_stores(settings) as process, state_stores(settings) as other:
        writer = await process.open(0)
        before = await writer.restore()
        zombie, writer = writer, await other.open(0)
        with pytest.raises(WriterLost):
            await zombie.commit(NOTES, Checkpoint(7, 3), ())
        await zombie.close(before.entries)
        await writer.close()
        again = await process.open(0)
        assert (await again.restore()).next_offset is None
        await again.close()


async def test_a_topic_that_is_made_anew_under_its_writer_is_noticed_by_it_and_by_its_successor(
    settings: Settings,
) -> None:
    specs = one_of_each(settings)
    await apply(settings.bootstrap_servers, specs)
    async with state_stores(settings) as first, state_stores(settings) as second:
        writer = await first.open(0)
        assert (await writer.restore()).next_offset is None
        for number, (key, note) in enumerate(NOTES.items(), start=1):
            await writer.commit({key: note}, Checkpoint(number, number), ())
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
        await admin.start()
        await admin.delete_topics([f"{settings.topic_prefix}.state"])
        await admin.close()
        await apply(settings.bootstrap_servers, specs)
        with pytest.raises(StateUnreadable, match="anew"):
            await writer.commit({f"{OBEYED}4": pack_note(0)}, Checkpoint(4, 4), ())
        await writer.close()
        successor = await second.open(0)
        restored = await successor.restore()
        await successor.close()
    assert (set(restored.entries), restored.damaged) == ({f"{OBEYED}4"}, (NEXT_OFFSET,))
