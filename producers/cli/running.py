"""Commands that run things: up, down, status, stack, and single processes."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from catalog.fleet import pool_of_worker, read_pools
from catalog.policy_file import policy_file, read_policies
from catalog.pools import DEFAULT_POOLS, Pools
from infra.local.connection import NoStack, home, settings_here
from infra.local.interpreter import module_command
from infra.local.stack import LocalStack
from operations.processes import AlreadyUp, processes_of, ready, supervisor_of
from operations.roles import MODULES, default_counts
from operations.roles import most as most_of
from operations.stopping import stop_everything
from operations.supervisor import Supervisor
from producers.cli.detached import DETACHED_WITHIN_S, start_detached
from producers.cli.output import as_json, data, say, table
from runtime.errors import InvalidRequest, ReelbusError
from runtime.settings import Settings

Fleet = Annotated[Path | None, typer.Option("--fleet", help="TOML file that declares pools of workers.")]
Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]
_PROCESS_OF = {"assembly": "composer"}
COMMANDS = frozenset({"up", "down", "status", "stack", "worker", "coordinator", "intake", "remote"})


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    panel = "Running"
    app.command(rich_help_panel=panel)(up)
    app.command(rich_help_panel=panel)(down)
    app.command(rich_help_panel=panel)(status)
    stack = typer.Typer(help="Broker and object store only.", no_args_is_help=True)
    stack.command("start")(stack_start)
    stack.command("stop")(stack_stop)
    app.add_typer(stack, name="stack", rich_help_panel=panel)
    app.command(rich_help_panel=panel)(worker)
    app.command(rich_help_panel=panel)(coordinator)
    app.command(rich_help_panel=panel)(intake)
    app.command(rich_help_panel=panel)(remote)


def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything is ready.")] = False,
    workers: Annotated[str, typer.Option(help="How many of each, such as image=3,video=2.")] = "",
    fleet: Fleet = None,
) -> None:
    """Start broker, store and all processes, and restart what dies.

    Example: `reelbus up --workers image=3,video=2`, `reelbus up --fleet fleet.toml`
    """
    fleet = fleet or Settings().fleet
    pools = read_pools(fleet)
    read_policies(policy_file(Settings().model_copy(update={"fleet": fleet})))  # what is wrong is said here
    counts = _counts(workers, pools)
    here = home()
    if supervisor_of(here) is not None:
        _already(here)
        return
    if detach:
        data(start_detached(here, workers, fleet))
        return
    try:
        Supervisor(here, counts, say=data, fleet=fleet, pools=pools).run()
    except AlreadyUp:
        _already(here)
        return
    say("stopped")


def down() -> None:
    """Stop everything that runs in this home.

    Example: `reelbus down`
    """
    stop_everything(home())
    say("down")


def status(as_json_: Json = False) -> None:
    """Say what runs here and how to reach it.

    Example: `reelbus status --json`
    """
    here = home()
    found = LocalStack(here).status()
    overseer = supervisor_of(here)
    if found.endpoints is None or (overseer is None and not found.running):
        raise NoStack
    servers: list[dict[str, object]] = [
        {"role": s.role, "index": s.index, "pid": s.pid, "state": s.state} for s in found.servers
    ]
    above: list[dict[str, object]] = (
        [{"role": "supervisor", "index": 1, "pid": overseer.pid, "state": "running"}] if overseer else []
    )
    processes = [*above, *servers, *processes_of(here)]
    if as_json_:
        as_json(
            {
                "bootstrap": found.endpoints.bootstrap,
                "s3_endpoint": found.endpoints.s3_endpoint,
                "s3_access_key": found.endpoints.s3_access_key,
                "s3_secret_key": found.endpoints.s3_secret_key,
                "bucket": found.endpoints.bucket,
                "gateway": None,
                "processes": processes,
            }
        )
        return
    data(f"kafka  {found.endpoints.bootstrap}")
    data(f"s3     {found.endpoints.s3_endpoint} bucket {found.endpoints.bucket}")
    table(
        [(p["role"], p["index"], p["pid"] or "-", p["state"], p.get("port") or "-") for p in processes],
        ("role", "#", "pid", "state", "health"),
    )


def stack_start(as_json_: Json = False) -> None:
    """Start broker and object store only.

    Example: `reelbus stack start`
    """
    found = LocalStack(home()).start()
    if as_json_:
        as_json({"bootstrap": found.bootstrap, "s3_endpoint": found.s3_endpoint, "bucket": found.bucket})
    else:
        data(f"ready kafka {found.bootstrap} s3 {found.s3_endpoint}")


def stack_stop() -> None:
    """Stop broker and object store.

    Example: `reelbus stack stop`
    """
    LocalStack(home()).stop()
    say("stopped")


def worker(
    modality: Annotated[str, typer.Argument(help="text, image, video, audio or assembly")],
    pool: Annotated[str, typer.Option(help="Whose orders it takes; those of its modality without.")] = "",
    engines: Annotated[str, typer.Option(help="The only engines of the pool that it offers: a,b,...")] = "",
    slots: Annotated[int | None, typer.Option(min=1, help="Orders that it runs at the same time.")] = None,
    fleet: Fleet = None,
) -> None:
    """Run one worker in the foreground.

    Example: `reelbus worker image`, `reelbus worker image --pool image-h100 --engines flux-dev`
    """
    role = _PROCESS_OF.get(modality, modality)
    if role not in MODULES or role in {"intake", "coordinator", "remote"}:
        raise InvalidRequest(
            f"there is no worker for {modality}; there are text, image, video, audio, assembly"
        )
    given = _found()
    path = fleet or given.fleet
    said = {
        "worker_pool": pool or given.worker_pool,
        "worker_engines": engines or given.worker_engines,
        "fleet": path,
    }
    modality = "assembly" if role == "composer" else role
    pool_of_worker(
        given.model_copy(update=said), modality, read_pools(path)
    )  # it is refused here, not in a log
    named = {**said, "fleet": path and path.expanduser().resolve(), "worker_slots": slots}
    _become(role, {f"REELBUS_{name.upper()}": str(value) for name, value in named.items() if value})


def coordinator() -> None:
    """Run one coordinator in the foreground.

    Example: `reelbus coordinator`
    """
    _become("coordinator")


def intake() -> None:
    """Run one intake in the foreground.

    Example: `reelbus intake`
    """
    _become("intake")


def remote() -> None:
    """Run one poller of tickets in the foreground.

    Example: `reelbus remote`
    """
    _become("remote")


def _become(role: str, more: Mapping[str, str] | None = None) -> None:
    """Turn into the process; processes find the stack as commands do."""
    from infra.local.connection import environment

    env = {**environment(_found()), **(more or {})}
    arguments = module_command(MODULES[role])
    os.execve(arguments[0], arguments, env)  # noqa: S606


def _found() -> Settings:
    """Return the settings of the stack that is here.

    In a container the environment names everything; without it the defaults are tried, and waited for.
    """
    try:
        return settings_here()
    except NoStack:
        return Settings(home=home())


def _already(here: Path) -> None:
    """Say that it is up when it is: the other one may still be starting."""
    say(f"already up in {here}; `reelbus status` shows it, `reelbus down` stops it")
    deadline = time.monotonic() + DETACHED_WITHIN_S
    while not ready(here):
        if supervisor_of(here) is None:
            raise ReelbusError(f"it stopped; read {here}/logs")
        if time.monotonic() > deadline:
            raise ReelbusError(f"not ready in {DETACHED_WITHIN_S:.0f} s; read {here}/logs")
        time.sleep(0.1)
    data(f"ready home {here}")


def _counts(text: str, pools: Pools = DEFAULT_POOLS) -> dict[str, int]:
    counts = default_counts(pools)
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        role = _PROCESS_OF.get(name.strip(), name.strip())
        if role not in counts:
            raise InvalidRequest(f"--workers {part!r}: write name=number, with one of {', '.join(counts)}")
        most = most_of(role, pools)
        if not re.fullmatch(r"\s*[0-9]{1,4}\s*", number) or int(number) > most:
            raise InvalidRequest(f"--workers {part!r}: {role} takes a whole number from 0 to {most}")
        counts[role] = int(number)
    return counts
