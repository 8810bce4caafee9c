"""Commands for a job that goes on or has ended: watch it, get what it made."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from infra.local.connection import settings_here
from producers.cli.asking import Json, Timeout, download, wait_for
from producers.cli.exits import FAILED, WRONG_USE
from producers.cli.follow import ENDS, explain_end, follow
from producers.cli.output import data, fail, say
from producers.client import Client, past_view
from runtime.errors import InvalidRequest
from schemas.suffixes import suffix_of

Tenant = Annotated[str | None, typer.Option(help="Only a job of this tenant.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (watch, get):
        app.command(rich_help_panel="Using")(command)


def watch(
    job: Annotated[str, typer.Argument(help="The job's id.")], timeout: Timeout = None, json_: Json = False
) -> None:
    """Follow a job to its end.

    Example: `reelbus watch 7d3c0e8a-...`
    """
    wait_for(_watch(job, timeout, json_))


def get(
    job: Annotated[str, typer.Argument(help="The job's id.")],
    role: Annotated[str | None, typer.Argument(help="Which output; the main one if left out.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where it goes.")] = None,
    tenant: Tenant = None,
) -> None:
    """Download an output of a job, verified by its digest.

    Example: `reelbus get 7d3c0e8a-... poster -o poster.jpg`
    """
    asyncio.run(_get(job, role, output, tenant))


async def _watch(job_id: str, timeout_s: float | None, json_: bool) -> int:
    settings = settings_here()
    async with Client(settings) as client:
        if await past_view(settings, job_id) is None:
            fail(f"nothing is known of a job {job_id}")
            return WRONG_USE
        job = await client.follow(job_id)
        try:
            end = await follow(job.facts(timeout_s), json_lines=json_)
        except asyncio.CancelledError:
            say(f"\nthe job goes on; `reelbus watch {job_id}` follows it")
            raise
    if end is None:
        return FAILED
    explain_end(end)
    return ENDS[end.type]


async def _get(job_id: str, role: str | None, output: Path | None, tenant: str | None) -> None:
    settings = settings_here()
    known = await past_view(settings, job_id)
    if known is None or not known.assets or tenant not in {None, known.tenant}:
        raise InvalidRequest(f"nothing was made for a job {job_id}")
    outputs, named = {role: made.asset for role, made in known.assets.items()}, known.outputs
    wanted = role or next((name for name in ("film", "result", *named) if name in {**outputs, **named}), None)
    asset = outputs.get(wanted or "") or named.get(wanted or "")
    if asset is None:
        raise InvalidRequest(
            f"this job has no output {wanted!r}; it has {', '.join(sorted({**outputs, **named}))}"
        )
    path = output or Path(f"{wanted}{suffix_of(asset['media_type'])}")
    await download(settings, asset, path.expanduser())
    data(str(path))
