"""Which jobs of a schedule an older version began, and that each keeps the recipe that it began with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planning.job.acceptance import PLAN_VERSION
from planning.job.commands import Dispatch
from planning.partition.partition import LogEntry
from schemas.log import JobAccepted

BEFORE = 2
"""The plan version of every second job: that of films whose captions, where nobody chose, were shown twice."""
CAPTIONS = {BEFORE: "both", PLAN_VERSION: "sidecar"}


def begun_by(event: JobAccepted, number: int) -> JobAccepted:
    """The acceptance as the version that began the job of this number has written it."""
    return event.model_copy(update={"plan_version": BEFORE if number % 2 else PLAN_VERSION})


class Recipes:
    """What the orders of a schedule tell of the recipes that they were planned by."""

    def __init__(self) -> None:
        self._captions: set[tuple[str, str]] = set()

    def sent(self, orders: Iterable[Dispatch]) -> None:
        """Look at orders as they are sent, also those that are sent once more after a rebuild."""
        for command in orders:
            order = command.order
            if order.capability == "composition" and "output" in order.params["timeline"]:
                self._captions.add((order.job_id, order.params["timeline"]["output"].get("captions", "")))

    def verdict(self, log: Iterable[LogEntry]) -> Iterator[str]:
        """Yield the films that were planned by the recipe of another version than began them."""
        begun: dict[str, int] = {}
        for entry in log:
            if isinstance(entry.event, JobAccepted) and entry.event.kind == "film":
                begun.setdefault(entry.event.job_id, entry.event.plan_version)
        for job_id, captions in sorted(self._captions):
            if job_id in begun and captions != CAPTIONS[begun[job_id]]:
                yield f"{job_id} began at plan version {begun[job_id]}, and its captions are {captions}"
