"""What lies in the dead letters, and what an operator may do with one: send it again, or drop it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from bus.cloudevents import header, rfc3339_now
from bus.connections import TopicMissing
from bus.dead_letters import DECISION_HEADER, ORIGIN_HEADER, PLACE_HEADER
from bus.publisher import Publisher, RecordTooLarge
from bus.tail import read_range, read_topic
from operations.dead_letter import DeadLetter, Decision, decided_as, letter_of, place_of
from runtime.errors import AssetNotFound, InvalidRequest
from runtime.kafka_connection import Brokers
from schemas.topics import topic

_AT_ONCE = 500
"""So many decisions are sent before their acknowledgements are waited for."""
_PLACE_HEADERS = ("dlq_reason", "dlq_error", "dlq_topic", "dlq_partition", "dlq_offset")


class DeadLetterBox:
    """The dead letters of one system, with the decisions about them.

    Decisions are records of the same topic, so every reader of it sees the same list.
    """

    def __init__(self, bootstrap: Brokers, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic(prefix, "dlq")

    async def letters(self, *, bytes_of: Collection[str] | None = None) -> list[DeadLetter]:
        """Return every retained dead letter, the oldest first.

        `bytes_of` names the letters whose bytes and foreign headers are wanted, by id; None wants them all.
        There may be a hundred thousand letters, and a megabyte in each.

        Raises:
            BusUnreachable: No broker, or no such topic.
        """
        found: dict[str, DeadLetter] = {}
        decisions: dict[str, tuple[Decision, str]] = {}
        async for records in read_topic(self._bootstrap, self._topic, isolation="read_committed"):
            for record in records:
                decision = header(record.headers, DECISION_HEADER)
                if decision is None:
                    # A source record that was given up twice, by two owners, is one letter.
                    place = place_of(record)
                    found[place] = letter_of(place, record, whole=bytes_of is None or place in bytes_of)
                elif decision in set(Decision):
                    place = header(record.headers, PLACE_HEADER) or ""
                    decisions[place] = Decision(decision), header(record.headers, "dlq_time") or ""
        letters = [decided_as(letter, decisions.get(letter.id)) for letter in found.values()]
        return sorted(letters, key=lambda letter: (letter.time, letter.id))

    async def redrive(
        self, letters: Sequence[DeadLetter], *, value: bytes | None = None
    ) -> list[tuple[DeadLetter, str]]:
        """Publish each letter where it came from, with `value` in place of its bytes if given; returns new places.

        The bytes are read for this; the letters given need not have them. Key and headers are the original ones, with `dlq_origin` added. The intention is recorded before, the
        deed after: of a redrive that is cut off between the two nobody can say whether it happened, so that
        letter is not sent again unless somebody insists.

        Raises:
            BusUnreachable: Not acknowledged in time; letters before this one are done.
            RecordTooLarge: The new bytes are larger than the topic takes.
            InvalidRequest: A letter does not say where it came from.
            AssetNotFound: Its bytes were never in the dead letters, and its source has forgotten them.
        """
        for letter in letters:
            if not letter.source_topic:
                raise InvalidRequest(f"{letter.id} does not say from which topic it came")
        chosen = {letter.id for letter in letters}
        whole = {letter.id: letter for letter in await self.letters(bytes_of=chosen)}
        sent = []
        async with Publisher(self._bootstrap) as publisher:
            for letter in (whole[letter.id] for letter in letters):
                key, original, headers = await self._original(letter)
                await self._decide(publisher, letter, Decision.REDRIVING)
                try:
                    written = await publisher.publish_record(
                        letter.source_topic,
                        key,
                        original if value is None else value,
                        [*headers, (ORIGIN_HEADER, letter.first_place.encode())],
                        partition=letter.source_partition,
                    )
                except (RecordTooLarge, TopicMissing):  # certainly not sent
                    await self._decide(publisher, letter, Decision.REOPENED)
                    raise
                await self._decide(publisher, letter, Decision.REDRIVEN)
                sent.append((letter, f"{written.topic}/{written.partition}/{written.offset}"))
        return sent

    async def drop(self, letters: Sequence[DeadLetter]) -> None:
        """Take the letters off the list; their records stay until retention takes them.

        Raises:
            BusUnreachable: Not acknowledged in time.
        """
        async with Publisher(self._bootstrap) as publisher:
            for begin in range(0, len(letters), _AT_ONCE):
                some = letters[begin : begin + _AT_ONCE]
                await asyncio.gather(*(self._decide(publisher, each, Decision.DROPPED) for each in some))

    async def _original(
        self, letter: DeadLetter
    ) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]:
        if not letter.omitted:
            return letter.key, letter.value, letter.original_headers
        offset = letter.source_offset
        async for records in read_range(
            self._bootstrap,
            letter.source_topic,
            letter.source_partition,
            offset,
            offset + 1,
            isolation="read_uncommitted",
        ):
            for record in records:
                kept = [(n, v) for n, v in record.headers if not n.startswith("dlq_")]
                return record.key, record.value, kept
        raise AssetNotFound(f"the bytes of {letter.id} are no longer in {letter.source_topic}")

    async def _decide(self, publisher: Publisher, letter: DeadLetter, decision: Decision) -> None:
        # It repeats the letter's place and reason, so that readers who know nothing of decisions can parse it.
        repeated = [(name, value) for name, value in letter.headers if name in _PLACE_HEADERS]
        await publisher.publish_record(
            self._topic,
            letter.id.encode(),
            None,
            [
                *repeated,
                ("dlq_time", rfc3339_now().encode()),
                (DECISION_HEADER, decision.encode()),
                (PLACE_HEADER, letter.id.encode()),
            ],
            partition=letter.partition,
        )


__all__ = ["DeadLetter", "DeadLetterBox", "Decision"]
