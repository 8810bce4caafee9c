"""How a job is followed on a screen: bars for each node on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bus.cloudevents import Event
from producers.cli.exits import DONE, FAILED, WRONG_USE, Exit
from producers.cli.output import as_json, lively, say

ENDS = {
    "media.job.succeeded.v1": DONE,
    "media.job.failed.v1": FAILED,
    "media.job.cancelled.v1": FAILED,
    "media.job.rejected.v1": WRONG_USE,
}


class View(Protocol):
    """Something that shows events."""

    def show(self, event: Event) -> None:
        """Show one event."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


async def follow(facts: AsyncIterator[Event], *, json_lines: bool = False) -> Event | None:
    """Show every fact until the end; returns the last event, if the job ended."""
    with _view(json_lines) as view:
        async for event in facts:
            view.show(event)
            if event.type in ENDS:
                return event
    return None


def explain_end(event: Event) -> None:
    """Say in words how a job ended."""
    found = event.data
    match event.type:
        case "media.job.succeeded.v1":
            say(f"done in {found['duration_ms'] / 1000:.1f} s{' (draft)' if found.get('draft') else ''}")
            for note in found.get("degraded", []):
                say(f"  lacks: {note['node_id']}: {note['code']} {note.get('message') or ''}".rstrip())
        case "media.job.failed.v1":
            error = found["error"]
            where = f" at {error['node_id']}" if error.get("node_id") else ""
            say(f"failed{where}: {error['code']}: {error['message']}")
        case "media.job.cancelled.v1":
            say(f"cancelled: {found.get('reason') or 'no reason given'}")
        case "media.job.rejected.v1":
            say_problems(found["errors"])


def say_problems(problems: list[dict[str, Any]]) -> None:
    """Say everything that is wrong with a request."""
    say(f"the request is refused, {len(problems)} thing{'s' if len(problems) != 1 else ''} to mend:")
    for problem in problems:
        say(f"  {problem['path'] or '/'}: {problem['message']} ({problem['code']})")


def _view(json_lines: bool) -> View:
    if json_lines:
        return _JsonLines()
    return _Bars() if lively() else _Lines()


class _Quiet:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


class _JsonLines(_Quiet):
    def show(self, event: Event) -> None:
        if not as_json({"type": event.type, "id": event.id, "data": event.data}):
            raise Exit(DONE)  # nobody reads on, and the job may take hours


class _Lines(_Quiet):
    """One line for each thing that happened; no bars."""

    def __init__(self) -> None:
        self._stage = ""

    def show(self, event: Event) -> None:
        found = event.data
        if event.type == "media.job.accepted.v1":
            say(f"job {found['job_id']} run {found['run']} accepted")
        elif event.type == "media.asset.ready.v1":
            cached = ", from memory" if found["cached"] else ""
            say(f"  {found['role']}: {found['asset']['media_type']} by {found['engine']['name']}{cached}")
        elif found.get("job_fraction") is not None and found["stage"] != self._stage:
            self._stage = found["stage"]
            say(f"  {self._stage} {found['job_fraction']:.0%}")


class _Bars:
    """A bar for the job and one for each of its nodes."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", justify="left"),
            BarColumn(bar_width=32),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[note]}", style="dim"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, event: Event) -> None:
        found = event.data
        if event.type == "media.asset.ready.v1":
            self._set(found["node_id"], 1.0, "from memory" if found["cached"] else found["engine"]["name"])
        elif event.type == "media.progress.v1" and found.get("node_id"):
            self._set(found["node_id"], found.get("fraction") or 0.0, found["stage"])
        elif event.type == "media.progress.v1":
            eta = f"{found['stage']}, {found['eta_s']:.0f} s left" if found.get("eta_s") else found["stage"]
            self._set("job", found.get("job_fraction") or 0.0, eta)
        elif event.type == "media.job.succeeded.v1":
            self._set("job", 1.0, "done")

    def _set(self, name: str, fraction: float, note: str) -> None:
        bar = self._bars.get(name)
        if bar is None:
            bar = self._bars[name] = self._progress.add_task(name, total=1.0, note=note)
        self._progress.update(bar, completed=fraction, note=note)
