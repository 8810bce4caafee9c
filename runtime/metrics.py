"""What a process counts for `/metrics`; labels take few values, never a job, a tenant or a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

T = TypeVar("T")

TASKS = Counter(
    "reelbus_tasks", "Orders that this worker ended, by how.", ("capability", "engine", "outcome")
)
"""`outcome` is `done`, `cancelled`, `released` (handed back at a stop) or a public error code."""

TASK_SECONDS = Histogram(
    "reelbus_task_seconds",
    "Seconds from taking an order to its end, remembered results left out.",
    ("capability",),
    buckets=(0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0),
)

MEMO_HITS = Counter("reelbus_memo_hits", "Orders answered from memory.", ("capability",))

COMPUTE_SECONDS = Counter(
    "reelbus_compute_seconds", "Seconds in engines, by the device they had.", ("engine", "device")
)
PRODUCED_BYTES = Counter("reelbus_produced_bytes", "Bytes of what engines made.", ("engine",))
COST_USD = Counter("reelbus_cost_usd", "Dollars, where an engine has a price.", ("engine",))

DEAD_LETTERS = Counter("reelbus_dead_letters", "Records given up.", ("reason",))

BRAKES = Gauge(
    "reelbus_brake_engaged",
    "1 where a circuit breaker is open: most of the partition fails.",
    ("topic", "partition"),
)

MEMORY_FAILURES = Counter(
    "reelbus_memory_failures",
    "Times that a partition's records did not fit into memory.",
    ("topic", "partition"),
)

JOBS = Counter("reelbus_jobs", "Runs that this coordinator ended, and requests rejected.", ("outcome",))
"""`outcome` is `succeeded`, `failed`, `cancelled` or `rejected`."""

_QUICK = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

FOLD_SECONDS = Histogram(
    "reelbus_fold_seconds", "Seconds of computing in which a batch of log events is folded.", buckets=_QUICK
)
COMMIT_SECONDS = Histogram(
    "reelbus_commit_seconds", "Seconds of a transaction of states, facts and offset.", buckets=_QUICK
)
LOST_LEASES = Counter("reelbus_lost_leases", "Attempts taken from a worker that fell silent.")

PARTITIONS_OWNED = Gauge("reelbus_partitions_owned", "Partitions that this process reads for its group.")
LOG_LAG = Gauge("reelbus_log_lag_records", "Records of the owned log partitions that are not folded yet.")
OPEN_JOBS = Gauge("reelbus_open_jobs", "Jobs of the owned log partitions that have not ended.")
TICKETS = Gauge("reelbus_tickets", "Tickets of strangers that this poller follows.")
TICKETS_OVERDUE = Gauge("reelbus_tickets_overdue", "Those of them that should have been looked at by now.")
TICKET_CHECKS = Counter("reelbus_ticket_checks", "Questions to strangers, by answer.", ("engine", "outcome"))
"""`outcome` is `pending`, `ready`, `failed`, or `unknown` where there was no answer."""
SLOTS = Gauge("reelbus_slots", "Orders that this worker can run at a time.", ("modality",))
SLOTS_FREE = Gauge("reelbus_slots_free", "Orders that this worker would take now.", ("modality",))

NODES_READY = Gauge(
    "reelbus_nodes_ready", "Nodes that are ready and wait until their pool has a free slot.", ("pool",)
)
ORDERS_UNCLAIMED = Gauge(
    "reelbus_orders_unclaimed", "Work orders that no worker has taken.", ("modality", "lane")
)
OLDEST_UNCLAIMED = Gauge(
    "reelbus_oldest_unclaimed_order_seconds", "Age of the oldest of them, 0 without.", ("modality", "lane")
)
GROUP_LAG = Gauge("reelbus_group_lag_records", "Records that a consumer group has not committed.", ("group",))
"""`group` is its last word: `intake`, `names`, a modality."""


def task_ended(capability: str, engine: str, outcome: str, duration_s: float, *, cached: bool) -> None:
    """Count one order."""
    TASKS.labels(capability, engine, outcome).inc()
    if cached:
        MEMO_HITS.labels(capability).inc()
    else:
        TASK_SECONDS.labels(capability).observe(duration_s)


def compute_ended(engine: str, device: str, seconds: float, cost_usd: float | None) -> None:
    """Count what one task took."""
    COMPUTE_SECONDS.labels(engine, device).inc(seconds)
    if cost_usd is not None:
        COST_USD.labels(engine).inc(cost_usd)


def timed(work: Iterable[T], histogram: Histogram) -> Iterator[T]:
    """Yield what `work` yields, and observe at its end how long it computed, without what others did in between."""
    spent_s = 0.0
    steps = iter(work)
    while True:
        begun = perf_counter()
        try:
            step = next(steps)
        except StopIteration:
            histogram.observe(spent_s + perf_counter() - begun)
            return
        spent_s += perf_counter() - begun
        yield step


def shown(values: dict[Gauge, Callable[[], float]]) -> Callable[[], None]:
    """Let gauges ask for their values when they are read; call what is returned when there is nobody to ask any more."""
    for gauge, value in values.items():
        gauge.set_function(value)

    def forget() -> None:
        for gauge in values:
            gauge.set_function(lambda: 0.0)

    return forget


def end_of(fact_type: str) -> str | None:
    """Return the outcome that a fact tells: of `media.job.succeeded.v1` it is `succeeded`; None where nothing ends."""
    outcome = fact_type.removeprefix("media.job.").partition(".")[0]
    return outcome if outcome in {"succeeded", "failed", "cancelled", "rejected"} else None


def count_published(types: list[str]) -> None:
    """Count the ends among facts that are committed."""
    for name in types:
        if (outcome := end_of(name)) is not None:
            JOBS.labels(outcome).inc()
