"""What an error means: another attempt, a stand-in, a gap, or the end of the job."""

from __future__ import annotations

import hashlib
import math

from catalog.models import PLACEHOLDER, Model
from planning.job import tickets
from planning.job.fitting import TooLarge
from planning.job.lifecycle import Happening, NodeStatus, next_status
from planning.job.state import Degradation, Failure, Job, Node, Replaced
from planning.recipes.table import recipe_of
from planning.routing.choose import Need, Policy, Refused, after_failure, choose
from runtime.retry import LONGEST_ASKED_S, Retry
from schemas.capabilities import CAPABILITIES, LONGEST_ATTEMPT_S
from schemas.codes import OUTAGES, ErrorCode
from schemas.log import TaskFailed, TicketEnded
from schemas.sizes import MESSAGE_CHARS

MAX_FAILURES = 4
MAX_DEATHS = 3
BACKOFF_MS = {"provider_rate_limited": 5_000, "out_of_memory": 2_000, "storage_failed": 1_000}
FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS = 500, 60_000
OUTAGE_MS = 3_600_000
"""So long a node waits for a store or a provider that is away or has enough; a job's own deadline may end it sooner."""
CANNOT_MS = 600_000
"""So long an order is offered again that no worker could do: an update of all workers takes no longer."""
FIRST_CANNOT_MS, LONGEST_CANNOT_MS = 200, 30_000
CANNOT_REMEMBERED = 16
"""So many of the workers that could not do a node are remembered."""
LACKING_IS_NO_FAILURE = 4
"""Since this plan version; of older jobs a worker that lacks the engine ends the node, also when the log is folded again."""
REASON_CHARS = 200
"""What is kept of why an engine gave a node up: a thousand nodes tell it in one event."""
_NOT_THE_ENGINES = frozenset(
    {
        ErrorCode.INVALID_REQUEST,
        ErrorCode.UNKNOWN_FIELD,
        ErrorCode.ASSET_NOT_FOUND,
        ErrorCode.ASSET_INVALID,
        ErrorCode.MODERATION_BLOCKED,
        ErrorCode.STORAGE_FAILED,
    }
)
"""What no other engine mends: the request, its inputs, or the store; and what was refused shall not be made elsewhere."""
_LACKED = ("this worker's catalogue has no engine ", "which is not installed on this worker")
"""How workers said so before they could release what they cannot do; the same code also refused the work itself."""
OUTAGES_USE_TIME = 2
"""Since this plan version; jobs that were accepted before have their four attempts, also when their log is folded again."""


def backoff_ms(job: Job, node: Node, code: str) -> int:
    """Return the pause before the next attempt: doubling, with a jitter of a quarter derived from the task."""
    return _pause_ms(job, node, code, node.failures)


def next_attempt_ms(job: Job, node: Node, event: TaskFailed, at_ms: int) -> int | None:
    """Count a failure; return when the next attempt may begin, or None when there is none.

    An error uses up one of four attempts. An outage does not: it is met again and again for an hour, ever more
    rarely, and not before the time that was asked for; work that takes longer than the hour gets four attempts too.
    """
    if event.retryable and job.plan_version >= OUTAGES_USE_TIME and event.code in OUTAGES:
        node.outages += 1
        node.outage_since_ms = node.outage_since_ms or at_ms
        asked_s = min(event.retry_after_s or 0.0, LONGEST_ASKED_S)
        retry_at_ms = at_ms + max(_pause_ms(job, node, event.code, node.outages), math.ceil(asked_s * 1000))
        until_ms = node.outage_since_ms + OUTAGE_MS
        if at_ms < until_ms:
            return min(retry_at_ms, until_ms)  # the last attempt is made when the time is over
        return retry_at_ms if node.outages < MAX_FAILURES else None
    node.failures += 1
    return at_ms + backoff_ms(job, node, event.code) if may_retry(node, retryable=event.retryable) else None


def lacks_engine(job: Job, event: TaskFailed) -> bool:
    """Whether a failure says no more than that an older worker has no such engine: today's release the order."""
    lacks = event.code == ErrorCode.ENGINE_UNAVAILABLE and any(words in event.message for words in _LACKED)
    return lacks and job.plan_version >= LACKING_IS_NO_FAILURE


def next_offer_ms(job: Job, node: Node, worker_id: str, at_ms: int) -> int | None:
    """Count a worker that could not do a node; return when the next may be asked, or None when that has gone on for long.

    It is no failure. The pause grows, so that the workers that are there do not hand the order round for nothing.
    """
    node.cannots += 1
    others = [known for known in node.cannot if known != worker_id]
    node.cannot = [*others, worker_id][-CANNOT_REMEMBERED:]
    node.cannot_since_ms = node.cannot_since_ms or at_ms
    until_ms = node.cannot_since_ms + CANNOT_MS
    if at_ms >= until_ms:
        return None
    pause = Retry(FIRST_CANNOT_MS / 1000, LONGEST_CANNOT_MS / 1000)
    return min(at_ms + int(pause.pause_s(node.cannots, _draw(job, node)) * 1000), until_ms)


def forget_cannot(node: Node) -> None:
    """Somebody could do it: whether others can is asked from the beginning."""
    node.cannots, node.cannot_since_ms, node.cannot = 0, 0, []


def next_submission_ms(job: Job, node: Node, event: TaskFailed | TicketEnded, at_ms: int) -> int | None:
    """Count the end of work that a stranger had taken, and return when it may be submitted anew, or None.

    It uses up one of four attempts whatever its code says: each may have been paid for.
    """
    node.failures += 1
    if not may_retry(node, retryable=event.retryable):
        return None
    asked_s = min(event.retry_after_s or 0.0, LONGEST_ASKED_S)
    return at_ms + max(backoff_ms(job, node, event.code), math.ceil(asked_s * 1000))


def longest_ms(node: Node) -> int:
    """Return how long one attempt may take."""
    return longest_of_ms(node.capability)


def longest_of_ms(capability: str) -> int:
    """Return how long one attempt at a capability may take; its worker ends it by itself."""
    row = CAPABILITIES.get(capability)
    return 1000 * (row.longest_attempt_s if row else LONGEST_ATTEMPT_S)


def may_retry(node: Node, *, retryable: bool) -> bool:
    """Whether the node gets another attempt after an error; work that was handed back did not fail."""
    return retryable and node.failures < MAX_FAILURES


def reschedule(node: Node, retry_at_ms: int, because: Happening, *, not_taken: bool = False) -> None:
    """Let there be another attempt. `not_taken` says that surely no stranger has the work of this one."""
    if node.status is NodeStatus.RUNNING and not node.ticket and not not_taken:
        # Its claim was written before anybody was asked: that is all that is known of it.
        node.doubtful = True
    node.status = next_status(node.status, because)
    node.attempt += 1
    node.worker_id, node.lease_until_ms, node.limit_ms = "", 0, 0
    node.retry_at_ms = retry_at_ms


def cut(message: str) -> str:
    """Return as much of a sentence about an error as is kept."""
    return message if len(message) <= MESSAGE_CHARS else f"{message[: MESSAGE_CHARS - 1]}…"


def too_large(error: TooLarge, node: Node) -> Failure:
    """Put into words that a record of a node does not fit its topic."""
    return Failure(ErrorCode.UNSUPPORTED, str(error), node.node_id)


def ends_job(job: Job, node: Node) -> bool:
    """Whether the job ends with this node: by its policy, or because nothing is left to make without it."""
    row = CAPABILITIES.get(node.capability)
    essential = (row is not None and row.essential) or recipe_of(job).essential(job, node)
    return job.on_failure == "fail" or essential


def give_up(job: Job, node: Node, failure: Failure) -> Failure | None:
    """Apply the job's policy to a node that failed for good; returns the failure that ends the job, if it does."""
    node.error = failure
    node.worker_id, node.lease_until_ms, node.limit_ms = "", 0, 0
    tickets.forget(node)
    fallback = _fallback(job, node, failure)
    if fallback is not None:
        _replace(node, fallback, failure)
        return None
    if ends_job(job, node):
        node.status = next_status(node.status, Happening.FAILED)
        return failure
    other = _other_engine(job, node)
    if other is not None:
        node.substituted, node.checkpoint = True, None
        node.engine = other.name
        node.status = next_status(node.status, Happening.SUBSTITUTED)
        node.attempt += 1
        node.retry_at_ms = 0
        _degrade(node, failure)
        return None
    node.status = next_status(node.status, Happening.FAILED)
    _degrade(node, failure)
    return None


def _fallback(job: Job, node: Node, failure: Failure) -> str | None:
    """Choose the engine that tries next: one that the acceptance declared, if the fault may be the engine's."""
    if node.pinned or node.substituted or failure.code in _NOT_THE_ENGINES:
        return None
    tried = frozenset({node.engine, *(before.engine for before in node.replaced)})
    return after_failure(job.fallbacks.get(node.capability, ()), tried)


def _replace(node: Node, engine: str, failure: Failure) -> None:
    """Give a node to another engine, which begins with all its attempts."""
    node.replaced = [
        *node.replaced,
        Replaced(node.engine, f"{failure.code}: {failure.message}"[:REASON_CHARS]),
    ]
    node.engine, node.error, node.checkpoint = engine, None, None
    node.status = next_status(node.status, Happening.SUBSTITUTED)
    node.attempt += 1
    node.retry_at_ms, node.failures, node.deaths, node.outages, node.outage_since_ms = 0, 0, 0, 0, 0
    node.checkpoint = None
    forget_cannot(node)


def _other_engine(job: Job, node: Node) -> Model | None:
    """Choose who does the work of a node that failed for good: a stand-in, once, where the request allows it.

    Candidates are the engines that the job's acceptance declared for this, and none is declared yet: what is in the
    catalogue or runs here now must not matter, or a log that is folded again would give another job.
    """
    stand_in = PLACEHOLDER if job.on_failure == "placeholder" and not node.substituted else None
    need = Need(node.capability, job.quality, failed=frozenset({node.engine}))
    found = choose(need, (), Policy(stand_in=stand_in))
    return None if isinstance(found, Refused) else found


def _pause_ms(job: Job, node: Node, code: str, failures: int) -> int:
    retry = Retry(BACKOFF_MS.get(code, FIRST_BACKOFF_MS) / 1000, LONGEST_BACKOFF_MS / 1000)
    return int(retry.pause_s(failures, _draw(job, node)) * 1000)


def _draw(job: Job, node: Node) -> float:
    """Return a number from 0 to 1 that follows from the attempt."""
    return hashlib.sha256(f"{job.job_id}/{job.run}/{node.node_id}/{node.attempt}".encode()).digest()[0] / 255


def skip(node: Node, because: str) -> None:
    """Leave out a node whose input will never come."""
    node.status = next_status(node.status, Happening.SKIPPED)
    node.degraded.append(Degradation(code="asset_not_found", message=f"left out: {because} gave nothing"))


def _degrade(node: Node, failure: Failure) -> None:
    if all(known.code != failure.code for known in node.degraded):
        node.degraded.append(Degradation(code=failure.code, message=failure.message))
