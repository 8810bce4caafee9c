"""How tickets are followed, on a clock of the test's own: when they are asked about, what is said, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from consumers.remote.poller import CANCEL_TRIES, CHECKS_AT_ONCE, FORGOTTEN_MS, Poller
from consumers.remote.ports import TicketRecord
from engines.remote_contract import Failed, Pending, Ready, Standing
from runtime.errors import BusUnreachable
from schemas.identity import task_id
from schemas.log import TicketEnded
from schemas.orders import DeferredTicket

JOB = "00000000-0000-5000-8000-00000000000a"


def ticket(number: int = 1, **changes: object) -> DeferredTicket:
    found = DeferredTicket(
        job_id=JOB,
        run=1,
        node_id=f"n{number}",
        attempt=1,
        task_id=task_id(JOB, 1, f"n{number}", 1),
        engine="far-away",
        ticket=f"t{number}",
        check_at_ms=10_000,
        expires_at_ms=3_600_000,
    )
    return found.model_copy(update=changes)


class World:
    """Topic, strangers, log and clock in one; time passes when nothing else happens."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.generation, self.partitions, self.behind = 1, frozenset({0}), False
        self.records: list[TicketRecord] = []
        self.answers: Callable[[str], Standing] = lambda _: Pending(10.0)
        self.asked: list[tuple[int, str]] = []
        self.cancelled: list[str] = []
        self.cancels_fail = 0
        self.said: list[TicketEnded] = []
        self.broker_away = 0
        self.forgotten: list[str] = []
        self.per_s = 1000.0
        self.hanging: asyncio.Event | None = None
        self.running = self.most_running = 0

    def put(self, *tickets: DeferredTicket | str) -> None:
        for each in tickets:
            name = each if isinstance(each, str) else each.task_id
            self.records.append(TicketRecord(0, name, None if isinstance(each, str) else each))

    # Tickets
    def assignment(self) -> tuple[int, frozenset[int]]:
        return self.generation, self.partitions

    async def poll(self, timeout_s: float) -> Sequence[TicketRecord]:
        for _ in range(20):  # whatever is under way goes on
            await asyncio.sleep(0)
        self.now_ms += int(timeout_s * 1000)
        records, self.records = self.records, []
        return records

    def caught_up(self, partition: int) -> bool:
        return not self.behind

    # Strangers
    def checks_per_s(self, engine: str) -> float:
        return self.per_s

    async def check(self, engine: str, ticket: str) -> Standing:
        self.asked.append((self.now_ms, ticket))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            if self.hanging is not None:
                await self.hanging.wait()
            return self.answers(ticket)
        finally:
            self.running -= 1

    async def cancel(self, engine: str, ticket: str) -> None:
        self.cancelled.append(ticket)
        if self.cancels_fail:
            self.cancels_fail -= 1
            raise ConnectionError("no answer")

    # Words
    async def ended(self, event: TicketEnded) -> None:
        if self.broker_away:
            self.broker_away -= 1
            raise BusUnreachable
        self.said.append(event)

    async def forget(self, task_id: str, partition: int) -> None:
        self.forgotten.append(task_id)

    async def until(self, ms: int) -> None:
        """Let time pass."""
        while self.now_ms < ms:  # noqa: ASYNC110  # the poller is what makes time pass
            await asyncio.sleep(0)


@asynccontextmanager
async def polling(world: World) -> AsyncIterator[Poller]:
    poller = Poller(world, world, world, "poller-1", now_ms=lambda: world.now_ms, draw=lambda: 0.5)
    running = asyncio.create_task(poller.run())
    try:
        yield poller
    finally:
        poller.stop()
        await asyncio.wait_for(running, 10)


async def test_a_ticket_is_asked_about_when_it_is_due_and_as_often_as_the_stranger_says() -> None:
    world = World()
    world.put(ticket())
    async with polling(world) as poller:
        await world.until(35_000)
        assert poller.followed == 1
    first, *pauses = [after - before for before, after in pairwise([0, *(at for at, _ in world.asked)])]
    assert 10_000 <= first <= 11_000
    assert len(pauses) == 2
    assert all(10_000 <= pause <= 11_000 for pause in pauses)


async def test_a_stranger_that_says_nothing_is_asked_ever_more_rarely() -> None:
    world = World()
    world.answers = lambda _: Pending()
    world.put(ticket(check_at_ms=0))
    async with polling(world):
        await world.until(3_000_000)
    pauses = [after - before for (before, _), (after, _) in pairwise(world.asked)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 7_000
    assert 295_000 <= pauses[-1] <= 305_000


async def test_an_end_is_said_once_and_the_ticket_stays_until_the_log_has_folded_it() -> None:
    world = World()
    world.answers = lambda name: Ready() if name == "t1" else Failed("moderation_blocked", "it will not")
    world.put(ticket(1), ticket(2))
    async with polling(world) as poller:
        await world.until(60_000)
        assert len(world.asked) == 2
        assert poller.followed == 2
        world.put(ticket(1).task_id)
        await world.until(62_000)
        assert poller.followed == 1
    ready, failed = sorted(world.said, key=lambda word: word.node_id)
    assert (ready.outcome, ready.attempt, ready.worker_id) == ("ready", 1, "poller-1")
    assert (failed.outcome, failed.code, failed.retryable) == ("failed", "moderation_blocked", False)


async def test_a_code_that_nobody_knows_is_an_error_of_ours() -> None:
    world = World()
    world.answers = lambda _: Failed("no_such_code", "x" * 10_000, 5.0)
    world.put(ticket())
    async with polling(world):
        await world.until(12_000)
    (word,) = world.said
    assert (word.code, word.retryable, len(word.message), word.retry_after_s) == (
        "internal",
        True,
        2_000,
        5.0,
    )


async def test_a_stranger_that_does_not_answer_is_left_alone_for_ever_longer() -> None:
    world = World()
    failing = [True]

    def answer(_: str) -> Standing:
        if failing[0]:
            raise ConnectionError("no answer")
        return Ready()

    world.answers = answer
    world.put(ticket(check_at_ms=0))
    async with polling(world):
        await world.until(1_000_000)
        pauses = [after - before for (before, _), (after, _) in pairwise(world.asked)]
        assert pauses == sorted(pauses)
        assert pauses[-1] >= 290_000
        failing[0] = False
        await world.until(1_500_000)
    assert {word.outcome for word in world.said} == {"ready"}  # nobody took the ticket out: it is said again


async def test_what_the_broker_does_not_take_is_said_again_and_the_stranger_not_asked_again() -> None:
    world = World()
    world.answers, world.broker_away = lambda _: Ready(), 3
    world.put(ticket())
    async with polling(world):
        await world.until(60_000)
    assert (len(world.asked), len(world.said)) == (1, 1)


async def test_what_is_called_off_is_cancelled_at_the_stranger_and_forgotten() -> None:
    world = World()
    world.cancels_fail = 2
    world.put(ticket())
    async with polling(world) as poller:
        await world.until(2_000)
        world.put(ticket(called_off="enough"), ticket())  # a late word of an older owner of the job
        await world.until(120_000)
        assert poller.followed == 0
    assert (world.cancelled, world.asked, world.said) == (["t1"] * 3, [], [])
    assert world.forgotten == [ticket().task_id]


async def test_who_cannot_be_told_is_given_up_after_a_while() -> None:
    world = World()
    world.cancels_fail = 1_000
    world.put(ticket(called_off="enough"))
    async with polling(world) as poller:
        await world.until(3_600_000)
        assert poller.followed == 0
    assert (len(world.cancelled), world.forgotten) == (CANCEL_TRIES, [ticket().task_id])


async def test_what_is_called_off_while_it_is_asked_about_is_not_said_to_be_ready() -> None:
    world = World()
    world.hanging, world.answers = asyncio.Event(), lambda _: Ready()
    world.put(ticket())
    async with polling(world):
        await world.until(12_000)
        world.put(ticket(called_off="enough"))
        await world.until(13_000)
        world.hanging.set()
        await world.until(15_000)
    assert (world.said, world.cancelled) == ([], ["t1"])


async def test_after_its_time_a_ticket_is_asked_about_once_more_and_then_left_to_its_job() -> None:
    world = World()
    world.put(ticket(expires_at_ms=15_000))
    async with polling(world):
        await world.until(15_000 + FORGOTTEN_MS - 2_000)
        assert [at // 5_000 for at, _ in world.asked] == [2, 3]
        assert world.said == []
        await world.until(15_000 + FORGOTTEN_MS + 10_000)
    (word,) = world.said
    assert (word.outcome, word.code) == ("failed", "timeout")


async def test_a_verified_callback_makes_a_ticket_due_at_once() -> None:
    world = World()
    world.answers = lambda _: Ready()
    world.put(ticket(check_at_ms=3_000_000))
    async with polling(world) as poller:
        await world.until(5_000)
        assert poller.due_now("another") is False
        for _ in range(5):
            assert poller.due_now(ticket().task_id)
        await world.until(7_000)
        assert poller.due_now(ticket().task_id)
        await world.until(9_000)
    assert (len(world.asked), len(world.said)) == (1, 1)


async def test_few_are_asked_about_at_once_and_one_engine_does_not_keep_another() -> None:
    world = World()
    world.hanging = asyncio.Event()
    world.put(*(ticket(number) for number in range(50)))
    async with polling(world):
        await world.until(20_000)
        assert world.most_running == CHECKS_AT_ONCE
        world.put(ticket(77, engine="another"))
        await world.until(22_000)
        assert world.asked[-1][1] == "t77"
        world.hanging.set()
        await world.until(60_000)
    assert {name for _, name in world.asked} == {f"t{number}" for number in [*range(50), 77]}


async def test_an_engine_is_asked_no_more_often_than_it_may_be() -> None:
    world = World()
    world.per_s = 3.0
    world.put(*(ticket(number) for number in range(1_000)))
    async with polling(world):
        await world.until(70_000)
    assert 150 <= len(world.asked) <= 3 * 62


async def test_nothing_is_done_before_everything_is_read() -> None:
    world = World()
    world.behind, world.answers = True, lambda _: Ready()
    world.put(ticket(check_at_ms=0))
    async with polling(world) as poller:
        await world.until(5_000)
        assert (world.asked, poller.ready) == ([], False)
        world.put(ticket().task_id)
        world.behind = False
        await world.until(9_000)
        assert (world.asked, poller.ready, poller.followed) == ([], True, 0)


async def test_what_another_has_by_now_is_not_said() -> None:
    world = World()
    world.hanging, world.answers = asyncio.Event(), lambda _: Ready()
    world.put(ticket())
    async with polling(world) as poller:
        await world.until(12_000)
        world.generation, world.partitions = 2, frozenset()
        await world.until(13_000)
        world.hanging.set()
        await world.until(15_000)
        assert poller.followed == 0
    assert world.said == []


@pytest.mark.parametrize("due", [-5, 0])
async def test_times_long_gone_are_now(due: int) -> None:
    world = World()
    world.answers = lambda _: Ready()
    world.put(ticket(check_at_ms=due, expires_at_ms=due))
    async with polling(world):
        await world.until(2_000)
    assert len(world.said) == 1
