"""Where a record goes that nobody can handle: `<prefix>.dlq`, untouched, with the reason beside it."""

from __future__ import annotations

from typing import Protocol

from bus.cloudevents import Headers, Record, rfc3339_now
from bus.publisher import Publisher, RecordTooLarge
from bus.unreadable import DlqReason
from runtime.metrics import DEAD_LETTERS
from runtime.telemetry import get_logger

_log = get_logger("bus.dead_letters")

ORIGIN_HEADER = "dlq_origin"
"""`<topic>/<partition>/<offset>` where a redriven record first lay; it stays through every new failure."""

DECISION_HEADER = "dlq_decision"
"""`redriving`, `redriven`, `reopened` or `dropped`: the record is no dead letter but what an operator decided about one."""

PLACE_HEADER = "dlq_place"
"""`<topic>/<partition>/<offset>` of the source record of the dead letter that a decision is about."""

_ERROR_BYTES = 1024


class GivesUp(Protocol):
    """What a loop needs in order to get rid of a record."""

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        """Keep the record where an operator finds it; return when that is certain."""


class DeadLetters:
    """Writes dead letters, each acknowledged before its source record may be forgotten."""

    def __init__(self, publisher: Publisher, topic: str) -> None:
        self._publisher = publisher
        self._topic = topic

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        """Publish the record's original key, value and headers with `dlq_*` headers, and wait for the ack.

        `error` is a sentence of ours, never a piece of the payload; it is cut at 1 KiB.

        Raises:
            BusUnreachable: Not acknowledged in time; the source record must be read again.
        """
        reasons = _reason_headers(record, reason, error)
        _log.warning(
            "record.given_up",
            reason=str(reason),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )
        headers = [*_without_old_reasons(record.headers), *reasons]
        try:
            await self._publisher.publish_record(self._topic, record.key, record.value, headers)
        except RecordTooLarge:
            # Only where an operator made the dlq smaller than its sources: the place is kept, the bytes
            # remain in the source topic, and one record never stops a partition.
            size = str(len(record.value or b"")).encode()
            await self._publisher.publish_record(
                self._topic, None, b"", [*reasons, ("dlq_omitted_bytes", size)]
            )
        DEAD_LETTERS.labels(reason.value).inc()


def _reason_headers(record: Record, reason: DlqReason, error: str) -> list[tuple[str, bytes]]:
    return [
        ("dlq_reason", reason.value.encode()),
        ("dlq_error", _cut(error)),
        ("dlq_topic", record.topic.encode()),
        ("dlq_partition", str(record.partition).encode()),
        ("dlq_offset", str(record.offset).encode()),
        ("dlq_time", rfc3339_now().encode()),
    ]


def _without_old_reasons(headers: Headers) -> list[tuple[str, bytes | None]]:
    return [(name, value) for name, value in headers if name == ORIGIN_HEADER or not name.startswith("dlq_")]


def _cut(error: str) -> bytes:
    """Return the text as UTF-8 of 1 KiB at most, never half a character."""
    encoded = error.encode("utf-8", "replace")
    return encoded[:_ERROR_BYTES].decode("utf-8", "ignore").encode()
