"""How one event changes one job: pure, total and deterministic; the broker's time is its only clock."""

from __future__ import annotations

from planning.job import advance, deferral, facts, retry, tickets
from planning.job.commands import Command, Stop
from planning.job.fitting import TooLarge, keep_texts, product_of
from planning.job.lifecycle import Happening, NodeStatus, may_happen, next_status
from planning.job.state import Failure, Job, Node
from planning.partition import records
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.identity import DEFAULT_TENANT
from schemas.log import (
    CANNOT,
    CancelMatching,
    CancelRequested,
    JobAccepted,
    LeaseRenewed,
    LogEvent,
    ReplayRequested,
    RequestRejected,
    TaskDeferred,
    TaskEvent,
    TaskFailed,
    TaskReleased,
    TaskStarted,
    TaskSucceeded,
    TicketEnded,
    TimerFired,
)
from schemas.orders import StopTask

Outcome = tuple[Job | None, list[Command]]

LEASE_RAN_OUT = "its lease ran out"
"""Why an attempt is stopped whose worker fell silent."""

SOURCES_REMEMBERED = 32
"""So many of the sources that asked for one job are known again."""
OBEYED_REMEMBERED = 32
"""So many of a job's newest cancels and replays are known again when intake, after a crash, logs them twice."""


def reduce(job: Job | None, event: LogEvent, at_ms: int) -> Outcome:
    """Return the job after `event`, and what shall be done about it.

    `at_ms` is when the broker appended the event. The given job is consumed: use the returned one. Any event in any
    state gives a state; what comes late, twice or contradicts an earlier result changes nothing.
    """
    if job is not None and job.open and job.deadline_ms and at_ms >= job.deadline_ms:
        # Also when the timer is late: nothing that the log got after the deadline counts for this run.
        late = advance.end_late(job, at_ms)
        job, commands = _reduce(job, event, at_ms)
        return job, late + commands
    return _reduce(job, event, at_ms)


def _reduce(job: Job | None, event: LogEvent, at_ms: int) -> Outcome:
    match event:
        case RequestRejected():
            return job, [facts.rejected(event, event.errors)]
        case JobAccepted():
            return _accepted(job, event, at_ms)
        case CancelRequested():
            return _cancel(job, event, at_ms)
        case CancelMatching():
            return job, _cancel_matching(job, event, at_ms) if job is not None else []
        case ReplayRequested():
            return _replay(job, event, at_ms)
    if job is None:
        return None, _stop_stale(event) if isinstance(event, TaskDeferred | TicketEnded) else []
    match event:
        case TimerFired():
            return job, _timer(job, at_ms)
        case TaskEvent() if event.run != job.run or not job.open or event.node_id not in job.nodes:
            return job, _stop_stale(event)
        case TaskStarted():
            return job, _started(job, event, at_ms)
        case LeaseRenewed():
            return job, _renewed(job, event, at_ms)
        case TaskSucceeded():
            return job, _task_succeeded(job, event, at_ms)
        case TaskFailed():
            return job, _task_failed(job, event, at_ms)
        case TaskReleased():
            return job, _released(job, event, at_ms)
        case TaskDeferred():
            return job, deferral.deferred(job, event, at_ms)
        case TicketEnded():
            return job, deferral.ticket_ended(job, event, at_ms)


def _accepted(job: Job | None, event: JobAccepted, at_ms: int) -> Outcome:
    if job is not None:
        if job.request_digest == event.request_digest:
            return job, _answer(job, event)
        problem = Problem(
            code=ErrorCode.INVALID_REQUEST,
            path="/idempotency_key",
            message="this key already belongs to a different request: use another key, or repeat that request unchanged",
        )
        return job, [facts.rejected(event, (problem,))]
    new = Job(
        job_id=event.job_id,
        request_id=event.request_id,
        idempotency_key=event.idempotency_key,
        tenant=event.tenant,
        kind=event.kind,
        request=event.request,
        request_digest=event.request_digest,
        lane=event.lane,
        quality=event.quality,
        on_failure=event.on_failure,
        seed=event.seed,
        engines=dict(event.engines),
        fallbacks={capability: list(others) for capability, others in event.fallbacks.items()},
        outputs=list(event.outputs),
        accepted_ms=at_ms,
        labels=dict(event.labels),
        inputs={address: asset.to_json() for address, asset in event.inputs.items()},
        deadline_ms=event.deadline_ms or 0,
        traceparent=event.traceparent,
        source=event.source,
        sources=[event.source] if event.source else [],
        allowed_ms=int(event.request.get("deadline_s", 0) * 1000),
        plan_version=event.plan_version,
    )
    return new, advance.begin(new, event.nodes, at_ms)


def _answer(job: Job, event: JobAccepted) -> list[Command]:
    """Tell another source that used the same id for the same request which job does it; a repeat is told nothing.

    A key that both chose to give, under ids of their own, makes the second a repeat.
    """
    same_id = event.request_id in {event.idempotency_key, job.request_id}
    if not (event.source and job.sources and same_id) or event.source in job.sources:
        return []
    job.sources = [*job.sources, event.source][-SOURCES_REMEMBERED:]
    return [facts.accepted_again(job, event)]


def _cancel(job: Job | None, event: CancelRequested, at_ms: int) -> Outcome:
    if job is None or _stranger(job, event):
        return job, [_unknown_job(event)]
    if not _first_time(job, event.note):
        return job, []
    return job, advance.end_cancelled(job, event.reason, at_ms) if job.open else []


def _cancel_matching(job: Job, event: CancelMatching, at_ms: int) -> list[Command]:
    matches = job.tenant == event.tenant and event.labels.items() <= job.labels.items()
    if not (job.open and matches and _first_time(job, event.note)):
        return []
    return advance.end_cancelled(job, event.reason, at_ms)


def _replay(job: Job | None, event: ReplayRequested, at_ms: int) -> Outcome:
    if job is None or _stranger(job, event):
        return job, [_unknown_job(event)]
    if event.note in job.obeyed:
        return job, []
    problems = []
    if job.open:
        problems.append(
            _invalid("/job_id", f"run {job.run} of this job still runs: wait for its end, or cancel it")
        )
    if not job.request:
        problems.append(_unfit())
    if event.from_node is not None and event.from_node not in job.nodes:
        problems.append(
            _invalid("/from_node", f"this job has no such node; it has {', '.join(sorted(job.nodes)[:20])}")
        )
    if problems:
        return job, [facts.rejected(event, problems)]
    _first_time(job, event.note)
    return job, advance.begin_again(job, event, at_ms)


def _stranger(job: Job, event: CancelRequested | ReplayRequested) -> bool:
    """Whether the job is another tenant's; then nobody may learn that there is one.

    What an older version took in named no tenant and was meant for any job.
    """
    return job.tenant != event.tenant and not (event.mark == "" and event.tenant == DEFAULT_TENANT)


def _first_time(job: Job, note: str) -> bool:
    """Whether this request is obeyed now; from now on it was. Its repeat must not end or begin another run."""
    if note in job.obeyed:
        return False
    job.obeyed = [*job.obeyed, note][-OBEYED_REMEMBERED:]
    return True


def _timer(job: Job, at_ms: int) -> list[Command]:
    if not job.open:
        return []
    commands: list[Command] = []
    for node in job.nodes.values():
        if node.status is NodeStatus.DEFERRED and node.expires_ms <= at_ms:
            given_up, ending = deferral.expired(job, node, at_ms)
            commands += given_up
            if ending is not None:
                return [*commands, *advance.end_failed(job, ending, at_ms)]
        if node.status is not NodeStatus.RUNNING or node.wakes_ms > at_ms:
            continue
        hangs = node.lease_until_ms > at_ms
        reason = "it takes too long" if hangs else LEASE_RAN_OUT
        commands.append(Stop(_stop(job, node.node_id, node.attempt, reason)))
        failure = _lease_expired(node) if not hangs else _too_slow(node)
        if failure is None:
            pause_ms = retry.backoff_ms(job, node, "timeout") if hangs else 0
            because = Happening.RESCHEDULED if hangs else Happening.LEASE_EXPIRED
            retry.reschedule(node, at_ms + pause_ms, because)
            continue
        ending = retry.give_up(job, node, failure)
        if ending is not None:
            return [*commands, *advance.end_failed(job, ending, at_ms)]
    return commands + advance.advance(job, at_ms)


def _lease_expired(node: Node) -> Failure | None:
    """Count a worker's death; too many of them are the task's fault."""
    node.deaths += 1
    if node.deaths < retry.MAX_DEATHS:
        return None
    return Failure("crash_loop", f"{node.deaths} workers fell silent while doing this", node.node_id)


def _too_slow(node: Node) -> Failure | None:
    """Count an attempt that did not end."""
    node.failures += 1
    if retry.may_retry(node, retryable=True):
        return None
    limit_s = retry.longest_ms(node) // 1000
    return Failure("timeout", f"{node.failures} attempts did not end within {limit_s} s", node.node_id)


def _started(job: Job, event: TaskStarted, at_ms: int) -> list[Command]:
    node = job.nodes[event.node_id]
    if not may_happen(node.status, Happening.STARTED) or event.attempt != node.attempt:
        return _stop_stale(event)
    if node.status is NodeStatus.RUNNING and node.worker_id != event.worker_id:
        return [
            Stop(
                StopTask(
                    job_id=job.job_id,
                    run=job.run,
                    node_id=node.node_id,
                    attempt=node.attempt,
                    keep_worker_id=node.worker_id,
                    reason="another worker has it",
                )
            )
        ]
    node.status = next_status(node.status, Happening.STARTED)
    node.worker_id = event.worker_id
    node.lease_until_ms = at_ms + int(event.lease_s * 1000)
    node.limit_ms = node.limit_ms or at_ms + retry.longest_ms(node)
    return advance.moved(job, at_ms)


def _renewed(job: Job, event: LeaseRenewed, at_ms: int) -> list[Command]:
    node = job.nodes[event.node_id]
    known = event.attempt == node.attempt and event.worker_id == node.worker_id
    if not (known and may_happen(node.status, Happening.RENEWED)):
        return _stop_stale(event)
    node.status = next_status(node.status, Happening.RENEWED)
    node.lease_until_ms = at_ms + int(event.lease_s * 1000)
    node.fraction = max(node.fraction, event.fraction)
    if event.checkpoint is not None:
        node.checkpoint = event.checkpoint.to_json()
    return advance.moved(job, at_ms)


def _task_succeeded(job: Job, event: TaskSucceeded, at_ms: int) -> list[Command]:
    node = job.nodes[event.node_id]
    if not may_happen(node.status, Happening.SUCCEEDED):
        return []
    commands: list[Command] = []
    if node.status is NodeStatus.RUNNING and node.worker_id != event.worker_id:
        # A slower attempt was given up too early and came first: one result is enough.
        commands.append(Stop(_stop(job, node.node_id, node.attempt, "another attempt was first")))
    if node.status is NodeStatus.DEFERRED:
        commands.append(tickets.call_off(job, node, "another attempt was first"))
    node.status = next_status(node.status, Happening.SUCCEEDED)
    tickets.forget(node)
    node.fraction = 1.0
    node.worker_id, node.lease_until_ms, node.limit_ms, node.retry_at_ms = "", 0, 0, 0
    products = [product_of(made) for made in event.products]
    node.products, node.checkpoint = [product_of(made) for made in event.products], None
    node.family, node.cached = event.engine.family, event.cached
    advance.note_degraded(node, event)
    try:
        commands += [
            facts.asset_ready(job, node, product, event, main=product is products[0]) for product in products
        ]
    except TooLarge as error:
        return commands + advance.end_failed(job, retry.too_large(error, node), at_ms)
    if any(product.text_bytes for product in products):
        keep_texts(job)
    if records.too_large(job, [node]):
        return commands + advance.end_unfit(job, advance.UNFIT, at_ms)
    return commands + advance.advance(job, at_ms)


def _task_failed(job: Job, event: TaskFailed, at_ms: int) -> list[Command]:
    node = job.nodes[event.node_id]
    if not may_happen(node.status, Happening.RESCHEDULED) or event.attempt != node.attempt:
        return []
    if node.worker_id not in {"", event.worker_id}:
        return []
    if node.status is NodeStatus.DEFERRED:
        return []  # no worker has it: whoever says so was given its order once more
    if retry.lacks_engine(job, event):
        return _cannot(job, node, event, at_ms)
    retry.forget_cannot(node)
    if event.submission == "ended":
        tickets.submit_anew(node)
        retry_at_ms = retry.next_submission_ms(job, node, event, at_ms)
    else:
        retry_at_ms = retry.next_attempt_ms(job, node, event, at_ms)
    if retry_at_ms is not None:
        retry.reschedule(node, retry_at_ms, Happening.RESCHEDULED, not_taken=event.submission != "")
        return advance.moved(job, at_ms)
    failure = Failure(code=event.code, message=retry.cut(event.message), node_id=node.node_id)
    return _given_up(job, node, failure, at_ms)


def _given_up(job: Job, node: Node, failure: Failure, at_ms: int) -> list[Command]:
    ending = retry.give_up(job, node, failure)
    if ending is not None:
        return advance.end_failed(job, ending, at_ms)
    return advance.advance(job, at_ms)


def _released(job: Job, event: TaskReleased, at_ms: int) -> list[Command]:
    node = job.nodes[event.node_id]
    if not may_happen(node.status, Happening.RELEASED) or event.attempt != node.attempt:
        return []
    if node.worker_id not in {"", event.worker_id}:
        return []
    if event.reason == CANNOT:
        return _cannot(job, node, event, at_ms)
    retry.reschedule(node, at_ms, Happening.RELEASED)
    return advance.advance(job, at_ms)


def _cannot(job: Job, node: Node, event: TaskReleased | TaskFailed, at_ms: int) -> list[Command]:
    """Offer an order again that this worker cannot do, until nobody could for long."""
    offered_ms = retry.next_offer_ms(job, node, event.worker_id, at_ms)
    if offered_ms is not None:
        retry.reschedule(node, offered_ms, Happening.RELEASED, not_taken=True)
        return advance.moved(job, at_ms)
    message = f"no worker could do this for {retry.CANNOT_MS // 60_000} minutes: {event.message}"
    failure = Failure(ErrorCode.ENGINE_UNAVAILABLE, retry.cut(message), node.node_id)
    return _given_up(job, node, failure, at_ms)


def _stop_stale(event: TaskEvent) -> list[Command]:
    """Whoever still works on what nobody waits for is told so; results and failures need no answer."""
    if isinstance(event, TaskDeferred):
        return [tickets.call_off_late(event)]
    if isinstance(event, TicketEnded):
        return [tickets.drop(event)]
    if not isinstance(event, TaskStarted | LeaseRenewed):
        return []
    stop = StopTask(
        job_id=event.job_id,
        run=event.run,
        node_id=event.node_id,
        attempt=event.attempt,
        reason="no longer wanted",
    )
    return [Stop(stop)]


def _stop(job: Job, node_id: str, attempt: int, reason: str) -> StopTask:
    return StopTask(job_id=job.job_id, run=job.run, node_id=node_id, attempt=attempt, reason=reason)


def _unknown_job(event: CancelRequested | ReplayRequested) -> Command:
    return facts.rejected(event, (_invalid("/job_id", "there is no job with this id"),))


def _unfit() -> Problem:
    message = "this job was too large to be kept: it cannot be done again"
    return Problem(code=ErrorCode.UNSUPPORTED, path="/job_id", message=message)


def _invalid(path: str, message: str) -> Problem:
    return Problem(code=ErrorCode.INVALID_REQUEST, path=path, message=message)
