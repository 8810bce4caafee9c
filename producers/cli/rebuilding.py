"""The command that has the state of jobs made again from their log."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from infra.local.connection import settings_here
from operations.rebuild import rebuild as rebuild_states
from producers.cli.output import as_json, data, say


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(rich_help_panel="Operating")(rebuild)


def rebuild(
    partition: Annotated[list[int] | None, typer.Option(help="Only these; else all.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the coordinator.")] = 300.0,
    json_: Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")] = False,
) -> None:
    """Throw the state of jobs away and fold it from the log again; nothing is published or made twice.

    Example: `reelbus rebuild --partition 2`
    """
    found = asyncio.run(rebuild_states(settings_here(), partition or [], within_s=timeout))
    if json_:
        as_json([asdict(one) for one in found])
        return
    for one in found:
        outcome = "equal to what it was" if not one.changed else f"{len(one.changed)} records differ"
        data(f"partition {one.partition}: {one.jobs} jobs, {outcome}")
        for key in one.changed[:20]:
            say(f"  {key}" + (" could not be read" if key in one.unreadable else ""))
