"""What a fleet file declares: pools of workers, read with everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from catalog.models import MODELS, Model
from catalog.pools import DEFAULT_POOLS, Pool, Pools, pools_of
from catalog.toml_file import read_toml, refuse
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from schemas.capabilities import CAPABILITIES, Capability
from schemas.choices import MODALITIES
from schemas.explain import nearest, quoted

MOST_POOLS, MOST_WORKERS, MOST_SLOTS = 100, 1000, 1000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TAKEN = frozenset({"intake", "coordinator", "composer", "names", "supervisor", "broker", "store", "gateway"})
"""Other processes and groups have these names."""
_FIELDS = ("modality", "engines", "workers", "slots")


class FleetInvalid(InvalidRequest):
    """The fleet file cannot be used."""


def read_pools(path: Path | None, models: tuple[Model, ...] = MODELS) -> Pools:
    """Return the pools of this installation: those of its fleet file too, if it has one.

    Raises:
        FleetInvalid: the file cannot be read, or something of it is wrong; all of that is said.
    """
    if path is None:
        return DEFAULT_POOLS if models is MODELS else pools_of(models=models)
    problems: list[str] = []
    found = read_toml(path, "fleet file", FleetInvalid)
    declared = list(_pools(found, models, problems))
    problems += _twice(declared)
    refuse(path, "fleet file", problems, FleetInvalid)
    return pools_of(declared, models)


def pool_of_worker(settings: Settings, modality: str, pools: Pools) -> tuple[str, tuple[str, ...]]:
    """Return the pool of a worker of this modality, and the only engines that it offers, if it is so limited.

    Raises:
        InvalidRequest: there is no such pool of the modality, or no such engine in it.
    """
    name = settings.worker_pool or modality
    of_modality = [pool.name for pool in pools.pools.values() if pool.modality == modality]
    if name not in of_modality:
        known = nearest(name, of_modality)
        raise InvalidRequest(
            f"there is no pool {quoted(name)} of {modality} workers; {known}; "
            "a fleet file (REELBUS_FLEET) declares more"
        )
    only = tuple(filter(None, (part.strip() for part in settings.worker_engines.split(","))))
    offered = [row.name for row in pools.rows_of(name)]
    strange = [f"{quoted(engine)} ({nearest(engine, offered)})" for engine in only if engine not in offered]
    if strange:
        raise InvalidRequest(f"the pool {name} has no engine {', '.join(strange)}")
    return name, only


def _pools(found: Mapping[str, Any], models: tuple[Model, ...], problems: list[str]) -> Iterator[Pool]:
    problems += [f"{name}: no such field; {nearest(name, ('pools',))}" for name in found if name != "pools"]
    tables = found.get("pools", {})
    if not isinstance(tables, dict):
        problems.append("pools: write a table for each pool, such as [pools.image-h100]")
        return
    if len(tables) > MOST_POOLS:
        problems.append(f"pools: {len(tables)} of them, and {MOST_POOLS} are the most")
        return
    known = {*MODALITIES, *(row.pool for row in models if row.pool)}
    for name, table in tables.items():
        at = f"pools.{name}"
        if not isinstance(table, dict):
            problems.append(f"{at}: write a table, such as [{at}]")
            continue
        problems += [
            f"{at}.{key}: no such field; {nearest(key, _FIELDS)}" for key in table if key not in _FIELDS
        ]
        if not _NAME.fullmatch(name) or name in _TAKEN:
            problems.append(
                f"{at}: the name of a pool is lower case letters, digits and dashes, 63 at most"
                + (", and this one is another process's" if name in _TAKEN else "")
            )
            continue
        modality = _modality(name, table.get("modality"), at, models, known, problems)
        engines = _engines(table.get("engines"), modality, at, models, problems)
        workers = _number(table.get("workers"), f"{at}.workers", 0, MOST_WORKERS, problems)
        slots = _number(table.get("slots"), f"{at}.slots", 1, MOST_SLOTS, problems)
        if modality is not None:
            yield Pool(name, modality, engines, workers, slots)


def _modality(
    name: str, given: Any, at: str, models: tuple[Model, ...], known: set[str], problems: list[str]
) -> str | None:
    """Return the modality of a pool: its name, or that of the catalogue's row that names the pool, or the given one."""
    own: str | None = name if name in MODALITIES else None
    row = next((row for row in models if row.pool == name), None)
    if own is None and row is not None:
        own = str(CAPABILITIES[Capability(row.capabilities[0])].modality)
    if given is None and own is None:
        problems.append(f"{at}: no such pool; {nearest(name, known)}; a pool of its own says its `modality`")
        return None
    if given is None or given == own:
        return own
    if not isinstance(given, str) or given not in MODALITIES:
        problems.append(f"{at}.modality: {nearest(str(given), MODALITIES)}")
        return None
    if own is not None:
        problems.append(f"{at}.modality: the pool {name} is one of {own}")
        return None
    return given


def _engines(
    given: Any, modality: str | None, at: str, models: tuple[Model, ...], problems: list[str]
) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        problems.append(f'{at}.engines: write a list of names, such as ["{models[0].name}"]')
        return None
    rows = {row.name: row for row in models}
    for name in given:
        if name not in rows:
            problems.append(f"{at}.engines: no engine {quoted(name)}; {nearest(name, rows)}")
        elif modality is not None and modality not in {
            CAPABILITIES[Capability(each)].modality for each in rows[name].capabilities
        }:
            problems.append(f"{at}.engines: the engine {name} does no work of {modality}")
    return tuple(dict.fromkeys(given))


def _number(given: Any, at: str, least: int, most: int, problems: list[str]) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        problems.append(f"{at}: a whole number from {least} to {most}")
        return None
    return given


def _twice(declared: list[Pool]) -> Iterator[str]:
    """An order goes to one pool: an engine stands in one pool of each modality."""
    seen: dict[str, str] = {}
    for pool in declared:
        for engine in pool.engines or ():
            other = seen.setdefault(engine, pool.name)
            if other != pool.name:
                yield f"pools.{pool.name}.engines: the engine {engine} stands in pools.{other} already"
