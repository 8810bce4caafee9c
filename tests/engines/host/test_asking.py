"""Remote engines are asked in hosts of their own: answers come as they were given, and what dies or hangs takes nobody along."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engines.contract import Result
from engines.host import asking
from engines.host.failures import HandedBack
from engines.host.hosts import Hosts
from engines.host.running import Running
from engines.remote_contract import Failed, NotTaken, NotYet, Pending, Ready, Ticket, TicketLost
from runtime.errors import (
    Cancelled,
    EngineFailed,
    EngineMissing,
    EngineUnavailable,
    ProviderFailed,
    ProviderRateLimited,
)
from tests.engines.host.hosting import row, task
from worker.report import TaskReport

FAR = row(target="tests.engines.host.far:Far", family="remote", grace_s=0.5)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts([FAR])
    yield hosts
    await hosts.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pid_of(hosts: Hosts) -> str:
    standing = await hosts.ask(FAR, asking.check("pid"))
    assert isinstance(standing, Failed)
    return standing.message


@pytest.mark.parametrize(
    ("ticket", "standing"),
    [
        ("ready", Ready()),
        ("pending", Pending(3.0)),
        ("else", Pending()),
        ("failed", Failed("moderation_blocked", "it will not make this", 5.0)),
    ],
)
async def test_a_check_brings_what_the_stranger_says(hosts: Hosts, ticket: str, standing: object) -> None:
    assert await hosts.ask(FAR, asking.check(ticket)) == standing
    assert hosts.checks_per_s(FAR.name) == 7.0


async def test_work_is_submitted_fetched_and_called_off(hosts: Hosts, tmp_path: Path) -> None:
    asked = replace(task(tmp_path), idempotency_key="key")
    ticket = await hosts.ask(FAR, asking.submit(asked, True))
    assert isinstance(ticket, Ticket)
    assert (ticket.text.rpartition(" ")[0], ticket.check_in_s, ticket.expires_in_s) == ("key True", 2.0, 60.0)
    fetched = await hosts.ask(FAR, asking.fetch(asked, "t"))
    assert fetched.products[0].path.read_text() == "t"
    await hosts.ask(FAR, asking.cancel("t"))
    at_once = await hosts.ask(FAR, asking.submit(task(tmp_path, say="result"), False))
    assert isinstance(at_once, Result)


@pytest.mark.parametrize(
    ("say", "error", "cause"),
    [
        ("busy", NotTaken, ProviderRateLimited),
        ("no", NotTaken, type(None)),
        ("foreign no", NotTaken, type(None)),
        ("fails", ProviderFailed, type(None)),
        ("breaks", EngineFailed, type(None)),
        ("no times", EngineFailed, type(None)),
        ("nothing", EngineFailed, type(None)),
        ("outside", EngineFailed, type(None)),
    ],
)
async def test_what_a_submit_raises_comes_back_as_that(
    hosts: Hosts, tmp_path: Path, say: str, error: type[Exception], cause: type
) -> None:
    with pytest.raises(error) as met:
        await hosts.ask(FAR, asking.submit(task(tmp_path, say=say), False))
    assert type(met.value.__cause__) is cause
    assert "secret" not in str(met.value)
    if isinstance(met.value.__cause__, ProviderRateLimited):
        assert met.value.__cause__.retry_after_s == 7.0


@pytest.mark.parametrize("say", ["lacks", "is missing"])
async def test_an_engine_that_lacks_something_once_it_was_asked_may_have_asked_the_stranger(
    hosts: Hosts, tmp_path: Path, say: str
) -> None:
    """`EngineMissing` would say that this worker has surely not begun."""
    with pytest.raises((EngineFailed, EngineUnavailable)) as met:
        await hosts.ask(FAR, asking.submit(task(tmp_path, say=say), False))
    assert not isinstance(met.value, EngineMissing)


async def test_what_a_fetch_or_a_cancel_raises_comes_back_as_that(hosts: Hosts, tmp_path: Path) -> None:
    asked = task(tmp_path)
    with pytest.raises(NotYet) as wait:
        await hosts.ask(FAR, asking.fetch(asked, "not yet"))
    assert wait.value.again_in_s == 4.0
    with pytest.raises(TicketLost, match="it knows nothing"):
        await hosts.ask(FAR, asking.fetch(asked, "lost"))
    with pytest.raises(EngineFailed, match="outside its work folder"):
        await hosts.ask(FAR, asking.fetch(asked, "outside"))
    with pytest.raises(ProviderFailed, match="too late"):
        await hosts.ask(FAR, asking.cancel("refused"))
    with pytest.raises(EngineFailed, match="says nothing of its work"):
        await hosts.ask(FAR, asking.check("odd"))


@pytest.mark.parametrize("say", ["segfaults", "is killed", "exits", "says garbage", "closes its socket"])
async def test_a_host_that_ends_while_it_submits_is_an_error_of_that_work_and_the_next_call_has_another(
    hosts: Hosts, tmp_path: Path, say: str
) -> None:
    before = await pid_of(hosts)
    with pytest.raises(EngineFailed, match="process of the engine"):
        await hosts.ask(FAR, asking.submit(task(tmp_path, say=say), False))
    assert await pid_of(hosts) != before


async def test_calls_overlap_in_threads_that_are_kept_and_in_turn_where_an_engine_bears_one_alone(
    hosts: Hosts,
) -> None:
    alone = row(target="tests.engines.host.far:OneAtATime", family="remote")
    assert await asyncio.gather(*(hosts.ask(alone, asking.check("ready")) for _ in range(4))) == [Ready()] * 4
    # A thread that has just answered may not be free yet, so that another begins; but they are used again.
    assert len({await pid_of(hosts) for _ in range(32)}) < 8
    before = asyncio.get_running_loop().time()
    hanging = [asyncio.create_task(hosts.ask(FAR, asking.check("hangs"))) for _ in range(9)]
    assert await hosts.ask(FAR, asking.check("ready")) == Ready()
    assert asyncio.get_running_loop().time() - before < 20
    for each in hanging:
        each.cancel()
    await asyncio.wait(hanging)


async def test_a_cancelled_fetch_that_hangs_costs_its_host_only_when_no_submit_is_cut_off(
    hosts: Hosts, tmp_path: Path
) -> None:
    report, go = TaskReport(), tmp_path / "go"
    submitting = asyncio.create_task(hosts.ask(FAR, asking.submit(task(tmp_path, go=str(go)), False)))
    checking = asyncio.create_task(hosts.ask(FAR, asking.check(f"waits {tmp_path / 'never'}")))
    stuck = asyncio.create_task(hosts.ask(FAR, _hanging_fetch(tmp_path, report)))
    await asyncio.wait([stuck], timeout=0.5)
    report.cancel("enough")
    done, _ = await asyncio.wait([submitting, stuck], timeout=1.5)
    assert not done  # its grace is over, and a submit is under way beside it
    go.touch()
    assert isinstance(await asyncio.wait_for(submitting, 10), Ticket)
    with pytest.raises(Cancelled, match="enough"):
        await asyncio.wait_for(stuck, 10)
    with pytest.raises(HandedBack):
        await checking
    assert await hosts.ask(FAR, asking.check("ready")) == Ready()


def _hanging_fetch(folder: Path, report: TaskReport) -> asking.Question[Any]:
    """A question with a task that may be asked again, and never ends."""
    return replace(asking.submit(task(folder, report=report, say="hangs"), False), commits=False)


async def test_a_check_that_goes_on_for_longer_than_any_call_may_is_overdue() -> None:
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    running: Running = asking.check("t").running(FAR, done, 1, 100)
    running.silent_s = 29.9
    assert not running.overdue
    running.silent_s = 30.0
    assert running.overdue
    done.cancel()
