"""Which records end the processes that handle them: noted beside the group's offsets, where the next process looks.

Before records are handled, their partition's offset is committed once more, unchanged, with a mark: these are in
hand. Whoever takes the partition over and finds the mark knows that its predecessor ended over them, and takes
them one at a time, until it is past them: so the guilty one is found. A mark is taken back where the process
did not end by its records: when it is asked to stop, hands the partition over, or waits for the world.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from aiokafka import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.patient_consumer import PatientConsumer
from runtime.telemetry import get_logger

MOST_ENDS = 3
"""A record that has ended so many processes is handled no more."""

_WITHIN_S = 5.0
_log = get_logger("bus.crash_marks")


@dataclass(frozen=True)
class Mark:
    """What stands beside an offset: records up to `until` may be guilty; `busy` when they are in hand.

    The first of them has ended `ends` processes before; each other one was in hand at one end at most.
    """

    until: int
    ends: int
    busy: bool

    def text(self) -> str:
        """Return the mark as it is committed."""
        return json.dumps({"until": self.until, "ends": self.ends, "busy": self.busy})

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """Return the mark that `text` spells; None when it spells none."""
        try:
            found = json.loads(text)
            return cls(int(found["until"]), int(found["ends"]), bool(found["busy"]))
        except (ValueError, TypeError, KeyError):
            return None


@dataclass
class _Suspects:
    """The records before `until`; `ends` counts for the first that is met, at `head`."""

    until: int
    ends: int
    head: int | None = None

    def ends_of(self, offset: int) -> int:
        if self.head is None:
            self.head = offset
        return self.ends if offset == self.head else 1


class CrashMarks:
    """The marks of one member of a group."""

    def __init__(self) -> None:
        self._known: dict[TopicPartition, _Suspects | None] = {}
        self._held: dict[TopicPartition, int] = {}

    async def learn(self, consumer: PatientConsumer) -> None:
        """Look what was in hand where partitions come from another process, or an earlier one."""
        places = consumer.assignment()
        self._known = {place: known for place, known in self._known.items() if place in places}
        unknown = places - self._known.keys()
        if not unknown:
            return
        try:
            async with asyncio.timeout(_WITHIN_S):
                notes = await consumer.committed_notes(unknown)
        except (KafkaError, TimeoutError) as error:
            _log.warning("handler.marks_unread", error=type(error).__name__)
            return
        for place in unknown:
            mark = Mark.read(notes.get(place, ""))
            self._known[place] = _Suspects(mark.until, mark.ends + mark.busy) if mark else None
            if mark:
                _log.warning(
                    "handler.suspects",
                    partition=place.partition,
                    until=mark.until,
                    ends=mark.ends + mark.busy,
                )

    def forget(self, places: Iterable[TopicPartition]) -> None:
        """Forget partitions that are handed over."""
        for place in places:
            self._known.pop(place, None)
            self._held.pop(place, None)

    def suspected(self, place: TopicPartition) -> bool:
        """Whether the partition's next records may be guilty, so that each is taken alone."""
        return self._known.get(place) is not None

    def ends(self, place: TopicPartition, offset: int) -> int:
        """Return how many processes may have ended by the record."""
        suspects = self._known.get(place)
        return suspects.ends_of(offset) if suspects and offset < suspects.until else 0

    async def hold(self, consumer: PatientConsumer, records: Collection[ConsumerRecord]) -> None:
        """Mark records as in hand; when the group cannot be told, they are handled all the same."""
        first: dict[TopicPartition, int] = {}
        last: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            first.setdefault(place, record.offset)
            last[place] = record.offset
        offsets = {}
        for place, offset in first.items():
            suspects = self._known.get(place)
            until = max(last[place] + 1, suspects.until if suspects else 0)
            offsets[place] = offset, Mark(until, self.ends(place, offset), busy=True).text()
        self._held |= first
        await self._commit(consumer, offsets)

    async def hold_unread(self, consumer: PatientConsumer, place: TopicPartition, offset: int) -> None:
        """Mark a record as in hand that could not even be read."""
        mark = Mark(offset + 1, self.ends(place, offset), busy=True)
        self._held[place] = offset
        await self._commit(consumer, {place: (offset, mark.text())})

    async def lift(self, consumer: PatientConsumer) -> None:
        """Take the marks back: whatever ends the process now, these records have no part in it."""
        held, self._held = self._held, {}
        await self._commit(
            consumer, {place: (offset, self._rest(place, offset)) for place, offset in held.items()}
        )

    async def done(self, consumer: PatientConsumer, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit where each partition goes on, without marks."""
        self._held = {place: offset for place, offset in self._held.items() if place not in offsets}
        await self._commit(
            consumer, {place: (offset, self._rest(place, offset)) for place, offset in offsets.items()}
        )
        for place, offset in offsets.items():
            suspects = self._known.get(place)
            if suspects is not None and offset >= suspects.until:
                self._known[place] = None

    def _rest(self, place: TopicPartition, offset: int) -> str:
        """Return what stands beside an offset from which on nothing is in hand."""
        suspects = self._known.get(place)
        if suspects is None or offset >= suspects.until:
            return ""
        return Mark(suspects.until, self.ends(place, offset), busy=False).text()

    async def _commit(
        self, consumer: PatientConsumer, offsets: Mapping[TopicPartition, tuple[int, str]]
    ) -> None:
        ours = {place: noted for place, noted in offsets.items() if place in consumer.assignment()}
        if not ours:
            return
        try:
            async with asyncio.timeout(_WITHIN_S):
                await consumer.commit(ours)
        except (KafkaError, TimeoutError) as error:
            # The partition moved: its new owner reads these again, and repeats are harmless.
            _log.info("handler.commit_skipped", error=type(error).__name__)


class Handover(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Tells of partitions that go to another member, while their offsets can still be committed."""

    def __init__(self, tell: Callable[[Collection[TopicPartition]], Awaitable[None]]) -> None:
        self._tell = tell

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Say so."""
        await self._tell(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing is to be done before their records come."""
