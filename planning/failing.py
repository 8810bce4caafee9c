"""What an error means: another attempt, a stand-in, a gap, or the end of the job."""

from __future__ import annotations

import hashlib

from planning.state import Degradation, Failure, Job, Node

MAX_FAILURES = 4
MAX_DEATHS = 3
LONGEST_ATTEMPT_MS = 3_600_000
LONGEST_ATTEMPT_OF_MS = dict.fromkeys(
    ("composition", "video-generation", "video-animation", "video-upscaling", "media-transform"),
    4 * LONGEST_ATTEMPT_MS,
)
"""An attempt that takes longer hangs, though its worker renews the lease."""
BACKOFF_MS = {"provider_rate_limited": 5_000, "out_of_memory": 2_000, "storage_failed": 1_000}
ESSENTIAL = frozenset({"composition"})
"""A composition or join that failed has nothing that could stand in for it."""


def backoff_ms(job: Job, node: Node, code: str) -> int:
    """Return the pause before the next attempt: doubling, with a jitter of a quarter derived from the task."""
    base = BACKOFF_MS.get(code, 500) * 2 ** max(node.failures - 1, 0)
    draw = hashlib.sha256(f"{job.job_id}/{job.run}/{node.node_id}/{node.attempt}".encode()).digest()[0] / 255
    return int(base * (0.75 + 0.5 * draw))


def longest_ms(node: Node) -> int:
    """Return how long one attempt may take."""
    return longest_of_ms(node.capability)


def longest_of_ms(capability: str) -> int:
    """Return how long one attempt at a capability may take; its worker ends it by itself."""
    return LONGEST_ATTEMPT_OF_MS.get(capability, LONGEST_ATTEMPT_MS)


def may_retry(node: Node, *, retryable: bool) -> bool:
    """Whether the node gets another attempt after an error; work that was handed back did not fail."""
    return retryable and node.failures < MAX_FAILURES


def give_up(job: Job, node: Node, failure: Failure) -> Failure | None:
    """Apply the job's policy to a node that failed for good; returns the failure that ends the job, if it does."""
    node.error = failure
    node.worker_id, node.lease_until_ms, node.limit_ms = "", 0, 0
    if job.on_failure == "fail" or node.capability in ESSENTIAL or node.node_id == "script":
        node.status = "failed"
        return failure
    if job.on_failure == "placeholder" and not node.substituted:
        node.substituted = True
        node.engine = "placeholder"
        node.status = "waiting"
        node.attempt += 1
        node.retry_at_ms = 0
        _degrade(node, failure)
        return None
    node.status = "failed"
    _degrade(node, failure)
    return None


def skip(node: Node, because: str) -> None:
    """Leave out a node whose input will never come."""
    node.status = "skipped"
    node.degraded.append(Degradation(code="asset_not_found", message=f"left out: {because} gave nothing"))


def _degrade(node: Node, failure: Failure) -> None:
    if all(known.code != failure.code for known in node.degraded):
        node.degraded.append(Degradation(code=failure.code, message=failure.message))
