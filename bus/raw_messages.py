"""How FastStream hands records on that nothing has looked into."""

from __future__ import annotations

from typing import Any

from aiokafka.structs import ConsumerRecord
from faststream.kafka.message import KafkaMessage


async def keep_raw(record: ConsumerRecord) -> KafkaMessage:
    """Wrap a record without looking into it: no foreign header can fail here."""
    return KafkaMessage(
        body=record.value or b"",
        headers={},
        reply_to="",
        content_type=None,
        message_id=f"{record.topic}/{record.partition}/{record.offset}",
        correlation_id=f"{record.topic}/{record.partition}/{record.offset}",
        raw_message=record,
        consumer=None,  # type: ignore[arg-type]  # offsets are committed here, never through the message
    )


async def keep_body(message: KafkaMessage) -> Any:
    """Give the handler the record itself."""
    return message.raw_message
