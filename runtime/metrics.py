"""What a process counts for `/metrics`; labels take few values, never a job, a tenant or a text."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

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

DEAD_LETTERS = Counter("reelbus_dead_letters", "Records given up.", ("reason",))

BRAKES = Gauge(
    "reelbus_brake_engaged", "1 where a partition rests because most of it fails.", ("topic", "partition")
)

MEMORY_FAILURES = Counter(
    "reelbus_memory_failures",
    "Times that a partition's records did not fit into memory.",
    ("topic", "partition"),
)

JOBS = Counter("reelbus_jobs", "Runs that this coordinator ended, and wishes rejected.", ("outcome",))
"""`outcome` is `succeeded`, `failed`, `cancelled` or `rejected`."""


def task_ended(capability: str, engine: str, outcome: str, duration_s: float, *, cached: bool) -> None:
    """Count one order."""
    TASKS.labels(capability, engine, outcome).inc()
    if cached:
        MEMO_HITS.labels(capability).inc()
    else:
        TASK_SECONDS.labels(capability).observe(duration_s)


def facts_told(types: list[str]) -> None:
    """Count the ends among facts that are committed: of `media.job.succeeded.v1` it counts `succeeded`."""
    for name in types:
        outcome = name.removeprefix("media.job.").partition(".")[0]
        if outcome in {"succeeded", "failed", "cancelled", "rejected"}:
            JOBS.labels(outcome).inc()
