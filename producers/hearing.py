"""Which of the events on the topics are the answer to a request, and which are of the run that it began."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bus.cloudevents import Event
from planning.projection.runs import ACCEPTED, PROGRESS, REJECTED, begins_run, newest_run, run_of
from schemas.facts import TERMINAL_TYPES

HELD_AT_MOST = 1_000
"""So many events of a job are kept while it is not known whether its run is the one that was asked for."""

Purpose = Literal["job", "replay", "job as it is"]


class Hearing:
    """What one listener has heard of one job: nothing is given out before it is known to be of the right run.

    `purpose` says what the listener waits for: the answer to the request for a job or a replay, or whatever
    happens to the job. `end` is the last event, which whoever listens gives out when nothing is missing before it.
    """

    def __init__(
        self, job_id: str, purpose: Purpose, *, request_id: str | None = None, digest: str | None = None
    ) -> None:
        """`digest` is that of what the request says: equal requests are one job, whoever was first."""
        self.job_id = job_id
        self.run: int | None = None
        self.end: Event | None = None
        self.needs_past = purpose == "job as it is"
        self._purpose = purpose
        self._request_id, self._digest = request_id, digest
        self._overflowed = False
        self._held: list[Event] = []
        self._given: set[str] = set()

    def live(self, events: Iterable[Event]) -> list[Event]:
        """Take what has just been heard and return what can be given out."""
        self._hold(events)
        return self._released()

    def past(self, events: Iterable[Event]) -> list[Event]:
        """Take what was said before and return what can be given out; of a run that is not ours that is nothing."""
        news, self._held = self._held, []
        self._hold(events)
        if self.run is None:
            self._held = []
        self.needs_past = False
        self._hold(news)
        return self._released()

    def _hold(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.type == REJECTED and self._request_id is not None and event.subject == self._request_id:
                self.end = event
            elif event.subject == self.job_id and not (self.run is None and event.type == PROGRESS):
                self._held.append(event)
        if self.run is None and not self._recognised() and len(self._held) > HELD_AT_MOST:
            # Should it turn out to be ours all the same, it stands on the topics.
            self._held, self._overflowed = [], True

    def _recognised(self) -> bool:
        """Find out which run is the one that was asked for."""
        if self._purpose == "job as it is":
            self.run = newest_run(self._held)
            return self.run is not None
        for event in self._held:
            if event.type != ACCEPTED:
                continue
            ours = event.data.get("request_id") == self._request_id
            equal = (
                self._purpose == "job" and self._digest and event.data.get("request_digest") == self._digest
            )
            if ours or equal:
                self.run = event.data["run"]
                self.needs_past = not (ours and begins_run(event)) or self._overflowed
                return True
        return False

    def _released(self) -> list[Event]:
        if self.run is None or self.needs_past:
            return []
        held, self._held = self._held, []
        given = []
        for event in held:
            if run_of(event, self.run) != self.run or event.id in self._given:
                continue
            self._given.add(event.id)
            if event.type in TERMINAL_TYPES:
                self.end = event
            else:
                given.append(event)
        return given
