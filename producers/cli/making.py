"""Commands that ask for something new: make a film, submit a request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from bus.strict_json import loads
from bus.unreadable import DlqReason, Unreadable
from infra.local.connection import settings_here
from producers.cli.asking import Json, Timeout, check, download, follow_request, wait_for
from producers.cli.exits import DONE, FAILED
from producers.cli.follow import ENDS
from producers.cli.output import as_json, data, say
from producers.cli.reading import written
from producers.client import Client
from runtime.errors import InvalidRequest


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (make, submit):
        app.command(rich_help_panel="Using")(command)


def make(
    brief: Annotated[str, typer.Argument(help="What the film is about, in a sentence or a page.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the film goes.")] = Path("film.mp4"),
    duration: Annotated[float | None, typer.Option(help="Seconds, 5 to 300.")] = None,
    style: Annotated[str | None, typer.Option(help="See `reelbus styles`.")] = None,
    aspect: Annotated[str | None, typer.Option(help="16:9, 9:16, 1:1, 4:5 or 21:9.")] = None,
    resolution: Annotated[str | None, typer.Option(help="360p to 2160p.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second.")] = None,
    language: Annotated[str | None, typer.Option(help="Such as en, de, fr.")] = None,
    voice: Annotated[str | None, typer.Option(help="See `reelbus voices`.")] = None,
    mood: Annotated[str | None, typer.Option(help="The music's mood.")] = None,
    no_music: Annotated[bool, typer.Option("--no-music", help="No music.")] = False,
    captions: Annotated[str | None, typer.Option(help="sidecar (the default), burned, both or none.")] = None,
    transition: Annotated[str | None, typer.Option(help="How scenes change.")] = None,
    quality: Annotated[str, typer.Option(help="best (the default), draft, standard or high.")] = "best",
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
    check(request)
    _check_writable(output.expanduser().resolve())
    wait_for(_make(request, output.expanduser(), timeout, json_))


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
    check(request)
    wait_for(_submit(request, wait, timeout, json_))


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


async def _make(request: dict[str, Any], output: Path, timeout_s: float | None, json_: bool) -> int:
    settings = settings_here()
    async with Client(settings) as client:
        end = await follow_request(client, request, timeout_s, json_lines=False)
    if end is None or end.type != "media.job.succeeded.v1":
        return ENDS[end.type] if end is not None else FAILED
    await download(settings, end.data["outputs"]["film"], output)
    say(f"wrote {output}; `reelbus show {end.data['job_id']}` tells who did what")
    if json_:
        as_json(end.data)
    else:
        data(str(output))
    return DONE


async def _submit(request: dict[str, Any], wait: bool, timeout_s: float | None, json_: bool) -> int:
    async with Client(settings_here()) as client:
        if wait:
            end = await follow_request(client, request, timeout_s, json_lines=False)
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
