"""The command that says what work took and cost."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Annotated, get_args

import typer

from infra.local.connection import settings_here
from operations.costs import By, Cost, costs
from producers.cli.output import as_json, table
from producers.cli.spans import seconds_of
from runtime.errors import InvalidRequest
from schemas.explain import nearest, quoted

_BY: tuple[By, ...] = get_args(By)


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("costs", rich_help_panel="Looking")(costs_)


def costs_(
    by: Annotated[str, typer.Option(help="tenant, model or job.")] = "model",
    since: Annotated[str, typer.Option(help="Only what was made in the last: 12h, 7d.")] = "30d",
    json_: Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")] = False,
) -> None:
    """Say what the assets of the last days took: seconds by device, bytes, and dollars where a model has a price.

    Example: `reelbus costs --by tenant --since 7d`
    """
    chosen = next((name for name in _BY if name == by), None)
    if chosen is None:
        raise InvalidRequest(f"--by: there is no {quoted(by)}; {nearest(by, _BY)}")
    since_ms = int((time.time() - seconds_of(since)) * 1000)
    found = asyncio.run(costs(settings_here(), chosen, since_ms=since_ms))
    if json_:
        as_json([asdict(cost) for cost in found])
    else:
        table([_line(cost) for cost in found], (chosen, "assets", "remembered", "compute", "MB", "USD"))


def _line(cost: Cost) -> tuple[str, ...]:
    compute = ", ".join(f"{seconds:.1f} s {device}" for device, seconds in sorted(cost.compute_s.items()))
    return (
        cost.name,
        str(cost.assets),
        str(cost.remembered),
        compute or "-",
        f"{cost.size_bytes / 1e6:.1f}",
        f"{cost.cost_usd:.4f}",
    )
