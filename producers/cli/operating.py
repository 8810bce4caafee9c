"""Commands for operators: topics, doctor, demo."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bus import admin
from catalog.fleet import read_pools
from infra.local.connection import home, settings_here
from infra.local.doctor import diagnose
from producers.cli.exits import FAILED, Exit
from producers.cli.models import engine_findings
from producers.cli.output import as_json, data, say
from runtime.errors import InvalidRequest
from runtime.kafka_connection import KafkaConnection
from schemas.base import TENANT
from schemas.topics import TopicSpec, tenant_of, topics

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    panel = "Operating"
    group = typer.Typer(help="Create and check topics.", no_args_is_help=True)
    group.command("apply")(topics_apply)
    group.command("check")(topics_check)
    app.add_typer(group, name="topics", rich_help_panel=panel)
    app.command(rich_help_panel=panel)(doctor)
    app.command(rich_help_panel=panel)(demo)


def topics_apply(
    tenant: Annotated[
        list[str] | None, typer.Option(help="Give this tenant a topic of requests of its own.")
    ] = None,
    json_: Json = False,
) -> None:
    """Create missing topics and mend their settings.

    Example: `reelbus topics apply`, `reelbus topics apply --tenant acme`
    """
    servers, specs = asyncio.run(_topics(tenant or []))
    changes = asyncio.run(admin.apply(servers, specs))
    if json_:
        as_json(changes)
        return
    for change in changes:
        data(change)
    say(f"{len(specs)} topics are as they should be, {len(changes)} changes")


def topics_check(json_: Json = False) -> None:
    """Say which topics are missing or set otherwise; exit 1 if any.

    Example: `reelbus topics check`
    """
    servers, specs = asyncio.run(_topics([]))
    problems = asyncio.run(admin.check(servers, specs))
    if json_:
        as_json(problems)
    for problem in [] if json_ else problems:
        data(problem)
    if problems:
        say("`reelbus topics apply` mends this")
        raise Exit(FAILED)
    say(f"{len(specs)} topics are as they should be")


def doctor(json_: Json = False) -> None:
    """Say what is missing on this machine and the one command that helps.

    Example: `reelbus doctor`
    """
    findings = [*diagnose(home()), *engine_findings()]
    if json_:
        as_json([asdict(finding) for finding in findings])
    for finding in [] if json_ else findings:
        mark = "ok     " if finding.ok else "MISSING" if finding.needed else "absent "
        data(f"{mark} {finding.name:14} {finding.detail}")
        if not finding.ok and finding.remedy:
            data(f"        -> {finding.remedy}")
    if any(not finding.ok and finding.needed for finding in findings):
        raise Exit(FAILED)


def demo(
    brief: Annotated[str, typer.Option(help="What the film is about.")] = "",
    out: Annotated[Path, typer.Option(help="Where its files go.")] = Path("out"),
) -> None:
    """Start everything, make a film, write it with its poster, captions and timeline, stop everything.

    Example: `reelbus demo --out out`
    """
    from producers.cli.demo import run_demo

    run_demo(brief, out)


async def _topics(tenants: list[str]) -> tuple[KafkaConnection, tuple[TopicSpec, ...]]:
    """Return what topics should be: those of every system, and those that tenants have or shall have."""
    settings = settings_here()
    for tenant in tenants:
        if not TENANT.fullmatch(tenant):
            raise InvalidRequest(
                f"{tenant!r} is no tenant's name: 1 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first"
            )
    found = await admin.request_topics(settings.kafka, settings.topic_prefix)
    own = [name for each in found if (name := tenant_of(settings.topic_prefix, each)) is not None]
    specs = topics(
        settings.topic_prefix,
        settings.topic_partitions,
        settings.topic_replication_factor,
        tenants=[*own, *tenants],
        pools=read_pools(settings.fleet).names,
    )
    return settings.kafka, specs
