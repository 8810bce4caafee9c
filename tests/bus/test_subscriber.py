"""Every request reaches its handler or the dead letters, whatever its headers, and no failure loses one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaProducer

from bus.circuit_breaker import LEAST, CircuitBreakers
from bus.cloudevents import PLAIN_TYPE, Event, Record
from bus.publisher import Publisher
from bus.subscriber import Subscriber
from bus.unreadable import DlqReason
from infra.local.ports import pick
from runtime.errors import BusUnreachable
from schemas.topics import requests_pattern

from .conftest import MakeTopic, unparsable


@dataclass
class Intake:
    """A handler that notes what it gets and fails where a test wants it to."""

    bootstrap: str
    group: str
    topic: str
    handled: list[str] = field(default_factory=list)
    given_up: list[tuple[int, DlqReason]] = field(default_factory=list)
    outages: int = 0
    calls: int = 0
    broken_by: str = ""
    broken: bool = False
    internal: bool = False
    breakers: CircuitBreakers = field(default_factory=lambda: CircuitBreakers(first_pause_s=0.2))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self, max_records: int = 200) -> Subscriber:
        return Subscriber(
            self.bootstrap,
            self.topic,
            self.group,
            self.handle,
            self,
            types={PLAIN_TYPE},
            plain_ok=True,
            internal=self.internal,
            breakers=self.breakers,
            max_records=max_records,
            heartbeat_ms=200,
        )

    async def handle(self, events: Sequence[Event]) -> None:
        self.calls += 1
        self.changed.set()
        if self.outages:
            self.outages -= 1
            raise BusUnreachable
        for event in events:
            if self.broken or event.data.get("name") == self.broken_by:
                raise ZeroDivisionError
        self.handled += [str(event.data.get("name")) for event in events]

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        self.given_up.append((record.offset, reason))
        self.changed.set()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):  # a busy machine writes tracebacks slowly
            while not reached():
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def _serving(app: Subscriber) -> AsyncIterator[None]:
    running = asyncio.create_task(app.run())
    try:
        yield
    finally:
        app.stop()
        await running


async def _request(publisher: Publisher, topic: str, *names: str) -> None:
    for name in names:
        await publisher.publish_record(topic, b"k", f'{{"name": "{name}"}}'.encode(), [], partition=0)


@pytest.fixture
async def intake(bootstrap: str, prefix: str, make_topic: MakeTopic) -> Intake:
    return Intake(bootstrap, prefix, await make_topic("requests", 2))


@pytest.fixture
async def publisher(bootstrap: str) -> AsyncIterator[Publisher]:
    async with Publisher(bootstrap) as publisher:
        yield publisher


async def test_requests_are_handled_in_order_and_only_once(intake: Intake, publisher: Publisher) -> None:
    await _request(publisher, intake.topic, *"abcdef")
    async with _serving(intake.app()):
        await intake.until(lambda: len(intake.handled) == 6)
        await _request(publisher, intake.topic, "g")
        await intake.until(lambda: len(intake.handled) == 7)
    await _request(publisher, intake.topic, "h")
    async with _serving(intake.app()):
        await intake.until(lambda: len(intake.handled) == 8)
    assert intake.handled == [*"abcdefgh"]


async def test_topics_of_a_pattern_are_read_from_their_beginning_also_those_made_later(
    bootstrap: str, prefix: str, intake: Intake, publisher: Publisher, make_topic: MakeTopic
) -> None:
    pattern = requests_pattern(prefix)
    own = await make_topic("requests.acme", 1)
    stranger = await make_topic("requestsx", 1)
    for name, topic in (("a", intake.topic), ("b", own), ("lost", stranger)):
        await _request(publisher, topic, name)
    app = Subscriber(
        bootstrap,
        intake.topic,
        intake.group,
        intake.handle,
        intake,
        types={PLAIN_TYPE},
        plain_ok=True,
        heartbeat_ms=200,
        pattern=pattern,
        new_topics_within_ms=500,
    )
    async with _serving(app):
        await intake.until(lambda: sorted(intake.handled) == ["a", "b"])
        await _request(publisher, await make_topic("requests.late", 1), "c")
        await intake.until(lambda: sorted(intake.handled) == ["a", "b", "c"])


async def test_one_of_several_brokers_is_enough(intake: Intake, publisher: Publisher) -> None:
    intake.bootstrap = f"{intake.bootstrap},127.0.0.1:{pick()}"
    await _request(publisher, intake.topic, "a")
    async with _serving(intake.app()):
        await intake.until(lambda: intake.handled == ["a"])


async def test_what_a_transaction_takes_back_or_has_not_committed_is_not_handled(
    intake: Intake, bootstrap: str
) -> None:
    async def begun(name: str) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, transactional_id=f"{intake.group}-{name}", enable_idempotence=True
        )
        await producer.start()
        await producer.begin_transaction()
        await producer.send_and_wait(intake.topic, f'{{"name": "{name}"}}'.encode(), partition=0)
        return producer

    aborted = await begun("aborted")
    await aborted.abort_transaction()
    committed = await begun("committed")
    await committed.commit_transaction()
    undecided = await begun("undecided")
    async with _serving(intake.app()), Publisher(bootstrap) as publisher:
        await publisher.publish_record(intake.topic, b"k", b'{"name": "behind it"}', [], partition=0)
        await publisher.publish_record(intake.topic, b"k", b'{"name": "beside it"}', [], partition=1)
        await intake.until(lambda: {*intake.handled} == {"committed", "beside it"})
        await undecided.commit_transaction()
        await intake.until(lambda: len(intake.handled) == 4)
    assert intake.handled[2:] == ["undecided", "behind it"]
    assert intake.given_up == []
    for producer in (aborted, committed, undecided):
        await producer.stop()


async def test_no_header_can_poison_a_request(intake: Intake, publisher: Publisher) -> None:
    hostile: list[list[tuple[str, bytes | None]]] = [
        [("x", b"\xff\xfe")],
        [("x", None)],
        [("content-type", b"\xff")],
        [("correlation_id", b"\xff"), ("reply_to", None)],
        [("", b"")],
        [("traceparent", b"\xff")],
        [("x", b"1")] * 100,
    ]
    for number, headers in enumerate(hostile):
        await publisher.publish_record(
            intake.topic, b"\xff", f'{{"name": "{number}"}}'.encode(), headers, partition=0
        )
    async with _serving(intake.app()):
        await intake.until(lambda: len(intake.handled) == len(hostile))
    assert intake.given_up == []


async def test_unreadable_records_are_given_up_and_the_next_one_is_read(
    intake: Intake, publisher: Publisher
) -> None:
    for value in (b"{", b"[]", b"\xff", None, b'{"a": NaN}'):
        await publisher.publish_record(intake.topic, b"k", value, [], partition=0)
    await _request(publisher, intake.topic, "good")
    async with _serving(intake.app()):
        await intake.until(lambda: intake.handled == ["good"])
    assert intake.given_up == [
        (0, DlqReason.NOT_JSON),
        (1, DlqReason.NOT_AN_OBJECT),
        (2, DlqReason.NOT_UTF8),
        (3, DlqReason.NO_VALUE),
        (4, DlqReason.NOT_JSON),
    ]
    async with _serving(intake.app()):
        await _request(publisher, intake.topic, "next")
        await intake.until(lambda: "next" in intake.handled)
    assert len(intake.given_up) == 5


@pytest.mark.parametrize("max_records", [1, 200])
async def test_a_header_name_that_is_no_text_is_a_dead_letter_and_costs_no_other_request(
    intake: Intake, publisher: Publisher, max_records: int
) -> None:
    await _request(publisher, intake.topic, "a", "b")
    await unparsable(intake.bootstrap, intake.topic)
    await _request(publisher, intake.topic, "c")
    await publisher.publish_record(intake.topic, b"k", b'{"name": "other"}', [], partition=1)
    async with _serving(intake.app(max_records)):
        await intake.until(lambda: {"c", "other"} <= set(intake.handled))
        assert intake.given_up == [(2, DlqReason.ATTRIBUTE_NOT_TEXT)]
        await unparsable(intake.bootstrap, intake.topic)
        await _request(publisher, intake.topic, "d")
        await intake.until(lambda: "d" in intake.handled)
    assert [name for name in intake.handled if name != "other"] == [*"abcd"]
    assert intake.given_up == [(2, DlqReason.ATTRIBUTE_NOT_TEXT), (4, DlqReason.ATTRIBUTE_NOT_TEXT)]
    async with _serving(intake.app()):
        await _request(publisher, intake.topic, "e")
        await intake.until(lambda: "e" in intake.handled)
    assert len(intake.given_up) == 2


async def test_an_outage_is_waited_out_without_a_hot_loop(intake: Intake, publisher: Publisher) -> None:
    intake.outages = 3
    async with _serving(intake.app()):
        await _request(publisher, intake.topic, "a")
        started = asyncio.get_running_loop().time()
        await intake.until(lambda: intake.handled == ["a"])
        assert asyncio.get_running_loop().time() - started > 1.0
    assert intake.calls == 4


async def test_a_stop_during_an_outage_is_quick_and_loses_nothing(
    intake: Intake, publisher: Publisher
) -> None:
    intake.outages = 1_000
    await _request(publisher, intake.topic, "a", "b")
    async with _serving(intake.app()):
        await intake.until(lambda: intake.calls >= 2)
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 2.0
    intake.outages = 0
    async with _serving(intake.app()):
        await intake.until(lambda: intake.handled == ["a", "b"])


async def test_a_record_that_breaks_the_handler_is_found_and_given_up_alone(
    intake: Intake, publisher: Publisher
) -> None:
    intake.broken_by = "c"
    await _request(publisher, intake.topic, *"abcde")
    async with _serving(intake.app()):
        await intake.until(lambda: "e" in intake.handled)
    assert sorted(set(intake.handled)) == [*"abde"]
    assert intake.given_up == [(2, DlqReason.HANDLER_FAILED)]


@pytest.mark.parametrize("max_records", [1, 200])
async def test_a_handler_that_breaks_by_everything_loses_nothing_and_goes_on_when_it_is_mended(
    intake: Intake, publisher: Publisher, max_records: int
) -> None:
    intake.broken = True
    names = [str(number) for number in range(60)]
    await _request(publisher, intake.topic, *names)
    async with _serving(intake.app(max_records)):
        await intake.until(lambda: bool(intake.breakers.reasons()))
        assert "failed by our own fault" in intake.breakers.reasons()[0]
        given_up = len(intake.given_up)
        assert given_up < LEAST
        tried = intake.calls
        await intake.until(lambda: intake.calls > tried)
        await publisher.publish_record(intake.topic, b"k", b'{"name": "after"}', [], partition=0)
        assert len(intake.given_up) == given_up
        intake.broken = False
        await intake.until(lambda: "after" in intake.handled)
        assert intake.breakers.reasons() == []
    lost = [names[offset] for offset, _ in intake.given_up]
    assert set(intake.handled) == {*names, "after"} - set(lost)


async def test_other_partitions_are_served_while_one_rests(intake: Intake, publisher: Publisher) -> None:
    intake.broken = True
    await _request(publisher, intake.topic, *"abcdefghijklmnopqrst")
    async with _serving(intake.app()):
        await intake.until(lambda: bool(intake.breakers.reasons()))
        intake.broken, intake.broken_by = False, "x"
        await publisher.publish_record(intake.topic, b"k", b'{"name": "other"}', [], partition=1)
        await intake.until(lambda: {"other", "t"} <= set(intake.handled))
    assert intake.given_up == []


async def test_whatever_strangers_write_never_lets_a_partition_rest(
    intake: Intake, publisher: Publisher
) -> None:
    await _many(publisher, intake.topic, "/reelbus/intake", 300)
    await _request(publisher, intake.topic, "good")
    async with _serving(intake.app()):
        await intake.until(lambda: intake.handled == ["good"])
    assert [reason for _, reason in intake.given_up] == [DlqReason.UNKNOWN_TYPE] * 300


async def test_what_a_newer_version_of_ours_wrote_waits_for_it(intake: Intake, publisher: Publisher) -> None:
    intake.internal = True
    await _many(publisher, intake.topic, "/somebody", 30)
    await _many(publisher, intake.topic, "/reelbus/coordinator", 120)
    async with _serving(intake.app()):
        await intake.until(lambda: bool(intake.breakers.reasons()))
    assert {offset for offset, _ in intake.given_up} <= set(range(30 + LEAST - 1))


async def _many(publisher: Publisher, topic: str, source: str, count: int) -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_type", b"media.of.tomorrow.v9")]
    headers.append(("ce_source", source.encode()))
    await asyncio.gather(
        *(publisher.publish_record(topic, b"k", b"{}", headers, partition=0) for _ in range(count))
    )


async def test_two_members_share_the_partitions_and_lose_nothing(
    intake: Intake, publisher: Publisher
) -> None:
    async with _serving(intake.app()), _serving(intake.app()):
        futures = [
            await publisher.send(
                intake.topic, str(number), PLAIN_TYPE, f'{{"name": "{number}"}}'.encode(), id=str(number)
            )
            for number in range(300)
        ]
        await publisher.acknowledged(*futures)
        await intake.until(lambda: len(set(intake.handled)) == 300)


async def test_without_a_broker_the_error_says_how_to_start_one(prefix: str) -> None:
    with pytest.raises(BusUnreachable, match="reelbus stack start"):
        await Intake("127.0.0.1:1", prefix, "t").app().run()
