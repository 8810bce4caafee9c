"""Commands about what a tenant may name: a file that it gives, and what was made for it before there were grants."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from infra.local.connection import settings_here
from operations.granting import grant_what_was_told
from producers.cli.output import as_json, data, say
from runtime.errors import InvalidRequest
from schemas.identity import DEFAULT_TENANT
from storage.grants import uploads_prefix
from storage.store import Store


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(rich_help_panel="Using")(upload)
    app.command(rich_help_panel="Operating")(grant)


def upload(
    file: Annotated[Path, typer.Argument(help="A media file to give to jobs.")],
    name: Annotated[
        str | None, typer.Option("--as", help="Its name among the uploads; the file's own if left out.")
    ] = None,
    tenant: Annotated[
        str, typer.Option(help="Whose it is: no other's requests may name it.")
    ] = DEFAULT_TENANT,
    json_: Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")] = False,
) -> None:
    """Put a file into the store; prints the address under which a request gives it.

    Example: `reelbus upload voice.wav --as spring/voice.wav`
    """
    from engines.media.probe import probe

    path = file.expanduser()
    if not path.is_file():
        raise InvalidRequest(f"there is no file {file}")
    key = uploads_prefix(tenant) + (name or path.name)
    asyncio.run(_upload(path, probe(path).media_type, key, tenant, json_))


def grant() -> None:
    """Let every tenant name the assets of its jobs, once, after an upgrade from a version without grants.

    Example: `reelbus grant`
    """
    say(f"{asyncio.run(_grant())} assets may be named by their tenants")


async def _grant() -> int:
    settings = settings_here()
    async with Store.from_settings(settings) as store:
        await store.ready()
        return await grant_what_was_told(settings, store)


async def _upload(file: Path, media_type: str, key: str, tenant: str, json_: bool) -> None:
    async with Store.from_settings(settings_here()) as store:
        await store.ready()
        blob = await store.put_file(file, media_type)
        await store.copy(blob.key, key, media_type)
        await store.grant(tenant, [blob.sha256])
    address = f"s3://{store.bucket}/{key}"
    if json_:
        as_json({"address": address, "asset_id": f"sha256:{blob.sha256}", "size_bytes": blob.size_bytes})
    else:
        data(address)
