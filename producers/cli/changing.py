"""Commands that change what a job does: cancel, replay."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from infra.local.connection import settings_here
from producers.cli.asking import Json, Timeout, check, follow_request, wait_for
from producers.cli.exits import DONE, FAILED, WRONG_USE
from producers.cli.follow import ENDS
from producers.cli.output import say
from producers.client import CANCEL, REJECTED, REPLAY, Client, past_view


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (cancel, replay):
        app.command(rich_help_panel="Using")(command)


def cancel(
    job: Annotated[str | None, typer.Argument(help="The job's id.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="name=value; all open jobs with all of these labels.")
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            help="Whose jobs; without labels all of the tenant's open jobs. Of a job id it is looked up."
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "cancelled on the command line",
    timeout: Timeout = 30.0,
) -> None:
    """End a job now, or all open jobs of a tenant or with some labels.

    Example: `reelbus cancel 7d3c0e8a-...`, `reelbus cancel --label campaign=spring`
    """
    given: dict[str, Any] = {"job_id": job, "tenant": tenant, "labels": _pairs(label)}
    request = {name: value for name, value in given.items() if value} | {"reason": reason}
    check(request, CANCEL)
    if job is not None:
        wait_for(_of_its_tenant(request, lambda known: _cancel(known, timeout)))
    else:
        wait_for(_cancel_matching(request))


def replay(
    job: Annotated[str, typer.Argument(help="The job's id.")],
    seed: Annotated[int | None, typer.Option(help="Another seed.")] = None,
    engine: Annotated[list[str] | None, typer.Option(help="capability=model, as often as needed.")] = None,
    from_node: Annotated[str | None, typer.Option(help="Make this node and all after it again.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose job it is; looked up if left out.")] = None,
    timeout: Timeout = None,
    json_: Json = False,
) -> None:
    """Run a job again: what did not change comes from the result cache.

    Example: `reelbus replay 7d3c0e8a-... --seed 7`
    """
    request: dict[str, Any] = {"job_id": job}
    if seed is not None:
        request["seed"] = seed
    if engine:
        request["engines"] = _pairs(engine)
    if from_node is not None:
        request["from_node"] = from_node
    if tenant is not None:
        request["tenant"] = tenant
    check(request, REPLAY)
    wait_for(_of_its_tenant(request, lambda known: _replay(known, timeout, json_)))


def _pairs(words: list[str] | None) -> dict[str, str]:
    """Read name=value, as often as it is given."""
    return {name: value for name, _, value in (word.partition("=") for word in words or ())}


async def _of_its_tenant(
    request: dict[str, Any], send: Callable[[dict[str, Any]], Coroutine[Any, Any, int]]
) -> int:
    """Send a request that means a job as its tenant's: whoever runs this may see what is told of all jobs."""
    if "tenant" not in request:
        known = await past_view(settings_here(), request["job_id"])
        request = request | {"tenant": known.tenant} if known is not None and known.tenant else request
    return await send(request)


async def _cancel(request: dict[str, Any], timeout_s: float | None) -> int:
    async with Client(settings_here()) as client:
        known = await past_view(client.settings, request["job_id"])
        if known is not None and known.ending is not None:
            say("this job has already ended")
            return DONE
        end = await follow_request(client, request, timeout_s, json_lines=False, kind=CANCEL)
    return WRONG_USE if end is not None and end.type == REJECTED else DONE


async def _cancel_matching(request: dict[str, Any]) -> int:
    async with Client(settings_here()) as client:
        await (await client.submit(request, kind=CANCEL)).close()
    say("asked: every job that this means and that is open now ends")
    return DONE


async def _replay(request: dict[str, Any], timeout_s: float | None, json_: bool) -> int:
    async with Client(settings_here()) as client:
        end = await follow_request(client, request, timeout_s, json_lines=json_, kind=REPLAY)
    return ENDS[end.type] if end is not None else FAILED
