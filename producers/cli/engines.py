"""Commands for what engines run in: environments of their own, and the processes that hold them."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import asdict
from typing import Annotated, Any

import typer

from bus.publisher import Publisher
from catalog.models import MODELS, model
from infra.environments.built import Built, environments_folder, look_at_all
from infra.environments.declared import Environment, declared, environment
from infra.environments.needed import engines_of
from infra.environments.sync import Synced, sync
from infra.local.connection import home, settings_here
from producers.cli.output import as_json, data, say, table
from runtime.errors import InvalidRequest
from runtime.hosts import Host, running
from schemas.explain import nearest, quoted
from schemas.orders import ENGINE_TYPE, EngineWanted
from schemas.topics import topic

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        help="Environments of engines, and the processes that run them.", no_args_is_help=True
    )
    group.command("sync")(engines_sync)
    group.command("status")(engines_status)
    group.command("start")(engines_start)
    group.command("stop")(engines_stop)
    app.add_typer(group, name="engines", rich_help_panel="Operating")


def engines_sync(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which environments; without names all.", show_default=False)
    ] = None,
    json_: Json = False,
) -> None:
    """Build the locked Python environments of engines on this machine, with uv.

    Example: `reelbus engines sync`, `reelbus engines sync example`
    """
    wanted = [environment(name) for name in dict.fromkeys(names or ())] or declared()
    done = [_sync(each) for each in wanted]
    if json_:
        as_json([_row(each.built, running(home())) | {"anew": each.anew} for each in done])


def _sync(wanted: Environment) -> Synced:
    def tell(line: str) -> None:
        say(f"{wanted.name}: {line}")

    done = sync(wanted, environments_folder(home()), in_use=running(home()), tell=tell)
    tell(f"{'built' if done.anew else 'was built already'}, Python {done.built.python}, {done.built.folder}")
    if done.removed:
        tell(f"{done.removed} of an older lock removed")
    return done


def engines_status(json_: Json = False) -> None:
    """Say which environments are built on this machine, who needs them, and which processes run engines.

    Example: `reelbus engines status`
    """
    hosts = running(home())
    rows = [_row(each, hosts) for each in look_at_all(environments_folder(home()))]
    if json_:
        as_json({"environments": rows, "hosts": [asdict(host) for host in hosts]})
        return
    table(
        [[row["name"], row["state"], row["python"], " ".join(row["engines"]), row["detail"]] for row in rows],
        ["environment", "state", "python", "engines", ""],
    )
    for row in rows:
        if row["state"] not in ("built", "stale"):
            data(f"        -> reelbus engines sync {row['name']}")
    if not hosts:
        say("no process runs engines beside its worker")
        return
    data("")
    table(
        [
            [host.pid, host.worker_id, " ".join(host.engines), host.environment, host.state, _mb(host)]
            for host in hosts
        ],
        ["host", "worker", "engines", "environment", "state", "memory"],
    )


def engines_start(engine: Annotated[str, typer.Argument(help="An engine of the catalogue.")]) -> None:
    """Let every worker that offers an engine load it now, before there is work for it.

    Example: `reelbus engines start draft-scene`
    """
    asyncio.run(_want(_hosted(engine), loaded=True))
    say(f"{engine}: workers that offer it load it; `reelbus engines status` tells which on this machine")


def engines_stop(engine: Annotated[str, typer.Argument(help="An engine of the catalogue.")]) -> None:
    """Let every worker unload an engine, as soon as its tasks have ended. The next task loads it again.

    Example: `reelbus engines stop draft-scene`
    """
    asyncio.run(_want(_hosted(engine), loaded=False))
    say(f"{engine}: workers unload it when its tasks have ended")


def _hosted(engine: str) -> str:
    """Return the name of an engine that has a process of its own.

    Raises:
        InvalidRequest: there is none of that name, or it runs in its worker.
    """
    row = model(engine)
    if row is None:
        raise InvalidRequest(f"no engine {quoted(engine)}; {nearest(engine, [each.name for each in MODELS])}")
    if row.runs_in == "thread":
        raise InvalidRequest(f"the engine {engine} runs in its worker: it is there as long as that is")
    return row.name


async def _want(engine: str, *, loaded: bool) -> None:
    settings = settings_here()
    async with Publisher(settings.kafka, source="/reelbus/cli") as publisher:
        await publisher.publish(
            topic(settings.topic_prefix, "control"),
            engine,
            ENGINE_TYPE,
            EngineWanted(engine=engine, loaded=loaded),
            id=str(uuid.uuid4()),
            subject=engine,
        )


def _row(found: Built, hosts: tuple[Host, ...]) -> dict[str, Any]:
    return {
        "name": found.name,
        "state": found.state,
        "python": found.python,
        "folder": str(found.folder),
        "detail": found.detail,
        "engines": engines_of(found.name),
        "hosts": [host.pid for host in hosts if host.environment == found.name],
    }


def _mb(host: Host) -> str:
    return f"{host.memory_bytes / 1e6:.0f} MB" if host.memory_bytes else ""
