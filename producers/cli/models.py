"""Commands about engines: what each can do, who offers it, or what is missing and the command that brings it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from catalog.fleet import read_pools
from catalog.models import Model
from catalog.pools import Pools
from catalog.weights.source import Source
from engines.local.weights import resolved
from infra.local.connection import NoStack, home, settings_here
from infra.local.finding import Finding
from operations.fleet import read_announced
from planning.routing.announced import Announced
from producers.cli.output import as_json, data, table
from producers.cli.pulling import models_pull
from runtime.errors import BusUnreachable, EngineUnavailable, InvalidRequest, Unsupported
from runtime.settings import Settings
from schemas.capabilities import Capability
from schemas.explain import nearest, quoted
from worker.offering import lack_of

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="List the engines, or fetch the weights of some.", invoke_without_command=True)
    group.callback()(models)
    group.command("pull")(models_pull)
    app.add_typer(group, name="models", rich_help_panel="Looking")


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with an engine: who offers it, and without anybody what would make it available."""

    row: Model
    pools: tuple[str, ...]
    available: bool
    reason: str
    offered_by: tuple[str, ...]
    ailing: str = ""
    """Why new work had better go to another engine, as all say that offer it; empty when it is well."""

    def to_json(self) -> dict[str, Any]:
        """Return it in the words of the contract."""
        row = self.row
        return {
            "name": row.name,
            "capabilities": list(row.capabilities),
            "family": row.family,
            "revision": row.revision,
            "description": row.description,
            "qualities": list(row.qualities),
            "environment": row.environment,
            "pool": self.pools[0],
            "pools": list(self.pools),
            "licence": {
                "code": row.code_licence,
                "weights": row.weights_licence,
                "commercial": row.commercial_ok,
            },
            "watermark_required": row.watermark_required,
            "available": self.available,
            "reason": self.reason,
            "offered_by": list(self.offered_by),
            "ailing": self.ailing,
            "lifecycle": row.lifecycle,
            "successor": row.successor,
        }


def models(
    context: typer.Context,
    capability: Annotated[str | None, typer.Option(help="Only those that do this.")] = None,
    json_: Json = False,
) -> None:
    """List the engines: what they do, who offers them, or what is missing and how to get it.

    Example: `reelbus models --capability image-generation`
    """
    if context.invoked_subcommand is not None:
        if json_:
            raise InvalidRequest("write options behind the command: reelbus models pull --json ...")
        return
    found = standings()
    if capability is not None:
        names = [each.value for each in Capability]
        if capability not in names:
            raise Unsupported(f"--capability: there is no {quoted(capability)}; {nearest(capability, names)}")
        found = [each for each in found if capability in each.row.capabilities]
    if json_:
        as_json([each.to_json() for each in found])
        return
    table(
        [
            (s.row.name, s.row.family, ", ".join(s.pools), _state(s), ", ".join(s.row.capabilities))
            for s in found
        ],
        ("name", "family", "pool", "is", "capabilities"),
    )
    for each in found:
        for said in _sentences(each):
            data(f"{each.row.name}: {said}")


def _sentences(standing: Standing) -> Iterator[str]:
    """Say of an engine what its line of the table has no room for."""
    row = standing.row
    if standing.offered_by:
        yield f"offered by {', '.join(standing.offered_by)}"
    elif standing.reason:
        yield standing.reason
    for source in row.weights:
        if source.by_operator and (said := _pin_of(source)) not in standing.reason:
            yield said
    if standing.ailing:
        yield f"ails, so new work goes to others where there are any: {standing.ailing}"
    if not row.commercial_ok:
        yield f"no commercial use: {row.code_licence} (code), {row.weights_licence} (weights)"
    if row.watermark_required:
        yield "its licence asks that results are marked as made by a model"
    if row.lifecycle != "active":
        yield f"{row.lifecycle}" + (f"; {row.successor} takes its place" if row.successor else "")


def _pin_of(source: Source) -> str:
    """Say at which commit the operator of this machine pinned weights, if he did."""
    try:
        found = resolved(source, Settings(home=home()).models_folder)
    except EngineUnavailable as error:
        return error.message
    return f"{source.name} is pinned by the operator at {found.revision}"


def standings() -> list[Standing]:
    """Return how it stands with each engine of the catalogue: as workers say, and without a broker as it is here."""
    try:
        announced = asyncio.run(read_announced(settings_here()))
    except (NoStack, BusUnreachable):
        return _here(read_pools(Settings(home=home()).fleet))
    return _of_system(announced, time.time_ns() // 1_000_000)


def _of_system(announced: Announced, now_ms: int) -> list[Standing]:
    pools, fleet = announced.pools, announced.fleet(now_ms)
    found = []
    for row in pools.models:
        offered = announced.offering(row.name, now_ms)
        reason = fleet.elsewhere.get(row.name, "")
        if not offered and not reason:
            reason = "declared: no worker that offers it is there now"
        homes = pools.homes_of(row)
        ailing = fleet.ailing.get(row.name, "")
        available = fleet.runs(row.name) and row.lifecycle != "retired"
        found.append(Standing(row, homes, available, "" if offered else reason, offered, ailing))
    return found


def _here(pools: Pools) -> list[Standing]:
    """Without a system only this machine can be asked."""
    found = []
    for row in pools.models:
        lack = lack_of(row, home())
        reason = lack or "no system runs here: reelbus up"
        found.append(Standing(row, pools.homes_of(row), not lack, reason, ()))
    return found


def engine_findings() -> Iterator[Finding]:
    """Yield it in the words of `reelbus doctor`: a line for each engine, and one for all those of a provider."""
    found = standings()
    for each in found:
        if not each.row.provider:
            yield Finding(f"engine {each.row.name}", each.available, _said(each), needed=False)
    for name in dict.fromkeys(each.row.provider for each in found if each.row.provider):
        theirs = [each for each in found if each.row.provider == name]
        best = next((each for each in theirs if each.available), theirs[0])
        yield Finding(f"provider {name}", best.available, _said(best), needed=False)


def _said(standing: Standing) -> str:
    return f"offered by {', '.join(standing.offered_by)}" if standing.offered_by else standing.reason


def _state(standing: Standing) -> str:
    """One word: retired, offered by a worker (well or not), declared for workers that are not there now, or missing."""
    if standing.row.lifecycle == "retired":
        return "retired"
    if standing.ailing:
        return "ailing"
    if standing.offered_by:
        return "offered"
    return "declared" if standing.available else "missing"
