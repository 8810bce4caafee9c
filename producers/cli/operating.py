"""Commands for operators: topics, doctor, demo."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bus import admin
from infra.local.doctor import diagnose
from producers.cli.exits import FAILED, Exit
from producers.cli.output import as_json, data, say
from producers.connection import home, settings_here
from runtime.kafka_connection import KafkaConnection
from schemas.topics import TopicSpec, topics

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


def topics_apply(json_: Json = False) -> None:
    """Create missing topics and mend their settings.

    Example: `reelbus topics apply`
    """
    servers, specs = _topics()
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
    servers, specs = _topics()
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
    findings = diagnose(home())
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


def _topics() -> tuple[KafkaConnection, tuple[TopicSpec, ...]]:
    settings = settings_here()
    specs = topics(settings.topic_prefix, settings.topic_partitions, settings.topic_replication_factor)
    return settings.kafka, specs
