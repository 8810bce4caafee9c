"""A dead letter is the original record with the reason beside it."""

from __future__ import annotations

from dataclasses import dataclass

from bus.cloudevents import Headers
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from bus.tail import Tail
from bus.unreadable import DlqReason

from .conftest import MakeTopic


@dataclass(frozen=True)
class Source:
    value: bytes | None
    headers: Headers = ()
    key: bytes | None = b"\xffkey"
    topic: str = "media.requests"
    partition: int = 7
    offset: int = 99
    timestamp: int = 0


async def _given_up(
    bootstrap: str, topic: str, source: Source, error: str = "because"
) -> tuple[bytes, dict[str, bytes]]:
    async with Publisher(bootstrap) as publisher:
        await DeadLetters(publisher, topic).give_up(source, DlqReason.NOT_JSON, error)
    async with Tail(bootstrap, [topic], start="beginning") as tail:
        (record,) = await tail.poll(5)
    assert record.key == source.key or record.key is None
    return record.value, dict(record.headers)


async def test_the_record_is_untouched_and_the_reason_stands_beside_it(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("dlq")
    value, headers = await _given_up(
        bootstrap, topic, Source(b"{\xff", [("x", b"\xfe"), ("ce_id", b"1"), ("n", None)])
    )
    assert value == b"{\xff"
    time = headers.pop("dlq_time")
    assert time.endswith(b"Z")
    assert headers == {
        "x": b"\xfe",
        "ce_id": b"1",
        "n": None,
        "dlq_reason": b"not_json",
        "dlq_error": b"because",
        "dlq_topic": b"media.requests",
        "dlq_partition": b"7",
        "dlq_offset": b"99",
    }


async def test_older_reasons_are_replaced_and_the_first_place_stays(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("dlq")
    old: Headers = [("dlq_reason", b"too_deep"), ("dlq_origin", b"media.requests/1/2"), ("dlq_time", b"then")]
    _, headers = await _given_up(bootstrap, topic, Source(b"{", old))
    assert headers["dlq_reason"] == b"not_json"
    assert headers["dlq_origin"] == b"media.requests/1/2"
    assert headers["dlq_time"] != b"then"


async def test_a_long_error_is_cut_between_characters(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("dlq")
    _, headers = await _given_up(bootstrap, topic, Source(b"{"), "é" * 5000 + "\ud800")
    assert headers["dlq_error"] == "é".encode() * 512


async def test_a_record_of_nothing_is_kept_too(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("dlq")
    _, headers = await _given_up(bootstrap, topic, Source(None, key=None))
    assert headers["dlq_offset"] == b"99"


async def test_a_record_that_the_topic_cannot_take_keeps_its_place(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("dlq", max_message_bytes="10000")
    value, headers = await _given_up(bootstrap, topic, Source(b"x" * 20_000))
    assert value == b""
    assert headers["dlq_omitted_bytes"] == b"20000"
    assert headers["dlq_offset"] == b"99"
