"""Commands for what engines run in: environments of their own, and the processes that hold them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from infra.environments.built import Built, environments_folder, look_at_all
from infra.environments.declared import Environment, declared, environment
from infra.environments.needed import engines_of
from infra.environments.sync import Synced, sync
from infra.local.connection import home
from producers.cli.output import as_json, data, say, table
from runtime.hosts import Host, running

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        help="Environments of engines, and the processes that run them.", no_args_is_help=True
    )
    group.command("sync")(engines_sync)
    group.command("status")(engines_status)
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
