"""The command that examines a system: does what it told agree with its log, its states and its store?"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from infra.local.connection import settings_here
from operations.verify.examine import SETTLE_S, Report, examine
from producers.cli.exits import FAILED, Exit
from producers.cli.output import as_json, data, harmless, say
from producers.cli.spans import moment_ms, seconds_of
from storage.store import Store


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(rich_help_panel="Operating")(verify)


def verify(
    since: Annotated[
        str, typer.Option(help="Only jobs touched since: 24h, 7d, or a time like 2026-01-31T12:00:00Z.")
    ] = "",
    settle: Annotated[str, typer.Option(help="What is younger may be under way.")] = f"{SETTLE_S:.0f}s",
    digests: Annotated[
        bool, typer.Option("--digests", help="Read every asset and check its digest.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")] = False,
) -> None:
    """Replay the log and compare: events, states, open jobs, requests, assets. Exit 0 clean, 1 violations.

    Example: `reelbus verify --since 24h --digests`
    """
    since_ms = moment_ms(since) if since else 0
    report = asyncio.run(_examine(since_ms, seconds_of(settle), digests=digests))
    if json_:
        as_json([asdict(violation) for violation in report.violations])
    else:
        for violation in report.violations:
            data(harmless(f"{violation.check:20} {violation.key}: {violation.message}"))
    say(
        f"{report.jobs} jobs, {report.events} events, {report.requests} requests, {report.assets} assets: "
        + (f"{len(report.violations)} violations" if report.violations else "clean")
    )
    if report.dead_letters:
        say(f"{report.dead_letters} dead letters wait for a decision: `reelbus dlq list`")
    if report.violations:
        raise Exit(FAILED)


async def _examine(since_ms: int, settle_s: float, *, digests: bool) -> Report:
    settings = settings_here()
    async with Store.from_settings(settings) as store:
        await store.ready()
        return await examine(settings, store, since_ms=since_ms, settle_s=settle_s, digests=digests)
