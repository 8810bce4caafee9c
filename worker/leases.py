"""How long a worker may be silent: the lease of an attempt grows with its age, so long work hardly writes to the log."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from runtime.errors import BusUnreachable
from schemas.assets import Asset
from schemas.orders import WorkOrder
from worker.checkpoints import Checkpoints
from worker.events import TaskEvents
from worker.report import TaskReport

STAGES = (2.0, 5.0, 10.0)
"""Later leases, as multiples of the first: 6 s, then 12, 30 and 60."""
LOOK_S = 0.25
PROGRESS_STEP = 0.01
"""Progress is told at most every LOOK_S, and when it moved by at least a percent."""
LONGEST_S = 60.0
"""No death of an old attempt is noticed later than this; a first lease that is longer stays as it is."""


def lease_s(first_s: float, age_s: float) -> float:
    """Return the lease of an attempt of this age: the longest stage that it has lasted already.

    So a death is noticed after `first_s` at first, and later within the time that the attempt had gone on: it never
    costs more than twice what was lost anyway.
    """
    grown = [min(first_s * stage, LONGEST_S) for stage in STAGES]
    return max([first_s, *(lease for lease in grown if lease <= age_s)])


def margin_s(first_s: float, lease_s: float) -> float:
    """Return how long before the end of a lease it is renewed: what a broker may be away for without costing it.

    Two thirds of the first lease, as when all were alike, or a tenth of a long one where that is more.
    """
    return max(first_s * 2 / 3, lease_s / 10)


@dataclass(slots=True)
class Lease:
    """One attempt's lease as its worker knows it; `begun_s` and all times are of the worker's own clock."""

    first_s: float
    begun_s: float
    renew_at_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.renew_at_s = self.begun_s + self.first_s - margin_s(self.first_s, self.first_s)

    def renewed(self, now_s: float) -> float:
        """Return the lease that is asked for now, and plan the next."""
        granted_s = lease_s(self.first_s, now_s - self.begun_s)
        self.renew_at_s = now_s + granted_s - margin_s(self.first_s, granted_s)
        return granted_s

    def failed(self, now_s: float, pause_s: float) -> None:
        """A renewal did not arrive: the old lease goes on, and there is another try in time."""
        self.renew_at_s = now_s + pause_s


async def keep_lease(
    order: WorkOrder,
    report: TaskReport,
    events: TaskEvents,
    first_s: float,
    checkpoints: Checkpoints,
) -> None:
    """Renew the lease in time, ever more rarely, and tell progress in between; a checkpoint is told at once."""
    clock = asyncio.get_running_loop().time
    lease = Lease(first_s, clock())
    told = 0.0
    checkpoint: Asset | None = None
    while True:
        await asyncio.sleep(LOOK_S)
        fraction, stage = report.look()
        with contextlib.suppress(BusUnreachable):
            if fraction - told >= PROGRESS_STEP:
                told = fraction
                await events.progress(order, report.number(), fraction, stage)
        checkpoint = checkpoints.stored() or checkpoint
        if checkpoint is not None or clock() >= lease.renew_at_s:
            try:
                await events.renewed(order, fraction, lease.renewed(clock()), checkpoint)
                checkpoint = None
            except BusUnreachable:
                lease.failed(clock(), LOOK_S)
