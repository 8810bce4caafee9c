"""The command that sweeps the store."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from infra.local.connection import settings_here
from operations.garbage import Swept, sweep
from producers.cli.output import as_json, data, say
from producers.cli.spans import seconds_of
from storage.store import Store


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(rich_help_panel="Operating")(gc)


def gc(
    older_than: Annotated[str, typer.Option(help="Only objects older than that: 12h, 30d.")] = "30d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, remove nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Even when the topics name nothing of what is in the store.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")] = False,
) -> None:
    """Remove old objects that no event, no state and no cached result names, and uploads that were cut off.

    Example: `reelbus gc --older-than 30d --dry-run`
    """
    asked_s = seconds_of(older_than)
    swept = asyncio.run(_sweep(asked_s, dry_run=dry_run, force=force))
    if json_:
        as_json(
            {
                "dry_run": dry_run,
                "objects": len(swept.keys),
                "size_bytes": swept.size_bytes,
                "uploads": swept.uploads,
                "keys": swept.keys,
            }
        )
    else:
        for key in swept.keys:
            data(key)
    if swept.older_than_s > asked_s:
        say("jobs are open: what is younger than an hour stays, it may be theirs")
    verb = "would go" if dry_run else "gone"
    say(f"{len(swept.keys)} objects, {swept.size_bytes / 1e6:.1f} MB, {swept.uploads} broken uploads {verb}")
    if swept.kept_for_memos:
        say(
            f"{swept.kept_for_memos} more are named by cached results alone; they go after their cached results, at the next sweep"
        )


async def _sweep(older_than_s: float, *, dry_run: bool, force: bool) -> Swept:
    settings = settings_here()
    async with Store.from_settings(settings) as store:
        await store.ready()
        return await sweep(
            settings, store, older_than_s=older_than_s, dry_run=dry_run, even_if_nothing_is_named=force
        )
