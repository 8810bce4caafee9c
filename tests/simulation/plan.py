"""What one schedule is: a seed, a size, and how many of which faults may happen in it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

FAULTS = (
    "crash",  # a coordinator dies at a port call, before or after its effect
    "pause",  # a coordinator stands still for seconds, and then goes on as if nothing had happened
    "cancel",  # a coordinator's task is cancelled while it waits for something
    "stop",  # a coordinator is asked to stop, and started again
    "join",  # one more coordinator joins the group, or one leaves
    "shuffle",  # the group gives the partitions to others
    "deaf",  # a member learns late that its partitions were taken
    "skew",  # a coordinator's clock is seconds off the broker's
    "poll_fails",
    "reread",  # the reader begins a few records too early
    "open_fails",
    "restore_fails",
    "restore_slow",  # reading a state takes many seconds
    "state_lost",  # nothing is left of the state topic: the log has to do
    "state_made_anew",  # the same under a writer that goes on
    "state_damaged",  # a stranger writes over one of its records
    "commit_fails",  # nothing was written
    "commit_hangs",  # written, never ended: the successor or the broker aborts it
    "commit_late",  # the end of the transaction arrives after its writer gave up
    "commit_unacknowledged",  # it took effect, and nobody was told
    "send_partly",  # some of it arrived, and the sender sees an error
    "send_twice",
    "send_late",
    "order_lost",  # it was acknowledged, and is gone: its topic was deleted, or kept it too short
    "compaction",
    "gap",  # offsets that hold no event: markers, unreadable records
    "log_twice",  # an event is appended again, because its acknowledgement was lost
    "request_twice",  # intake takes a request in again, seconds later
    "worker_dies_before_claim",
    "worker_dies_in_claim",  # the claim stands in the log, the order is delivered again
    "worker_dies_after_claim",
    "worker_dies_after_result",
    "worker_stalls",  # its lease runs out, and it answers all the same
    "worker_releases",
    "worker_fails",
    "worker_cannot",  # it has no such engine; an older one calls that a failure
    "provider_away",  # for a minute or three everything that is asked of a provider or the store fails
    "delivered_twice",  # a rebalance gives a claimed order to another worker
    "stop_lost",  # a worker never hears that it shall stop
    "worker_crash",  # from here on: real workers. One dies at an await
    "worker_pause",  # one stands still with all its threads, and goes on as if nothing had happened
    "worker_stop",  # one is asked to stop, and another is started
    "worker_shuffle",  # a group gives the partitions to others
    "worker_joins",
    "join_fails",
    "poll_breaks",
    "offset_commit_fails",  # nothing was committed
    "offset_commit_waits",
    "offset_commit_unacknowledged",
    "publish_fails",
    "publish_unacknowledged",  # it took effect, and nobody was told
    "engine_deaf",  # it does not look whether it shall stop
    "engine_never_returns",  # nothing brings it back
    "host_cannot_start",  # from here to host_stays: engines in hosts. There are no processes left
    "host_cannot_load",
    "host_dies",
    "host_stays",  # it does not end when it is told to unload
    "engine_unwanted",  # an operator has it unloaded, whatever it does
    "store_slow",
    "store_fails",  # nothing was written or read
    "store_answer_lost",  # it took effect, and nobody was told
    "store_away",  # for seconds nobody has an answer
    "stranger_busy",  # from here on: work that a stranger does. It takes nothing now
    "stranger_answer_lost",  # it took the work, and nobody was told
    "stranger_hangs",
    "stranger_fails",
    "stranger_forgets",
    "stranger_lies",  # it says that there is a result, and has none
    "stranger_away",
    "ticket_late",  # the log hears of it when another attempt is at work
    "poller_crash",
    "poller_pause",  # one stands still, and another follows its tickets meanwhile
    "poller_not_heard",
    "poller_not_acknowledged",
    "memo_stale",  # what is remembered of the work has lost its files, or cannot be read
)


STRANGERS = "strangers"
"""Left out of a plan like a fault: then no world has a stranger that does its work."""
HOSTS = "hosts"
"""Likewise: then no world has engines in hosts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule: two runs of equal plans are the same, event by event."""

    seed: int
    jobs: int = 3
    faults: int = 12
    without: frozenset[str] = frozenset()

    @property
    def real(self) -> bool:
        """Whether its workers are real ones: so it is in every fourth schedule, for they take most of the time."""
        return self.seed % 4 == 3

    def command(self) -> str:
        """The command that runs exactly this schedule again."""
        words = ["python -m tests.simulation --replay", str(self.seed), "--jobs", str(self.jobs)]
        words += ["--faults", str(self.faults)]
        if self.without:
            words += ["--without", ",".join(sorted(self.without))]
        return " ".join(words)


@dataclass(slots=True)
class Luck:
    """Draws what goes wrong; when the plan's faults are used up the world is healthy."""

    plan: Plan
    random: random.Random
    used: Counter[str] = field(default_factory=Counter)
    left: int = 0
    heat: float = 1.0

    def __post_init__(self) -> None:
        self.left = self.random.randint(0, self.plan.faults)
        self.heat = self.random.choice((0.3, 1.0, 1.0, 2.5))

    def bad(self, fault: str, probability: float) -> bool:
        """Whether this goes wrong now."""
        draw = self.random.random()
        if draw >= probability * self.heat or self.left <= 0 or fault in self.plan.without:
            return False
        self.left -= 1
        self.used[fault] += 1
        return True
