"""How a job is followed on a screen: bars for each node on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bus.cloudevents import Event
from planning.projection.runs import ACCEPTED, ASSET, PROGRESS
from planning.projection.view import JobView
from producers.cli.exits import DONE, FAILED, WRONG_USE, Exit
from producers.cli.output import as_json, lively, say

ENDS = {
    "media.job.succeeded.v1": DONE,
    "media.job.failed.v1": FAILED,
    "media.job.cancelled.v1": FAILED,
    "media.job.rejected.v1": WRONG_USE,
}
_NAMED_AT_MOST = 3
"""So many of the nodes that lack the same thing are named."""


class Display(Protocol):
    """Something that shows events, and what they come to."""

    def show(self, event: Event, view: JobView) -> None:
        """Show one event; `view` knows it already."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


async def follow(facts: AsyncIterator[Event], *, json_lines: bool = False) -> Event | None:
    """Show every fact until the end; returns the last event, if the job ended."""
    view = JobView("")
    with _display(json_lines) as display:
        async for event in facts:
            view.apply(event)
            display.show(event, view)
            if event.type in ENDS:
                return event
    return None


def explain_end(event: Event) -> None:
    """Say in words how a job ended."""
    found = event.data
    match event.type:
        case "media.job.succeeded.v1":
            say(f"done in {found['duration_ms'] / 1000:.1f} s{' (draft)' if found.get('draft') else ''}")
            for note, nodes in _lacks(found.get("degraded", [])).items():
                say(f"  lacks: {nodes}: {note}")
            for note in found.get("substitutions", []):
                say(f"  {note['node_id']}: {note['used']} instead of {note['chosen']}: {note['reason']}")
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


def _address(asset: Mapping[str, Any]) -> str:
    return f"s3://{asset['bucket']}/{asset['key']}"


def _display(json_lines: bool) -> Display:
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
    def show(self, event: Event, view: JobView) -> None:
        if not as_json({"type": event.type, "id": event.id, "data": event.data}):
            raise Exit(DONE)  # nobody reads on, and the job may take hours


class _Lines(_Quiet):
    """One line for each thing that happened; no bars."""

    def __init__(self) -> None:
        self._stage = ""

    def show(self, event: Event, view: JobView) -> None:
        found = event.data
        if event.type == ACCEPTED:
            say(f"job {found['job_id']} run {found['run']} accepted")
        elif event.type == ASSET:
            cached = ", from memory" if found["cached"] else ""
            say(f"  {found['role']}: {found['asset']['media_type']} by {found['engine']['name']}{cached}")
        elif found.get("preview") is not None:
            say(f"  {found['node_id']} so far: {_address(found['preview'])}")
        elif found.get("job_fraction") is not None and view.stage != self._stage:
            self._stage = view.stage
            say(f"  {self._stage} {view.fraction:.0%}")


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

    def show(self, event: Event, view: JobView) -> None:
        node = view.nodes.get(event.data.get("node_id", ""))
        if event.type in {ASSET, PROGRESS} and node is not None:
            note = ("from memory" if node.cached else node.engine) if node.made else node.stage
            if event.data.get("preview") is not None:
                note = f"{note}, so far: {_address(event.data['preview'])}"
            self._set(node.node_id, node.fraction, note or "")
        elif event.type == PROGRESS or view.ending == "succeeded":
            left = f", {view.eta_s:.0f} s left" if view.eta_s else ""
            self._set("job", view.fraction, f"{view.stage}{left}")

    def _set(self, name: str, fraction: float, note: str) -> None:
        bar = self._bars.get(name)
        if bar is None:
            bar = self._bars[name] = self._progress.add_task(name, total=1.0, note=note)
        self._progress.update(bar, completed=fraction, note=note)


def _lacks(degraded: list[dict[str, Any]]) -> dict[str, str]:
    """Return each thing that results lack, with the nodes that lack it: one line for a film of draft parts."""
    nodes: dict[str, list[str]] = {}
    for note in degraded:
        nodes.setdefault(f"{note['code']} {note.get('message') or ''}".rstrip(), []).append(note["node_id"])
    return {
        note: ", ".join(names[:_NAMED_AT_MOST])
        + (f" and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else "")
        for note, names in nodes.items()
    }
