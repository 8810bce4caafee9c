"""How one order becomes assets: remembered, or fetched, made, measured and stored."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from catalog.models import PLACEHOLDER, Model
from engines.contract import Result, Task
from engines.host.bounds import Limits
from engines.host.failures import not_installed
from engines.host.results import check_result
from planning.job.fingerprint import fingerprint, idempotency_key
from planning.routing.shapes import misshapen
from runtime.errors import (
    EngineFailed,
    EngineMissing,
    InvalidRequest,
    OutOfMemory,
    ReelbusError,
    Unsupported,
)
from runtime.metrics import PRODUCED_BYTES, compute_ended
from runtime.telemetry import get_logger
from runtime.tracing import span
from schemas.assets import Asset
from schemas.capabilities import PARAMS, Capability
from schemas.codes import ErrorCode
from schemas.facts import Compute, Degraded, EngineUsed
from schemas.log import NodeProduct, TaskDeferred, TaskSucceeded
from schemas.orders import WorkOrder
from worker.context import WorkerContext
from worker.disk import full_disk_told
from worker.engines import Engines
from worker.files import carried, cut_text, fetch_checkpoint, fetch_inputs, store_product
from worker.folders import task_folders
from worker.json_answers import JsonJudge
from worker.report import Deferral, TaskReport
from worker.result_cache import CachedResult, mark_of_run, recall, remember
from worker.submission import deferred, submit_or_fetch

ELSEWHERE = "remote"
"""What has done the work of an engine whose work a stranger does."""

log = get_logger(__name__)


async def perform(
    order: WorkOrder, context: WorkerContext, report: TaskReport
) -> TaskSucceeded | TaskDeferred:
    """Do what the order says and return the fact to log; nothing is lost or paid twice when it is done twice.

    What a stranger does meanwhile is deferred.

    Raises:
        ReelbusError: the work cannot be done, with the public code of why.
    """
    row = context.find(order.engine)
    if row is None:
        raise EngineMissing(f"this worker's catalogue has no engine {order.engine}")
    clock = asyncio.get_running_loop().time
    begun = clock()
    order = order.model_copy(update={"params": _complete(order, row)})
    _must_be_possible(row, order.params)
    mark = fingerprint(order, revision=row.revision, across_tenants=context.memo_across_tenants)
    if row.family == "remote":
        report.submission = "not_taken"
    done, compute = await _remembered_or_made(order, row, mark, context, report)
    if isinstance(done, Deferral):
        return deferred(order, context.worker_id, done)
    # Before anybody hears of them; what another tenant's equal work made is this one's too.
    await context.store.grant(order.tenant, (str(asset["sha256"]) for _, asset in done.products))
    return TaskSucceeded(
        job_id=order.job_id,
        run=order.run,
        node_id=order.node_id,
        attempt=order.attempt,
        worker_id=context.worker_id,
        products=tuple(
            NodeProduct(role=role or order.role, asset=Asset.model_validate(asset, strict=False))
            for role, asset in done.products
        ),
        engine=_used(row),
        fingerprint=mark,
        cached=compute is None,
        compute=compute,
        cost_usd=None if compute is None else row.cost_usd(compute.seconds),
        duration_ms=int((clock() - begun) * 1000),
        degraded=tuple(
            Degraded(node_id=order.node_id, code=ErrorCode.known(code), message=message)
            for code, message in (*done.degraded, *_of_lifecycle(row))
        ),
    )


def _must_be_possible(row: Model, params: Mapping[str, object]) -> None:
    """Refuse sizes and lengths that the engine cannot do, before it is loaded: those of a recipe no intake has seen.

    Raises: Unsupported.
    """
    wrong = [f"/{each.parameter}: {each}" for each in misshapen(row, params)]
    if wrong:
        raise Unsupported("; ".join(wrong))


def _used(row: Model) -> EngineUsed:
    return EngineUsed(
        name=row.name,
        family=row.family,
        model=row.provider_model or row.name,
        revision=row.revision,
        provider=row.provider or None,
    )


async def _remembered_or_made(
    order: WorkOrder, row: Model, mark: str, context: WorkerContext, report: TaskReport
) -> tuple[CachedResult | Deferral, Compute | None]:
    """Return the result, or the ticket of whoever has the work, and what it took; None when it was remembered.

    What is asked for again (`fresh`) is remembered for its run, so that a second attempt does not pay twice, and
    takes the place of what other runs find.
    """
    own = mark_of_run(mark, order) if order.fresh else mark
    found = await recall(own, context.store)
    done, compute = found.result if found is not None else None, None
    if done is None:
        made, compute = await _make(order, row, mark, context, report)
        if isinstance(made, Deferral):
            return made, None
        compute_ended(row.name, compute.device, compute.seconds, row.cost_usd(compute.seconds))
        done = await remember(own, made, context.store, found)
        if row.deterministic and done != made:
            log.warning("work.engine_is_not_deterministic", engine=row.name, fingerprint=mark)
    if order.fresh:
        await remember(mark, done, context.store, await recall(mark, context.store))
    return done, compute


def _complete(order: WorkOrder, row: Model) -> dict[str, object]:
    """Check the parameters once more, now that references are resolved, and fill in defaults: the engine's own first."""
    schema = PARAMS[Capability(order.capability)]
    own = {name: value for name, value in row.defaults if name in schema.model_fields}
    try:
        params = schema.model_validate_json(json.dumps(own | order.params)).to_json()
    except ValidationError as error:
        if order.engine == PLACEHOLDER.name:
            # What was wrong with the work is no hindrance to what stands in for it.
            wrong = {str(line["loc"][0]) for line in error.errors(include_url=False) if line["loc"]}
            return {name: value for name, value in order.params.items() if name not in wrong}
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(map(str, first["loc"]))
        raise InvalidRequest(f"{order.node_id}: parameter {place}: {first['msg']}") from error
    # The composer marks a film of draft parts in its metadata.
    return params | {"draft": True} if order.draft and order.capability == Capability.COMPOSITION else params


async def _make(
    order: WorkOrder, row: Model, mark: str, context: WorkerContext, report: TaskReport
) -> tuple[CachedResult | Deferral, Compute]:
    with full_disk_told(context.scratch), task_folders(row, context.scratch) as (given, made):
        inputs = await fetch_inputs(order, context.store, given)
        task = Task(
            task_id=order.task_id,
            capability=order.capability,
            params=order.params,
            seed=order.seed,
            workdir=made,
            report=report,
            inputs=inputs,
            idempotency_key=idempotency_key(mark, order),
            checkpoint=await fetch_checkpoint(order, context.store, given),
        )
        schema = order.params.get("json_schema")
        judge = None if schema is None else await context.threads.run(order.task_id, _judge, schema, row)
        report.check()
        with span(f"run {row.name}", reelbus__engine=row.name, reelbus__revision=str(row.revision)):
            if row.family == "remote":
                begun_s = time.perf_counter()
                answer = await submit_or_fetch(order, row, task, context, report)
                seconds = time.perf_counter() - begun_s
                if isinstance(answer, Deferral):
                    return answer, Compute(device=ELSEWHERE, seconds=round(seconds, 3))
                result = answer
            else:
                result, seconds = await _made_by(row, task, context)
        report.check()
        if judge is not None:
            main = result.products[0]
            await context.threads.run(order.task_id, judge.check, main.path, main.media_type)
        products = await asyncio.gather(
            *(store_product(order, product, context, report) for product in result.products)
        )
        PRODUCED_BYTES.labels(row.name).inc(sum(asset.size_bytes for asset in products))
        remembered = CachedResult(
            products=[
                (product.role, asset.to_json())
                for product, asset in zip(result.products, products, strict=True)
            ],
            degraded=[
                *(_degradation(note) for note in result.degraded),
                *(cut_text(product) for product in result.products if carried(product) != product.text),
            ],
        )
        device = ELSEWHERE if row.family == "remote" else context.device_of(row)
        return remembered, Compute(device=device, seconds=round(seconds, 3))


async def _made_by(row: Model, task: Task, context: WorkerContext) -> tuple[Result, float]:
    """Have the engine do its task, in a process of its own but for one that can crash nothing; count its seconds."""
    if context.hosts is not None and row.runs_in != "thread":
        return await context.hosts.run_timed(row, task)
    result, seconds = await context.threads.run(task.task_id, run_in_thread, context.engines, row, task)
    check_result(row.name, result, task.workdir, Limits().work_bytes)
    return result, seconds


def run_in_thread(engines: Engines, row: Model, task: Task) -> tuple[Result, float]:
    """Run blocking model code and count its seconds; whatever it raises becomes one of our errors here.

    Raises:
        ReelbusError: it failed, or its engine cannot be loaded.
    """
    try:
        with engines.at_work(row, task.report.check) as engine:
            begun_s = time.perf_counter()
            ended = list(engine.generate([task]))
            took_s = time.perf_counter() - begun_s
        outcome = ended[0].outcome if len(ended) == 1 else Result(())
        if isinstance(outcome, Exception):
            raise outcome
    except ReelbusError:
        raise
    except MemoryError as error:
        raise OutOfMemory(f"the engine {row.name} ran out of memory") from error
    except ImportError as error:  # engines import late what only some of their work needs
        raise not_installed(row, error.name or "") from error
    except Exception as error:
        log.exception("work.engine_raised", engine=row.name, task_id=task.task_id)
        raise EngineFailed(f"the engine {row.name} failed ({type(error).__name__})") from error
    return outcome, took_s


def _judge(schema: Mapping[str, object], row: Model) -> JsonJudge:
    """Return who lets nothing be remembered that is not the JSON that was asked for."""
    try:
        return JsonJudge(schema)
    except ImportError as error:
        raise not_installed(row, error.name or "") from error


def _of_lifecycle(row: Model) -> Iterator[tuple[str, str]]:
    """Say of an engine that will go, so that who pins it hears of it; what is remembered of it says nothing."""
    if row.lifecycle != "active":
        instead = f"{row.successor} takes its place" if row.successor else "nothing takes its place"
        yield ErrorCode.ENGINE_UNAVAILABLE.value, f"the engine {row.name} is {row.lifecycle}: {instead}"


def _degradation(note: str) -> tuple[str, str]:
    """A note of an engine may begin with one of our codes and a colon."""
    code, _, rest = note.partition(":")
    return (code, rest.strip()) if code in set(ErrorCode) else (ErrorCode.UNSUPPORTED.value, note)
