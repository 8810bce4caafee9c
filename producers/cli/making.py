"""Commands that make requests: make, submit, watch, get, cancel, replay."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bus.cloudevents import Event
from bus.strict_json import loads
from bus.unreadable import DlqReason, Unreadable
from infra.local.connection import settings_here
from planning.intake import Rejected, examine
from planning.routing.availability import offers
from producers.cli.exits import DONE, FAILED, INTERRUPTED, WRONG_USE, Exit
from producers.cli.follow import ENDS, explain_end, follow, say_problems
from producers.cli.output import as_json, data, fail, say
from producers.cli.reading import written
from producers.client import ACCEPTED, CANCEL, JOB, REJECTED, REPLAY, Client, past_facts
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from schemas.suffixes import suffix_of
from storage.store import Store

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]
Tenant = Annotated[str | None, typer.Option(help="Only a job of this tenant.")]
Timeout = Annotated[
    float | None, typer.Option("--timeout", help="Give up waiting after this many seconds (exit 4).")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (make, submit, watch, get, cancel, replay):
        app.command(rich_help_panel="Using")(command)


def make(
    brief: Annotated[str, typer.Argument(help="What the film is about, in a sentence or a page.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the film goes.")] = Path("film.mp4"),
    duration: Annotated[float | None, typer.Option(help="Seconds, 5 to 300.")] = None,
    style: Annotated[str | None, typer.Option(help="See `reelbus styles`.")] = None,
    aspect: Annotated[str | None, typer.Option(help="16:9, 9:16, 1:1, 4:5 or 21:9.")] = None,
    resolution: Annotated[str | None, typer.Option(help="360p to 2160p.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second.")] = None,
    language: Annotated[str | None, typer.Option(help="Such as en, de, fr.")] = None,
    voice: Annotated[str | None, typer.Option(help="See `reelbus voices`.")] = None,
    mood: Annotated[str | None, typer.Option(help="The music's mood.")] = None,
    no_music: Annotated[bool, typer.Option("--no-music", help="Words alone.")] = False,
    captions: Annotated[str | None, typer.Option(help="sidecar (as it is), burned, both or none.")] = None,
    transition: Annotated[str | None, typer.Option(help="How scenes change.")] = None,
    quality: Annotated[str | None, typer.Option(help="draft, standard or high.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same film.")] = None,
    timeout: Timeout = None,
    json_: Json = False,
) -> None:
    """Make a film from a brief: request, live progress, download.

    Example: `reelbus make "A lighthouse keeper and a whale" -o film.mp4 --duration 30 --style watercolor`
    """
    given = {
        "brief": brief,
        "duration_s": duration,
        "style": style,
        "aspect_ratio": aspect,
        "resolution": resolution,
        "fps": fps,
        "language": language,
        "voice": voice,
        "captions": captions,
        "transition": transition,
        "quality": quality,
        "seed": seed,
        "music": {"mood": mood} if mood else None,
    }
    request: dict[str, Any] = {"kind": "film"} | {
        name: value for name, value in given.items() if value is not None
    }
    if no_music:
        request["music"] = None
    _check(request)
    _check_writable(output.expanduser().resolve())
    _wait_for(_make(request, output.expanduser(), timeout, json_))


def submit(
    file: Annotated[str, typer.Argument(help="A request as a JSON file, or - for standard input.")],
    wait: Annotated[bool, typer.Option("--wait", help="Follow the job to its end.")] = False,
    timeout: Timeout = None,
    json_: Json = False,
) -> None:
    """Publish a request; prints the job's id.

    Example: `reelbus submit request.json --wait`
    """
    request = _read_request(file)
    _check(request)
    _wait_for(_submit(request, wait, timeout, json_))


def watch(
    job: Annotated[str, typer.Argument(help="The job's id.")], timeout: Timeout = None, json_: Json = False
) -> None:
    """Follow a job to its end.

    Example: `reelbus watch 7d3c0e8a-...`
    """
    _wait_for(_watch(job, timeout, json_))


def get(
    job: Annotated[str, typer.Argument(help="The job's id.")],
    role: Annotated[str | None, typer.Argument(help="Which output; the main one if left out.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where it goes.")] = None,
    tenant: Tenant = None,
) -> None:
    """Download an output of a job, verified by its digest.

    Example: `reelbus get 7d3c0e8a-... poster -o poster.jpg`
    """
    asyncio.run(_get(job, role, output, tenant))


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
    _check(request, CANCEL)
    if job is not None:
        _wait_for(_of_its_tenant(request, lambda known: _cancel(known, timeout)))
    else:
        _wait_for(_cancel_matching(request))


def replay(
    job: Annotated[str, typer.Argument(help="The job's id.")],
    seed: Annotated[int | None, typer.Option(help="Another seed.")] = None,
    engine: Annotated[list[str] | None, typer.Option(help="capability=model, as often as needed.")] = None,
    from_node: Annotated[str | None, typer.Option(help="Make this node and all after it again.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose job it is; looked up if left out.")] = None,
    timeout: Timeout = None,
    json_: Json = False,
) -> None:
    """Run a job again: what did not change comes from memory.

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
    _check(request, REPLAY)
    _wait_for(_of_its_tenant(request, lambda known: _replay(known, timeout, json_)))


def _pairs(words: list[str] | None) -> dict[str, str]:
    """Read name=value, as often as it is given."""
    return {name: value for name, _, value in (word.partition("=") for word in words or ())}


def _check(request: Any, kind: str = JOB) -> None:
    """Refuse an invalid request here, with everything that is wrong with it, before anything is sent."""
    settings = Settings()
    verdict = examine(
        kind,
        request,
        offers=offers(settings.composition_budget),
        allow_private_webhooks=settings.allow_private_webhooks,
    )
    if isinstance(verdict, Rejected):
        say_problems([problem.to_json() for problem in verdict.problems])
        raise Exit(WRONG_USE)


def _check_writable(output: Path) -> None:
    """Refuse a place that cannot be written now, not after the film was made."""
    if not output.parent.is_dir():
        raise InvalidRequest(f"there is no folder {output.parent} to write to")
    if output.is_dir():
        raise InvalidRequest(f"{output} is a folder: name a file in it")
    if not os.access(output.parent, os.W_OK | os.X_OK):
        raise InvalidRequest(f"the folder {output.parent} cannot be written")


def _read_request(file: str) -> Any:
    try:
        return loads(written(file))
    except Unreadable as error:
        hint = ": save it as UTF-8" if error.reason is DlqReason.NOT_UTF8 else ""
        raise InvalidRequest(f"{file} is not a JSON object that can be read: {error.detail}{hint}") from error


def _wait_for(work: Coroutine[Any, Any, int]) -> None:
    code = asyncio.run(_interruptible(work))
    if code != DONE:
        raise Exit(code)


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    """Ctrl-C ends the waiting, not the job."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if interrupted:
            return INTERRUPTED
        raise


async def _make(request: dict[str, Any], output: Path, timeout_s: float | None, json_: bool) -> int:
    settings = settings_here()
    async with Client(settings) as client:
        end = await _follow_request(client, request, timeout_s, json_lines=False)
    if end is None or end.type != "media.job.succeeded.v1":
        return ENDS[end.type] if end is not None else FAILED
    await _download(settings, end.data["outputs"]["film"], output)
    say(f"wrote {output}; `reelbus show {end.data['job_id']}` tells who did what")
    if json_:
        as_json(end.data)
    else:
        data(str(output))
    return DONE


async def _submit(request: dict[str, Any], wait: bool, timeout_s: float | None, json_: bool) -> int:
    async with Client(settings_here()) as client:
        if wait:
            end = await _follow_request(client, request, timeout_s, json_lines=False)
            if end is not None:
                as_json(end.data) if json_ else data(str(end.data.get("job_id", "")))
            return ENDS[end.type] if end is not None else FAILED
        job = await client.submit(request)
        await job.close()
    if json_:
        as_json({"job_id": job.job_id, "request_id": job.request_id})
    else:
        data(job.job_id)
    say(f"sent; `reelbus watch {job.job_id}` follows it")
    return DONE


async def _follow_request(
    client: Client, request: dict[str, Any], timeout_s: float | None, *, json_lines: bool, kind: str = JOB
) -> Event | None:
    job = await client.submit(request, kind=kind)
    try:
        end = await follow(job.facts(timeout_s), json_lines=json_lines)
    except (asyncio.CancelledError, TimeoutError):
        say(f"\nthe job goes on; `reelbus watch {job.job_id}` follows it")
        raise
    if end is not None:
        explain_end(end)
    return end


async def _watch(job_id: str, timeout_s: float | None, json_: bool) -> int:
    settings = settings_here()
    async with Client(settings) as client:
        if not await past_facts(settings, job_id):
            fail(f"nothing is known of a job {job_id}")
            return WRONG_USE
        job = await client.follow(job_id)
        try:
            end = await follow(job.facts(timeout_s), json_lines=json_)
        except asyncio.CancelledError:
            say(f"\nthe job goes on; `reelbus watch {job_id}` follows it")
            raise
    if end is None:
        return FAILED
    explain_end(end)
    return ENDS[end.type]


async def _of_its_tenant(
    request: dict[str, Any], send: Callable[[dict[str, Any]], Coroutine[Any, Any, int]]
) -> int:
    """Send a request that means a job as its tenant's: whoever runs this may see what is told of all jobs."""
    if "tenant" not in request:
        facts = await past_facts(settings_here(), request["job_id"])
        tenants = [e.data["tenant"] for e in facts if e.type == ACCEPTED]
        request = request | {"tenant": tenants[-1]} if tenants else request
    return await send(request)


async def _get(job_id: str, role: str | None, output: Path | None, tenant: str | None) -> None:
    settings = settings_here()
    facts = await past_facts(settings, job_id)
    if tenant is not None and all(e.data.get("tenant") != tenant for e in facts if e.type == ACCEPTED):
        facts = []
    outputs = {e.data["role"]: e.data["asset"] for e in facts if e.type == "media.asset.ready.v1"}
    ends = [e.data.get("outputs", {}) for e in facts if e.type in ENDS and e.type != REJECTED]
    named = ends[-1] if ends else {}
    if not outputs:
        raise InvalidRequest(f"nothing was made for a job {job_id}")
    wanted = role or next((name for name in ("film", "result", *named) if name in {**outputs, **named}), None)
    asset = outputs.get(wanted or "") or named.get(wanted or "")
    if asset is None:
        raise InvalidRequest(
            f"this job has no output {wanted!r}; it has {', '.join(sorted({**outputs, **named}))}"
        )
    path = output or Path(f"{wanted}{suffix_of(asset['media_type'])}")
    await _download(settings, asset, path.expanduser())
    data(str(path))


async def _cancel(request: dict[str, Any], timeout_s: float | None) -> int:
    async with Client(settings_here()) as client:
        if any(e.type in ENDS for e in await past_facts(client.settings, request["job_id"])):
            say("this job has already ended")
            return DONE
        end = await _follow_request(client, request, timeout_s, json_lines=False, kind=CANCEL)
    return WRONG_USE if end is not None and end.type == REJECTED else DONE


async def _cancel_matching(request: dict[str, Any]) -> int:
    async with Client(settings_here()) as client:
        await (await client.submit(request, kind=CANCEL)).close()
    say("asked: every job that this means and that is open now ends")
    return DONE


async def _replay(request: dict[str, Any], timeout_s: float | None, json_: bool) -> int:
    async with Client(settings_here()) as client:
        end = await _follow_request(client, request, timeout_s, json_lines=json_, kind=REPLAY)
    return ENDS[end.type] if end is not None else FAILED


async def _download(settings: Settings, asset: dict[str, Any], path: Path) -> None:
    store = Store.from_settings(settings)
    try:
        await store.fetch(asset["key"], path, sha256=asset["sha256"], size_bytes=asset["size_bytes"])
    finally:
        await store.close()
