"""What the world is told about a job: its public facts, with ids that are the same however often they are derived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from planning.job.commands import PublishFact, PublishProgress
from planning.job.fitting import (
    TooLarge,
    Unhappy,
    bare_accepted,
    bare_ending,
    fit_accepted,
    fit_asset,
    fit_ending,
    fit_rejected,
    texts_left_out,
    without_text,
)
from planning.job.state import Failure, Job, Node, Product
from planning.recipes.table import recipe_of
from schemas import facts, identity
from schemas.assets import Asset
from schemas.base import Fact
from schemas.choices import BEST
from schemas.codes import ErrorCode
from schemas.log import Asked, TaskSucceeded


def accepted(job: Job) -> PublishFact:
    """The run begins, with the nodes known so far."""
    fact = facts.JobAccepted(
        job_id=job.job_id,
        run=job.run,
        tenant=job.tenant,
        kind=job.kind,
        labels=job.labels,
        request_id=job.request_id,
        request_source=job.source or None,
        request_digest=job.request_digest if job.source else None,
        idempotency_key=job.idempotency_key,
        nodes=tuple(
            facts.PlannedNode(node_id=n.node_id, capability=n.capability, needs=tuple(n.needs))
            for n in job.nodes.values()
        ),
    )
    return _tell(
        job,
        identity.event_id("media.job.accepted.v1", job.job_id, job.run),
        "media.job.accepted.v1",
        fit_accepted(fact),
    )


def accepted_again(job: Job, request: Asked) -> PublishFact:
    """The run that another's equal request began is the answer to this request too."""
    told = accepted(job)
    mine = {"request_id": request.request_id, "request_source": request.source or None}
    return replace(
        told,
        event_id=identity.event_id(told.type, job.job_id, job.run, request.note),
        fact=told.fact.model_copy(update=mine),
    )


def rejected(request: Asked, errors: Sequence[facts.Problem]) -> PublishFact:
    """The request is refused, with everything that is wrong with it."""
    return PublishFact(
        event_id=identity.rejected_event_id(request.request_id, request.mark),
        type="media.job.rejected.v1",
        key=request.request_id,
        fact=fit_rejected(
            facts.JobRejected(
                request_id=request.request_id,
                request_source=request.source or None,
                tenant=request.tenant,
                errors=tuple(errors),
            )
        ),
    )


def asset_ready(job: Job, node: Node, product: Product, event: TaskSucceeded, *, main: bool) -> PublishFact:
    """One accepted asset; what the work took is told with its `main` one.

    Raises:
        TooLarge: not even without its text it fits a record.
    """
    fact = facts.AssetReady(
        job_id=job.job_id,
        run=job.run,
        node_id=node.node_id,
        role=product.role,
        capability=node.capability,
        asset=_asset(product),
        engine=event.engine,
        fingerprint=event.fingerprint,
        cached=event.cached,
        compute=event.compute if main else None,
        cost_usd=event.cost_usd if main else None,
    )
    return _tell(
        job,
        identity.event_id("media.asset.ready.v1", job.job_id, job.run, node.node_id, product.role),
        "media.asset.ready.v1",
        fit_asset(fact),
    )


def succeeded(job: Job) -> PublishFact:
    """The run ended well.

    Raises:
        TooLarge: not even without their texts its results fit a record.
    """
    fact = facts.JobSucceeded(
        job_id=job.job_id,
        run=job.run,
        labels=job.labels,
        outputs=outputs(job),
        duration_ms=job.ended_ms - job.accepted_ms,
        draft=any(node.family == "draft" for node in job.nodes.values()),
        substitutions=tuple(_substitutions(job)),
        degraded=(
            *(
                facts.Degraded(node_id=node.node_id, code=ErrorCode.known(lack.code), message=lack.message)
                for node in job.nodes.values()
                for lack in node.degraded
            ),
            *_drafts(job),
            *texts_left_out(job),
        ),
    )
    return _end(job, "media.job.succeeded.v1", fit_ending(fact, _makers(job)))


def failed(job: Job, failure: Failure, *, bare: bool = False) -> PublishFact:
    """The run ended without its result; `bare` also without what it has made."""
    code = ErrorCode.known(failure.code)
    error = facts.JobError(
        code=code, message=failure.message, node_id=failure.node_id, retryable=code.retryable
    )
    fact = facts.JobFailed(
        job_id=job.job_id,
        run=job.run,
        labels=job.labels,
        error=error,
        outputs=outputs(job),
        degraded=texts_left_out(job) or None,
    )
    return _end(job, "media.job.failed.v1", bare_ending(fact) if bare else _fitting(fact, job))


def cancelled(job: Job, reason: str) -> PublishFact:
    """The run was ended by a request."""
    fact = facts.JobCancelled(
        job_id=job.job_id,
        run=job.run,
        labels=job.labels,
        reason=reason,
        outputs=outputs(job),
        degraded=texts_left_out(job) or None,
    )
    return _end(job, "media.job.cancelled.v1", _fitting(fact, job))


def bare(told: PublishFact) -> PublishFact:
    """The same fact without what may make it large: the nodes of an acceptance, the text of an asset."""
    match told.fact:
        case facts.JobAccepted() as fact:
            return replace(told, fact=bare_accepted(fact))
        case facts.AssetReady() as fact:
            return replace(told, fact=fact.model_copy(update={"asset": without_text(fact.asset)}))
    return told


def progress(job: Job, at_ms: int) -> PublishProgress:
    """How far the job is, and when it may be done at this pace."""
    eta_s = None
    if 0.05 <= job.job_fraction < 1.0:
        eta_s = round((at_ms - job.accepted_ms) / 1000 * (1 - job.job_fraction) / job.job_fraction, 1)
    return PublishProgress(
        facts.Progress(
            job_id=job.job_id,
            run=job.run,
            seq=job.seq,
            stage=job.stage,
            message=job.stage,
            job_fraction=round(job.job_fraction, 4),
            eta_s=eta_s,
        )
    )


def outputs(job: Job) -> dict[str, Asset]:
    """The assets of the job's output nodes, by role."""
    return {
        product.role: _asset(product)
        for name in recipe_of(job).chosen_outputs(job)
        if name in job.nodes
        for product in job.nodes[name].products
    }


def _substitutions(job: Job) -> Iterator[facts.Substitution]:
    """Say of each node that another engine made than was chosen for it."""
    for node in job.nodes.values():
        if node.replaced and node.done and not node.substituted:
            yield facts.Substitution(
                node_id=node.node_id,
                capability=node.capability,
                chosen=node.replaced[0].engine,
                used=node.engine,
                reason="; ".join(before.reason for before in node.replaced),
            )


def _drafts(job: Job) -> Iterator[facts.Degraded]:
    """Name the parts that are drafts although the best was wanted."""
    if job.request.get("quality") != BEST:
        return
    for node in job.nodes.values():
        if node.done and node.family == "draft" and not node.substituted:
            message = f"a draft by {node.engine}: nothing better was offered for {node.capability}"
            yield facts.Degraded(node_id=node.node_id, code=ErrorCode.ENGINE_UNAVAILABLE, message=message)


def _asset(product: Product) -> Asset:
    return Asset.model_validate(product.asset, strict=False)


def _makers(job: Job) -> dict[str, str]:
    """Which node gave each output."""
    chosen = recipe_of(job).chosen_outputs(job)
    return {p.role: n for n in chosen if n in job.nodes for p in job.nodes[n].products}


def _fitting(fact: Unhappy, job: Job) -> Unhappy:
    """An end that is no success is told in any case, without outputs if they do not fit."""
    try:
        return fit_ending(fact, _makers(job))
    except TooLarge:
        return bare_ending(fact)


def _end(job: Job, type_: str, fact: Fact) -> PublishFact:
    # One terminal id per run, whatever the outcome: a second ending is a repeat that readers drop.
    return _tell(job, identity.terminal_event_id(job.job_id, job.run), type_, fact)


def _tell(job: Job, event_id: str, type_: str, fact: Fact) -> PublishFact:
    return PublishFact(event_id=event_id, type=type_, key=job.job_id, fact=fact, traceparent=job.traceparent)
