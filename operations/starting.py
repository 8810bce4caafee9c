"""How the supervisor starts a process of ours: as a copy of itself, which has imported already what all need."""

from __future__ import annotations

import contextlib
import importlib
import runpy
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from catalog.pools import DEFAULT_POOLS, Pools
from infra.local.child import Child, spawn
from infra.local.forked import can_fork, fork
from infra.local.interpreter import module_command
from operations.roles import environment_of, module_of


@contextlib.contextmanager
def imports_meanwhile(roles: Collection[str], pools: Pools = DEFAULT_POOLS) -> Iterator[None]:
    """Import what the processes of these roles need while the block waits for servers to start.

    Each process alone would need two seconds of a core for it.
    """
    thread = threading.Thread(target=_import_all, args=(sorted({module_of(role, pools) for role in roles}),))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def start(
    role: str,
    *,
    name: str,
    log: Path,
    pid_file: Path,
    env: Mapping[str, str],
    pools: Pools = DEFAULT_POOLS,
) -> Child:
    """Start one process of a role; where a copy could not live (threads, other systems) a Python of its own runs it."""
    module = module_of(role, pools)
    env = {**env, **environment_of(role, pools)}
    if can_fork():
        return fork(lambda: _run(module), name=name, log=log, pid_file=pid_file, env=env)
    return spawn(module_command(module), log=log, pid_file=pid_file, env=dict(env))


def _import_all(modules: Collection[str]) -> None:
    for module in modules:
        with contextlib.suppress(Exception):  # its process says in its own log what is wrong
            importlib.import_module(f"{module}.app")


def _run(module: str) -> None:
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
