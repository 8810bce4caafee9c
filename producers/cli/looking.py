"""Commands that look: jobs, show, inspect, and what the catalogue offers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bus.cloudevents import Event, readable
from bus.partitions import partition_of
from bus.tail import end_offsets, read_all
from infra.local.connection import settings_here
from planning.projection.summary import JobSummary
from producers.cli.output import as_json, data, harmless, table
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from schemas.facts import EVENT_TYPES
from schemas.log import LOG_TYPES
from schemas.topics import topic

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (jobs, show, inspect, voices, styles):
        app.command(rich_help_panel="Looking")(command)


def jobs(
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 20,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    json_: Json = False,
) -> None:
    """List jobs, newest first.

    Example: `reelbus jobs --limit 5`
    """
    found = [j for j in asyncio.run(_jobs(settings_here())) if tenant in {None, j["tenant"]}][:limit]
    if json_:
        as_json(found)
    else:
        table(
            [(j["job_id"], j["run"], j["tenant"], j["kind"], j["status"], j["time"]) for j in found],
            ("job", "run", "tenant", "kind", "status", "time"),
        )


def show(
    job: Annotated[str, typer.Argument(help="The job's id.")],
    tenant: Annotated[str | None, typer.Option(help="Only a job of this tenant.")] = None,
    json_: Json = False,
) -> None:
    """Print the timeline of a job: who did what, when, and how it ended.

    Example: `reelbus show 7d3c0e8a-...`
    """
    lines = asyncio.run(timeline(settings_here(), job))
    if not lines or (tenant is not None and tenant not in _tenants(lines)):
        raise InvalidRequest(f"nothing is known of a job {job}")
    if json_:
        as_json(lines)
        return
    for text in timeline_text(lines):
        data(harmless(text))


def inspect(file: Annotated[Path, typer.Argument(help="A media file.")], json_: Json = False) -> None:
    """Say what a media file is, read from its content.

    Example: `reelbus inspect film.mp4`
    """
    from engines.media.probe import probe

    if not file.is_file():
        raise InvalidRequest(f"there is no file {file}")
    found = {name: value for name, value in asdict(probe(file)).items() if value is not None}
    if json_:
        as_json(found)
        return
    for name, value in found.items():
        data(f"{name:18} {value}")


def voices(
    language: Annotated[str | None, typer.Option(help="Only this language.")] = None, json_: Json = False
) -> None:
    """List the voices.

    Example: `reelbus voices --language fr`
    """
    from catalog.voices import VOICES

    found = [voice for voice in VOICES if language in {None, voice.language}]
    if json_:
        as_json([asdict(voice) for voice in found])
        return
    table(
        [(v.id, v.language, v.gender, v.engine, v.description) for v in found],
        ("voice", "language", "gender", "engine", "description"),
    )


def styles(json_: Json = False) -> None:
    """List the styles.

    Example: `reelbus styles`
    """
    from catalog import styles as catalogue

    if json_:
        as_json([asdict(style) for style in catalogue.styles()])
        return
    table(
        [(s.id, s.category, s.description) for s in catalogue.styles()], ("style", "category", "description")
    )


async def timeline(settings: Settings, job_id: str) -> list[dict[str, Any]]:
    """Return what the log and the public topics say of a job, in the order of the broker's time."""
    partition = partition_of(job_id, settings.topic_partitions)
    found: list[Event] = []
    for name, types in (("log", LOG_TYPES), ("jobs", EVENT_TYPES)):
        full = topic(settings.topic_prefix, name)
        async for records in read_all(settings.kafka, full, partition):
            found += [e for e in readable(records, types.keys()) if e.subject == job_id]
    found.sort(key=lambda e: (e.timestamp_ms, e.topic, e.offset))
    begin_ms = found[0].timestamp_ms if found else 0
    return [
        {"at_s": round((e.timestamp_ms - begin_ms) / 1000, 3), "type": e.type, "data": e.data}
        for e in found
        if not e.type.startswith("media.log.lease-renewed")
    ]


def _tenants(lines: list[dict[str, Any]]) -> set[str]:
    """Whose job a timeline tells of; others may have meant it, and were refused."""
    begun = ("media.log.job-accepted.v1", "media.job.accepted.v1")
    return {line["data"]["tenant"] for line in lines if line["type"] in begun}


def timeline_text(lines: list[dict[str, Any]]) -> Iterator[str]:
    """Tell a timeline in words, a line for each thing that happened."""
    open_claims: dict[str, tuple[int, str]] = {}
    for line in lines:
        found, kind = (
            line["data"],
            line["type"].removeprefix("media.").removeprefix("log.").removesuffix(".v1"),
        )
        lost = _lost(kind, found, open_claims)
        yield f"{line['at_s']:8.2f} s  {kind:20} {_told(kind, found)}{lost}".rstrip()


def _lost(kind: str, found: dict[str, Any], open_claims: dict[str, tuple[int, str]]) -> str:
    """Say of an attempt that began whose silence it follows; `open_claims` has the last one of each node."""
    node_id = str(found.get("node_id", ""))
    match kind:
        case "task-started":
            claim = (found["attempt"], found["worker_id"])
            attempt, worker_id = open_claims.setdefault(node_id, claim)
            if found["attempt"] <= attempt:
                return ""  # the first claim of an attempt won
            open_claims[node_id] = claim
            return f", for {worker_id} fell silent"
        case "task-released" if open_claims.get(node_id) != (found["attempt"], found["worker_id"]):
            return ""  # an order that came once more, and was not begun
        case "asset-ready" | "task-deferred" | "task-failed" | "task-released":
            open_claims.pop(node_id, None)
    return ""


def _told(kind: str, found: dict[str, Any]) -> str:
    match kind:
        case "job-accepted":
            return f"{found['kind']} for {found['tenant']}, key {found['idempotency_key']}"
        case "task-started":
            return f"{found['node_id']} attempt {found['attempt']} on {found['worker_id']}"
        case "asset-ready":
            cached = "from memory" if found["cached"] else f"in {found['duration_ms'] / 1000:.2f} s"
            made = ", ".join(p["asset"]["media_type"] for p in found["products"])
            return f"{found['node_id']}: {made} by {found['engine']['name']} ({found['engine']['family']}) {cached}"
        case "task-failed":
            return f"{found['node_id']} attempt {found['attempt']}: {found['code']}: {found['message']}"
        case "task-deferred":
            return f"{found['node_id']}: {found['engine']} has it, and is asked about it"
        case "ticket-ended":
            return f"{found['node_id']}: {found['message'] or found['outcome']}"
        case "timer-fired":
            return "a lease, a pause or a deadline is over"
        case "task-released":
            return f"{found['node_id']} attempt {found['attempt']} handed back by {found['worker_id']}"
        case "job.succeeded":
            return f"run {found['run']} in {found['duration_ms'] / 1000:.2f} s{', draft' if found['draft'] else ''}"
        case "job.failed":
            return f"run {found['run']}: {found['error']['code']}: {found['error']['message']}"
        case "job.accepted":
            return f"run {found['run']}"
        case "job.cancelled":
            return f"run {found['run']}: {found.get('reason', '')}"
        case _:
            return ""


async def _jobs(settings: Settings) -> list[dict[str, Any]]:
    full = topic(settings.topic_prefix, "jobs")
    known: dict[str, JobSummary] = {}
    for partition in sorted(await end_offsets(settings.kafka, full)):
        async for records in read_all(settings.kafka, full, partition):
            for event in readable(records):
                subject = event.subject or event.id
                known.setdefault(subject, JobSummary(event.data.get("job_id", subject))).apply(event)
    # A job without time is one of which only another's answer is left: no news of it.
    found = [(job, job.told_ms) for job in known.values() if job.told_ms is not None]
    found.sort(key=lambda each: each[1] // 1000, reverse=True)
    return [_line(job, told_ms) for job, told_ms in found]


def _line(job: JobSummary, told_ms: int) -> dict[str, Any]:
    return {
        "kind": job.kind or "-",
        "tenant": job.tenant or "-",
        "labels": job.labels,
        "job_id": job.job_id,
        "run": job.run or "-",
        "status": job.status,
        "time": datetime.fromtimestamp(told_ms / 1000, UTC).isoformat(timespec="seconds"),
    }
