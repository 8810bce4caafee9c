"""Which schedules have a request that becomes large records, what their broker takes, and what must hold then."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bus.publisher import RecordTooLarge
from planning.job.commands import Dispatch, PublishFact
from schemas.facts import TERMINAL_TYPES
from schemas.log import JobAccepted
from schemas.sizes import BUDGETS
from schemas.topics import JOB_BYTES
from tests.planning.amplifying import album, echoes, texts
from tests.planning.jobs import LOUD, accepted

if TYPE_CHECKING:
    from tests.simulation.world import World

ONE_IN = 80
"""So often a schedule has such a request: it takes as long as ten others."""
NARROW = {"tasks": 500_000, "jobs": 300_000, "log": 50_000}
"""What a broker takes whose topics were made too small: less than one text as long as events carry it."""
SHAPES: dict[str, dict[str, Any]] = {
    "album": album(9_500),
    "loud": texts(24, LOUD),
    "echo": echoes(80, LOUD),
    "whisper": echoes(5, LOUD),
}
"""An order, a fact and an order that are too large if nobody looks; and one that only a narrow broker refuses."""


class Sizes:
    """What is large in one schedule. Its draws are its own: other schedules stay as they are."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(f"sizes {seed}")
        self.shape: str | None = None
        self.narrow: str | None = None
        self.at_s = 0.0
        self.refused = 0
        if draw.randrange(ONE_IN) == 0:
            self.shape = draw.choices(tuple(SHAPES), weights=(1, 3, 3, 3))[0]
            self.at_s = draw.uniform(0.0, 2.0)
            if self.shape != "album" and draw.random() < 0.5:
                self.narrow = draw.choice(tuple(NARROW))

    @property
    def request(self) -> JobAccepted | None:
        """The request that amplifies, if there is one."""
        return _acceptance(self.shape) if self.shape is not None else None

    def check(self, topic: str, records: Iterable[tuple[str, Any]]) -> None:
        """Refuse what a topic does not take; the others of its send may lie there or not."""
        if self.shape is None:
            return
        most = NARROW[topic] if topic == self.narrow else JOB_BYTES
        about = [name for name, message in records if len(message.to_bytes()) > most]
        if about:
            self.refused += 1
            raise RecordTooLarge("a record is larger than its topic takes", about)


@lru_cache
def _acceptance(shape: str) -> JobAccepted:
    return accepted(SHAPES[shape], key=f"large-{shape}")


def orders_of(orders: Iterable[Dispatch]) -> Iterator[tuple[str, Any]]:
    """The orders with the jobs that they belong to."""
    return ((command.order.job_id, command.order) for command in orders)


def facts_of(facts: Iterable[PublishFact]) -> Iterator[tuple[str, Any]]:
    """The facts of `media.jobs` with their keys."""
    return ((tell.key, tell.fact) for tell in facts if tell.type.startswith("media.job."))


def sizes_verdict(world: World) -> Iterator[str]:
    """Yield what is wrong with the ends of large jobs, and with those of their neighbours."""
    sizes = world.sizes
    if sizes.request is None:
        return
    if sizes.refused and sizes.narrow is None:
        yield f"the broker was asked to take a record that is too large, {sizes.refused} times"
    for partition in world.partitions:
        for tell in partition.told():
            fact: Any = tell.fact
            if tell.type not in TERMINAL_TYPES:
                continue
            if len(fact.to_bytes()) > BUDGETS["jobs"]:
                yield f"the end of {tell.key} is larger than its budget"
            unfit = tell.type == "media.job.failed.v1" and fact.error.code == "unsupported"
            large = tell.key == sizes.request.job_id
            if unfit and not (large and (sizes.shape == "echo" or sizes.narrow)):
                yield f"{tell.key} ended as unsupported, and it has room"
            if large and tell.type == "media.job.succeeded.v1":
                if sizes.shape == "echo":
                    yield f"{tell.key} succeeded, and no order of it has room"
                named = {lack.node_id for lack in fact.degraded}
                for role, asset in fact.outputs.items():
                    if asset.media_type == "text/plain" and asset.text is None and role not in named:
                        yield f"{tell.key} does not say that the text of {role} is left out"
