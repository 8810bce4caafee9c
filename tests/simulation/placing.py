"""What coordinators hear of workers, late, lost and wrong, and how often they send one order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from planning.job.commands import Dispatch
from planning.placement.outstanding import AGAIN_AFTER_S
from schemas.choices import LANES, MODALITIES
from schemas.orders import WorkerAnnounced

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

SPEAKS_S = (0.5, 30.0)


class Placing:
    """The announcements of a world, and the orders that each owner of a partition has sent."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._draw = random.Random(
            seed
        )  # its own: what is heard of workers shall not change what else happens
        self._sent: dict[tuple[int, str], float] = {}
        self._wrong: list[str] = []

    def born(self, process: Process) -> None:
        """A coordinator begins to listen; nothing is announced to it at first."""
        self._world.loop.after(self._draw.uniform(0.0, 3.0), self._speak, process)

    def sends(self, process: Process, orders: Sequence[Dispatch]) -> None:
        """See what a coordinator is about to send.

        Whoever takes a partition over may send again what the one before it sent. Nobody sends twice by itself what
        may still be under way.
        """
        now_s = self._world.loop.time()
        for dispatch in orders:
            owner = process.owner_of.get(self._world.place(dispatch.order.job_id), 0)
            key = owner, dispatch.order.task_id
            if now_s - self._sent.get(key, -1_000.0) < AGAIN_AFTER_S - 0.001:
                self._wrong.append(f"one owner sent {dispatch.order.task_id} twice in a moment")
            self._sent[key] = now_s

    def refused(self, process: Process, orders: Sequence[Dispatch]) -> None:
        """One record of a send was too large: nobody can say which others arrived, so these go out once more at once."""
        for dispatch in orders:
            owner = process.owner_of.get(self._world.place(dispatch.order.job_id), 0)
            self._sent.pop((owner, dispatch.order.task_id), None)

    def verdict(self) -> Iterator[str]:
        """Yield what was wrong."""
        yield from self._wrong

    def _speak(self, process: Process) -> None:
        if process.dead:
            return
        draw = self._draw
        lies = bool(self._world.luck.used)  # a word is wrong only where something else is
        for pool in MODALITIES:
            if draw.random() < 0.3:
                continue  # it is lost, or comes later
            worker_id, slots = f"{pool}-{draw.randint(1, 3)}", draw.choice((1, 1, 2, 4))
            partitions = {lane: tuple(draw.sample(range(4), 2)) for lane in LANES}
            word = WorkerAnnounced(
                worker_id=worker_id,
                modality=pool,
                slots=slots,
                free=draw.randint(0, slots) if lies else 0,
                draining=draw.random() < 0.1,
                pool=draw.choice(("", pool)),
                partitions=partitions if draw.random() < 0.7 else {},
            )
            gone = draw.random() < 0.1
            process.fleet.heard(worker_id, None if gone else word, self._world.loop.time())
        self._world.loop.after(draw.uniform(*SPEAKS_S), self._speak, process)
