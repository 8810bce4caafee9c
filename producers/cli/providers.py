"""Commands about who makes media: this installation and the providers, and fakes of the latter to try things with."""

from __future__ import annotations

import signal
import threading
from typing import Annotated, Any

import typer

from catalog.models import Model
from infra.fakes.faults import Faults
from infra.fakes.server import Fakes, serving
from operations.providers import MediaProvider, providers
from producers.cli.models import standings
from producers.cli.output import as_json, data, table
from runtime.errors import InvalidRequest

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("providers", rich_help_panel="Looking")(providers_)
    group = typer.Typer(
        help="Providers that stand in for the real ones, to try things without keys.", no_args_is_help=True
    )
    group.command("up")(fakes_up)
    app.add_typer(group, name="fakes", rich_help_panel="Running")


def providers_(
    capability: Annotated[str | None, typer.Option(help="Only those that do this.")] = None,
    json_: Json = False,
) -> None:
    """List who makes media: this installation and each provider, with its models, or the key that it lacks.

    Example: `reelbus providers --capability image-generation`
    """
    found = _known()
    if capability is not None:
        found = [each for each in found if each.get_models_for_capability(capability)]
    if json_:
        as_json([_plain(each, capability) for each in found])
        return
    table(
        [
            (each.id, each.type, each.get_health(), str(len(_models(each, capability))), each.reason)
            for each in found
        ],
        ("provider", "type", "is", "models", "lacks"),
    )
    for each in found:
        data(f"{each.id}: {', '.join(each.capabilities)}")


def _known() -> list[MediaProvider]:
    known = {each.row.name: each for each in standings()}

    def lacks(row: Model) -> str:
        each = known.get(row.name)
        return "" if each is None or each.available else each.reason

    def ails(row: Model) -> str:
        each = known.get(row.name)
        return each.ailing if each is not None else ""

    return list(providers([each.row for each in known.values()], lacks, ails))


def _models(each: MediaProvider, capability: str | None) -> tuple[Model, ...]:
    return each.models if capability is None else each.get_models_for_capability(capability)


def _plain(each: MediaProvider, capability: str | None) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "type": each.type,
        "capabilities": list(each.capabilities),
        "available": each.is_available(),
        "health": each.get_health(),
        "reason": each.reason,
        "models": [row.name for row in _models(each, capability)],
    }


def fakes_up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    latency: Annotated[float, typer.Option(min=0.0, max=3600.0, help="Seconds that a job takes.")] = 0.5,
    faults: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of submissions that meet a fault.")
    ] = 0.0,
    json_: Json = False,
) -> None:
    """Run fakes of all providers on this machine until stopped; prints the variables that send calls to them.

    What was bought from them is at `/ledger` of REELBUS_FAKES_URL.

    Example: `reelbus fakes up > fakes.env &`
    """
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    try:
        with serving(Fakes(latency, Faults(faults)), port) as running:
            found = running.environment()
            if json_:
                as_json(found)
            else:
                for name, value in found.items():
                    data(f"{name}={value}")
            stopped.wait()
    except OSError as error:
        raise InvalidRequest(f"--port: {port} cannot be used ({error.strerror})") from error
