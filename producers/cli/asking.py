"""How a command asks and waits: what is wrong is said before it is sent, and Ctrl-C ends the waiting alone."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bus.cloudevents import Event
from catalog.policies import EVERYTHING, Policies
from catalog.policy_file import policy_file, read_policies
from infra.local.connection import POLICY, NoStack, kept, settings_here
from operations.fleet import read_announced
from planning.intake import Rejected, examine
from planning.intake.offers import offers
from planning.routing.availability import ALL_RUN, Fleet
from producers.cli.exits import DONE, INTERRUPTED, WRONG_USE, Exit
from producers.cli.follow import explain_end, follow, say_problems
from producers.cli.output import say
from producers.client import CANCEL, JOB, Client
from runtime.errors import BusUnreachable
from runtime.settings import Settings
from storage.store import Store

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]
Timeout = Annotated[
    float | None, typer.Option("--timeout", help="Give up waiting after this many seconds (exit 4).")
]


def check(request: Any, kind: str = JOB) -> None:
    """Refuse an invalid request here, with everything that is wrong with it, before anything is sent.

    Which engines run is asked of the workers only when the rest is right: an invalid request needs no broker.
    """
    _check(request, kind, ALL_RUN)
    fleet = asyncio.run(_fleet()) if kind != CANCEL else Fleet()
    if fleet.elsewhere:
        _check(request, kind, fleet)


def _check(request: Any, kind: str, fleet: Fleet) -> None:
    settings = Settings()
    verdict = examine(
        kind,
        request,
        offers=offers(fleet, budget=settings.composition_budget, policies=_policies(settings)),
        allow_private_webhooks=settings.allow_private_webhooks,
    )
    if isinstance(verdict, Rejected):
        say_problems([problem.to_json() for problem in verdict.problems])
        raise Exit(WRONG_USE)


def _policies(settings: Settings) -> Policies:
    """Return what tenants may use, as far as that is known here: of another installation intake decides alone."""
    file = policy_file(settings)
    if file is None and settings.names("bootstrap_servers"):
        return Policies(EVERYTHING)
    return read_policies(file or kept(settings.home, POLICY))


async def _fleet() -> Fleet:
    """Return which engines run, as intake knows it too; where nobody can be asked intake decides alone."""
    try:
        announced = await read_announced(settings_here())
    except (NoStack, BusUnreachable):
        return Fleet()
    return announced.fleet(time.time_ns() // 1_000_000)


def wait_for(work: Coroutine[Any, Any, int]) -> None:
    """Run to the end, and leave with its exit code."""
    code = asyncio.run(_interruptible(work))
    if code != DONE:
        raise Exit(code)


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    """Ctrl-C ends the waiting, not the job."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if interrupted:
            return INTERRUPTED
        raise


async def follow_request(
    client: Client, request: dict[str, Any], timeout_s: float | None, *, json_lines: bool, kind: str = JOB
) -> Event | None:
    """Publish a request and show all facts until its end, which is returned."""
    job = await client.submit(request, kind=kind)
    try:
        end = await follow(job.facts(timeout_s), json_lines=json_lines)
    except (asyncio.CancelledError, TimeoutError):
        say(f"\nthe job goes on; `reelbus watch {job.job_id}` follows it")
        raise
    if end is not None:
        explain_end(end)
    return end


async def download(settings: Settings, asset: Mapping[str, Any], path: Path) -> None:
    """Fetch an asset, verified by its digest."""
    store = Store.from_settings(settings)
    try:
        await store.fetch(asset["key"], path, sha256=asset["sha256"], size_bytes=asset["size_bytes"])
    finally:
        await store.close()
