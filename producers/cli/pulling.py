"""The command that fetches weights ahead of time: which engines', from where, and how far it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from catalog.fleet import read_pools
from catalog.models import Model
from catalog.pools import Pools
from catalog.weights.source import Source, WeightsFile
from infra.local.connection import home, settings_here
from operations.weights.hub import DEFAULT_ENDPOINT, Hub
from operations.weights.origins import Bucket, Folder, Origin, place_of
from operations.weights.pulling import Looked, Said, pull
from producers.cli.exits import FAILED, Exit
from producers.cli.output import as_json, data, lively, say
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from schemas.explain import nearest, quoted
from storage.store import Store

Names = Annotated[list[str] | None, typer.Argument(help="Engines, as `reelbus models` names them.")]
OfPool = Annotated[str | None, typer.Option("--pool", help="All engines of this pool.")]
From = Annotated[
    str, typer.Option("--from", help="hub (HF_ENDPOINT, HF_TOKEN), s3://bucket/prefix, or a folder.")
]
Revision = Annotated[
    str,
    typer.Option(
        "--revision", help="Branch, tag or commit at which a repository is pinned for the first time."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]


def models_pull(
    names: Names = None,
    pool: OfPool = None,
    from_: From = "hub",
    revision: Revision = "",
    json_: Json = False,
) -> None:
    """Fetch the weights of engines ahead of time: what is here counts, what was cut off is gone on with.

    Weights whose commit the catalogue leaves open are pinned by their first pull; a lock beside them says at which.

    Example: `reelbus models pull --pool image-h100`, `reelbus models pull flux --from s3://mirror/models`
    """
    settings = Settings(home=home())
    rows = rows_named(names or [], pool, read_pools(settings.fleet))
    with _origin(from_, settings) as origin, _bar() as said:
        found = list(pull(rows, origin, settings.models_folder, said, revision=revision))
    if json_:
        as_json([_plain(each) for each in found])
    else:
        for each in found:
            data(f"{each.engine}: {_what(each)}: {each.state}" + (f", {each.detail}" if each.detail else ""))
        for row in rows:
            if not row.weights:
                say(f"{row.name}: has no weights")
    if any(each.state == "missing" for each in found):
        raise Exit(FAILED)


def rows_named(names: Sequence[str], pool: str | None, pools: Pools) -> list[Model]:
    """Return the rows of the named engines, and of all of a pool.

    Raises:
        InvalidRequest: one does not exist, or nothing is named.
    """
    if not names and pool is None:
        raise InvalidRequest("say whose weights: reelbus models pull NAME, or --pool POOL")
    known = {row.name: row for row in pools.models}
    wrong = [f"no engine {quoted(name)}; {nearest(name, known)}" for name in names if name not in known]
    if pool is not None and pool not in pools.names:
        wrong.append(f"no pool {quoted(pool)}; {nearest(pool, pools.names)}")
    if wrong:
        raise InvalidRequest("\n".join(wrong))
    rows = [known[name] for name in names] + list(pools.rows_of(pool) if pool is not None else ())
    return list(dict.fromkeys(rows))


@contextmanager
def _origin(given: str, settings: Settings) -> Iterator[Origin]:
    """Give what `--from` names.

    Raises:
        InvalidRequest: it names nothing.
    """
    if given == "hub":
        hub = Hub(os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT, os.environ.get("HF_TOKEN", ""))
        try:
            yield hub
        finally:
            hub.close()
    elif given.startswith("s3://"):
        name, _, prefix = given.removeprefix("s3://").partition("/")
        if not name:
            raise InvalidRequest("--from: an address in a store is s3://bucket/prefix")
        if not settings.names("s3_endpoint"):
            settings = settings_here()
        bucket = Bucket(Store(settings.model_copy(update={"bucket": name})), prefix)
        try:
            yield bucket
        finally:
            bucket.close()
    else:
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise InvalidRequest(f"--from {given}: hub, s3://bucket/prefix, or a folder; this is none")
        yield Folder(folder.resolve())


@contextmanager
def _bar() -> Iterator[Said]:
    """Show how far each file is, where a person watches; say each file once where not."""
    begun: dict[str, TaskID] = {}
    told: set[str] = set()
    if not lively():

        def said(source: Source, file: WeightsFile, here_bytes: int) -> None:
            if (name := place_of(source, file.path)) not in told:
                told.add(name)
                say(f"{name}: {here_bytes} of {file.size_bytes} bytes are here")

        yield said
        return
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    ]
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def shown(source: Source, file: WeightsFile, here_bytes: int) -> None:
            name = place_of(source, file.path)
            if name not in begun:
                begun[name] = progress.add_task(file.path, total=file.size_bytes)
            progress.update(begun[name], completed=here_bytes)

        yield shown


def _what(each: Looked) -> str:
    return place_of(each.source, each.path)


def _plain(each: Looked) -> dict[str, Any]:
    return {
        "engine": each.engine,
        "kind": each.source.kind,
        "source": each.source.name,
        "revision": each.source.revision,
        "path": each.path,
        "state": each.state,
        "detail": each.detail,
    }
