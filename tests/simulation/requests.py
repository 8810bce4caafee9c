"""What people request in a schedule: jobs of several shapes, repeats, conflicts, cancels, replays, refusals.

Of two tenants and several sources, who use the same ids and mean each other's jobs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.identity import request_mark
from schemas.log import (
    Asked,
    CancelMatching,
    CancelRequested,
    JobAccepted,
    LogEvent,
    ReplayRequested,
    RequestRejected,
)
from schemas.orders import WorkOrder
from tests.planning.jobs import accepted
from tests.simulation.clock import EPOCH_MS
from tests.simulation.recipes import begun_by

if TYPE_CHECKING:
    from tests.simulation.world import World

E = TypeVar("E", bound=Asked)
OURS, THEIRS = "/ours", "/theirs"
STRANGER = "stranger"
"""A tenant that owns nothing."""
POLICIES = ("fail", "partial", "placeholder")


def _image(prompt: str) -> dict[str, Any]:
    return {"capability": "image-generation", "params": {"prompt": prompt}}


# A graph's node may be called like a film's: to older plans it was as essential.
SHAPES: dict[str, dict[str, Any]] = {
    "task": {"kind": "task", **_image("a fox")},
    "batch": {"kind": "batch", "items": [{"id": f"p{i}", **_image(str(i))} for i in range(3)]},
    "wide": {"kind": "batch", "items": [{"id": f"p{i}", **_image(str(i))} for i in range(18)]},
    "chain": {
        "kind": "graph",
        "nodes": {
            "script": {"capability": "text-generation", "params": {"prompt": "a story"}},
            "end": _image({"$from": "script", "field": "text"}),  # type: ignore[arg-type]
        },
    },
    "diamond": {
        "kind": "graph",
        "nodes": {
            "top": {"capability": "text-generation", "params": {"prompt": "a story"}},
            "left": _image({"$from": "top", "field": "text"}),  # type: ignore[arg-type]
            "right": {"capability": "text-to-speech", "params": {"text": {"$from": "top", "field": "text"}}},
            "bottom": {
                "capability": "video-animation",
                "params": {"image": {"$from": "left"}},
                "needs": ["right"],
            },
        },
    },
    "film": {
        "kind": "film",
        "brief": "a fox",
        "duration_s": 6,
        "scenes": [{"picture": "a fox", "narration": "A fox lives by the forest.", "duration_s": 6.0}],
    },
}
WEIGHTS = {"task": 8, "batch": 5, "chain": 5, "diamond": 3, "film": 1, "wide": 0.3}
PROBLEM = Problem(code=ErrorCode.INVALID_REQUEST, path="/kind", message="no")


@lru_cache(maxsize=4096)
def acceptance(shape: str, policy: str, number: int) -> JobAccepted:
    """The event of an accepted request; the same arguments give the same request."""
    request = SHAPES[shape] | {"on_failure": policy, "labels": {"n": str(number)}}
    return begun_by(accepted(request, key=f"k{number}"), number)


def asked(event: E, source: str = OURS) -> E:
    """The request as intake marks it."""
    content = event.to_bytes()
    mark = request_mark(source, event.request_id, type(event).__name__, None, content)
    return event.model_copy(update={"source": source, "mark": mark})


class Requests:
    """Puts a plan's requests on the log, some of them again, and remembers what was asked for."""

    def __init__(self, world: World, jobs: int) -> None:
        self._world, self._draw = world, world.draw
        self.pending = 0
        for number in range(self._draw.randint(1, jobs)):
            self._job(number)
        if world.sizes.request is not None:
            self._at(world.sizes.at_s, world.sizes.request)
        if self._draw.random() < 0.15:
            refused = RequestRejected(request_id="refused-0", tenant="default", errors=(PROBLEM,))
            for source in (OURS, THEIRS) if self._draw.random() < 0.5 else (OURS,):
                self._put(self._draw.uniform(0.0, 3.0), asked(refused, source))

        if self._draw.random() < 0.06:
            labels = self._draw.choice(({}, {"n": "0"}))
            many = asked(CancelMatching(request_id="many", tenant="default", labels=labels, reason="enough"))
            for place in range(len(world.partitions)):
                self._at(self._draw.uniform(0.0, 3.0), many, place)
                if world.luck.bad("request_twice", 0.15):
                    self._at(self._draw.uniform(0.0, 6.0), many, place)

    def _job(self, number: int) -> None:
        draw = self._draw
        shape = draw.choices(tuple(WEIGHTS), weights=tuple(WEIGHTS.values()))[0]
        event = acceptance(shape, draw.choice(POLICIES), number)
        at_s = draw.uniform(0.0, 2.0)
        if draw.random() < 0.12:
            deadline_ms = EPOCH_MS + int((at_s + draw.choice((0.3, 2.0, 10.0, 60.0))) * 1000)
            event = event.model_copy(update={"deadline_ms": deadline_ms})
        self._put(at_s, asked(event))
        if draw.random() < 0.1:
            repeat = event.model_copy(update={"request_id": f"k{number}-again"})
            self._put(at_s + draw.uniform(0.0, 5.0), asked(repeat))
        if draw.random() < 0.1:
            other = event.model_copy(update={"request_id": f"k{number}-other", "request_digest": "0" * 64})
            self._put(at_s + draw.uniform(0.01, 5.0), asked(other))
        if draw.random() < 0.15:
            # Who counts its requests as we do requests the same, or something else, under our id.
            twin = event.model_copy(update=draw.choice(({}, {"request_digest": "1" * 64})))
            self._put(at_s + draw.uniform(0.01, 5.0), asked(twin, THEIRS))
        if draw.random() < 0.15:
            self._meddle(event, f"k{number}-{draw.choice(('cancel', 'replay', 'theirs'))}", at_s)
        replay_s = at_s + draw.choice((-0.1, 0.5, 3.0, 8.0, 20.0)) if draw.random() < 0.25 else -1.0
        if draw.random() < 0.25:
            cancel_s = max(at_s + draw.uniform(-0.3, 2.0), 0.0)
            if draw.random() < 0.4:
                replay_s = cancel_s + draw.uniform(
                    0.0, 1.0
                )  # while results of the first run are still under way
            cancel = CancelRequested(
                job_id=event.job_id, request_id=f"k{number}-cancel", tenant="default", reason="enough"
            )
            self._put(cancel_s, asked(cancel))
        if replay_s >= 0.0:
            replay = ReplayRequested(job_id=event.job_id, request_id=f"k{number}-replay", tenant="default")
            self._put(replay_s, asked(replay))

    def _meddle(self, event: JobAccepted, request_id: str, at_s: float) -> None:
        """Another tenant means this job, perhaps under an id that its owner uses too."""
        meddling: CancelRequested | ReplayRequested
        if self._draw.random() < 0.6:
            meddling = CancelRequested(
                job_id=event.job_id, request_id=request_id, tenant=STRANGER, reason="not yours"
            )
        else:
            meddling = ReplayRequested(job_id=event.job_id, request_id=request_id, tenant=STRANGER)
        self._put(at_s + self._draw.uniform(0.0, 4.0), asked(meddling, THEIRS))

    def lose_patience(self, order: WorkOrder, in_s: float) -> None:
        """Cancel a job that will not end by itself."""
        self._at(
            in_s,
            CancelRequested(
                job_id=order.job_id, request_id=f"{order.task_id}-hangs", tenant="default", reason="it hangs"
            ),
        )

    def _put(self, at_s: float, event: LogEvent) -> None:
        self._at(at_s, event)
        if self._world.luck.bad("request_twice", 0.15):
            self._at(at_s + self._draw.uniform(0.0, 6.0), event)

    def _at(self, at_s: float, event: LogEvent, place: int | None = None) -> None:
        self.pending += 1
        self._world.loop.after(at_s, self._append, event, place)

    def _append(self, event: LogEvent, place: int | None) -> None:
        self.pending -= 1
        self._world.append(event, place)
