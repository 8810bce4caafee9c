"""One schedule from its plan to its verdict: broker, group, coordinators, workers and requests under one seed."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from dataclasses import dataclass

from schemas.facts import TERMINAL_TYPES, Progress
from schemas.log import LogEvent, RequestRejected
from tests.simulation.answers import begins_a_run
from tests.simulation.broker import BrokerPartition
from tests.simulation.clock import MOST_STEPS, VirtualLoop
from tests.simulation.group import Group
from tests.simulation.oracle import verdict
from tests.simulation.placing import Placing
from tests.simulation.plan import STRANGERS, Luck, Plan
from tests.simulation.process import Process
from tests.simulation.real_worker import RealWorkers
from tests.simulation.recipes import Recipes
from tests.simulation.requests import Requests
from tests.simulation.sizes import Sizes
from tests.simulation.strangers import Strangers
from tests.simulation.workers import Workers

MIXED = 0.1
"""How often coordinators of two versions share a world."""
LIMIT_S = 700.0
"""Far more than every retry, lease and pause of a small schedule takes together."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a schedule."""

    violations: tuple[str, ...]
    events: int
    steps: int
    took_s: float
    faults: Counter[str]


class World:
    """Everything that the real coordinator loop meets, and what it did there."""

    def __init__(self, plan: Plan) -> None:
        self.draw = random.Random(plan.seed)
        self.luck = Luck(plan, self.draw)
        self.loop = VirtualLoop()  # type: ignore[abstract]  # nobody here opens sockets
        count = self.draw.choice((1, 1, 2, 3))
        self.partitions = [BrokerPartition(n, self.loop, self.luck, self.draw) for n in range(count)]
        self.group = Group(count, self.loop, self.luck, self.draw)
        self.violations: list[str] = []
        self.shown: list[tuple[int, Progress]] = []
        self.timers: Counter[tuple[int, str, int]] = Counter()
        self.owners = 0
        self.mixed = self.draw.random() < MIXED
        self._processes: list[Process] = []
        self._born = 0
        self._places: dict[str, int] = {}
        self._closing = False
        self._looking = False
        self.sizes = Sizes(plan.seed)
        self.placing = Placing(self, plan.seed)
        self.recipes = Recipes()
        self.strangers = None if STRANGERS in plan.without else Strangers.of(self, plan.seed)
        self.workers = RealWorkers(self) if plan.real else Workers(self, self.draw.randint(1, 4))
        self.requests = Requests(self, plan.jobs)

    def run(self) -> Outcome:
        """Run the schedule to its end and judge it."""
        for _ in range(self.draw.choice((1, 1, 2, 3))):
            self.loop.call_soon(self._start)
        self.loop.after(self.draw.uniform(0.0, 3.0), self._disturb)
        if not self.loop.run(LIMIT_S):
            # What ends last need not be a commit, after which it is looked whether all has ended.
            left = self._unfinished() or ("it goes in a circle" if self.loop.steps >= MOST_STEPS else "")
            if left:
                self.violations.append(f"stuck: {left}")
        self._closing = True
        for process in list(self._processes):
            process.kill()
        if self.strangers is not None:
            self.strangers.pollers.close()
        if isinstance(self.workers, RealWorkers):
            self.workers.verdict()
            self.workers.close()
        self.loop.run(self.loop.time() + 1000.0)
        return Outcome(
            violations=tuple(self.violations or verdict(self)) + tuple(self.loop.complaints),
            events=sum(len(p.log) for p in self.partitions),
            steps=self.loop.steps,
            took_s=self.loop.time(),
            faults=self.luck.used,
        )

    def place(self, key: str) -> int:
        """The partition of a key."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = zlib.crc32(key.encode()) % len(self.partitions)
        return place

    def append(self, event: LogEvent, place: int | None = None) -> None:
        """Put an event on the log and wake its reader."""
        if place is None:
            place = self.place(event.request_id if isinstance(event, RequestRejected) else event.job_id)  # type: ignore[union-attr]
        self.partitions[place].append(event)
        for process in self._processes:
            process.appended(place)

    def forget_replicas(self, partition: int) -> None:
        """The topic was made anew: who follows it notices, and begins again."""
        for process in self._processes:
            process.replicas.pop(partition, None)

    def show(self, process: Process, progress: Progress) -> None:
        """Take progress as a client would."""
        self.shown.append((process.owner_of[self.place(progress.job_id)], progress))

    def gone(self, process: Process) -> None:
        """A coordinator ended: whoever looks after it starts another."""
        self._processes.remove(process)
        if not self._closing:
            self.loop.after(self.draw.uniform(0.2, 3.0), self._start)

    def look(self) -> None:
        """See in a moment whether the schedule has come to its end."""
        if not self._looking:
            self._looking = True
            self.loop.after(0.3, self._look)

    def _look(self) -> None:
        self._looking = False
        if not self._unfinished():
            self.loop.stop()

    def _unfinished(self) -> str:
        if self.requests.pending or self.workers.busy:
            return "there is work to do"
        if self.strangers is not None and self.strangers.unfinished:
            return "tickets are followed"
        late = [p.number for p in self.partitions if not p.everything_applied]
        if late:
            return f"partitions {late} are not read to their end"
        runs: Counter[tuple[str, int]] = Counter()
        for partition in self.partitions:
            for tell in partition.told():
                if begins_a_run(tell):
                    runs[tell.fact.job_id, tell.fact.run] += 1  # type: ignore[attr-defined]
                elif tell.type in TERMINAL_TYPES:
                    runs[tell.fact.job_id, tell.fact.run] -= 1  # type: ignore[attr-defined]
        open_runs = [key for key, count in runs.items() if count > 0]
        return f"{open_runs} have no end" if open_runs else ""

    def _start(self) -> None:
        if not self._closing:
            self._born += 1
            self._processes.append(Process(self, self._born))

    def _disturb(self) -> None:
        """What happens to the group from outside, now and then."""
        if self._closing or self.luck.left <= 0:
            return
        if self.luck.bad("shuffle", 0.2):
            self.group.rebalance()
        if self.luck.bad("join", 0.1) and len(self._processes) < 3:
            self._start()
        if self._processes and self.luck.bad("stop", 0.1):
            self.draw.choice(self._processes).ask_to_stop()
        if self._processes and self.luck.bad("crash", 0.1):
            self.draw.choice(self._processes).kill()
        if self.luck.bad("state_made_anew", 0.03):
            # Its writer goes on; whoever reads it next, after a rebalance at the latest, must notice.
            partition = self.draw.choice(self.partitions)
            partition.lose_state()
            self.forget_replicas(partition.number)
            self.loop.after(self.draw.uniform(0.0, 3.0), self.group.rebalance)
        self.loop.after(self.draw.uniform(0.2, 3.0), self._disturb)
