"""What a dead letter is, and how it is read from its record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from aiokafka.structs import ConsumerRecord

from bus.cloudevents import Headers, header
from bus.dead_letters import ORIGIN_HEADER

_OMITTED_HEADER = "dlq_omitted_bytes"


class Decision(StrEnum):
    """What was decided about a dead letter; the newest counts.

    `REDRIVING` with nothing after it is a sending whose end nobody knows; `REOPENED` takes a decision back.
    """

    REDRIVING = "redriving"
    REDRIVEN = "redriven"
    REOPENED = "reopened"
    DROPPED = "dropped"


@dataclass(frozen=True)
class DeadLetter:
    """One record that nobody could handle; `id` is `<topic>/<partition>/<offset>` of the source record.

    `origin` is where a letter first lay that was sent again and failed again.
    """

    id: str
    reason: str
    error: str
    time: str
    origin: str | None
    source_topic: str
    source_partition: int
    source_offset: int
    partition: int
    decision: Decision | None
    decided_at: str | None
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: Headers = field(repr=False)

    @property
    def open(self) -> bool:
        """Whether an operator still has to decide, or to look what became of a redrive that was cut off."""
        return self.decision in {None, Decision.REDRIVING, Decision.REOPENED}

    @property
    def first_place(self) -> str:
        """Where the record first lay."""
        return self.origin or self.id

    @property
    def original_headers(self) -> list[tuple[str, bytes | None]]:
        """The headers that the source record had."""
        return [(name, value) for name, value in self.headers if not name.startswith("dlq_")]

    @property
    def omitted(self) -> bool:
        """Whether the bytes were too large for the dead letters and lie in the source topic alone."""
        return any(name == _OMITTED_HEADER for name, _ in self.headers)


def place_of(record: ConsumerRecord) -> str:
    """Return the place of a letter's source record; of a record that names none, its own."""
    parts = [header(record.headers, f"dlq_{name}") for name in ("topic", "partition", "offset")]
    if None in parts:
        return f"{record.topic}/{record.partition}/{record.offset}"
    return "/".join(str(part) for part in parts)


def letter_of(place: str, record: ConsumerRecord, *, whole: bool) -> DeadLetter:
    """Return the letter in a record of the dead letters; its bytes and foreign headers where it is wanted `whole`."""
    # The first of a name counts, as everywhere.
    ours = {
        name: header([(name, value)], name)
        for name, value in reversed(record.headers)
        if name.startswith("dlq_")
    }

    def text(name: str) -> str:
        return ours.get(name) or ""

    named = all(_is_number(text(f"dlq_{name}")) for name in ("partition", "offset"))
    return DeadLetter(
        id=place,
        reason=text("dlq_reason"),
        error=text("dlq_error"),
        time=text("dlq_time"),
        origin=ours.get(ORIGIN_HEADER),
        source_topic=text("dlq_topic") if named else "",
        source_partition=int(text("dlq_partition")) if named else -1,
        source_offset=int(text("dlq_offset")) if named else -1,
        partition=record.partition,
        decision=None,
        decided_at=None,
        key=record.key if whole else None,
        value=record.value if whole else None,
        headers=record.headers if whole else [each for each in record.headers if each[0] in ours],
    )


def _is_number(text: str) -> bool:
    """Whether the text is an offset: "²" is a digit to Python, and 5,000 digits are no number to it."""
    return text.isascii() and text.isdigit() and len(text) < 20


def decided_as(letter: DeadLetter, decided: tuple[Decision, str] | None) -> DeadLetter:
    """Return a letter with the newest decision about it, and when it was made."""
    if decided is None:
        return letter
    return replace(letter, decision=decided[0], decided_at=decided[1])
