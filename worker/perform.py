"""How one order becomes assets: remembered, or fetched, made, measured and stored."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from catalog.models import PLACEHOLDER, Model, model
from engines.contract import Input, Product, Result, Task
from planning.job.fingerprint import fingerprint
from runtime.errors import (
    AssetInvalid,
    AssetNotFound,
    EngineFailed,
    EngineUnavailable,
    InvalidRequest,
    OutOfMemory,
    ReelbusError,
)
from runtime.telemetry import get_logger
from runtime.tracing import span
from schemas.assets import TEXT_BYTES, Asset
from schemas.capabilities import PARAMS, Capability
from schemas.codes import ErrorCode
from schemas.facts import Degraded, EngineUsed
from schemas.log import NodeProduct, TaskSucceeded
from schemas.orders import WorkOrder
from storage.store import Store
from worker.disk import full_disk_told
from worker.engines import Engines, not_installed
from worker.json_answers import JsonJudge
from worker.memory import give_back
from worker.report import TaskReport
from worker.result_cache import CachedResult, mark_of_run, recall, remember
from worker.threads import EngineThreads

log = get_logger(__name__)


def measured(path: Path) -> dict[str, object]:
    """Return what can be measured of a media file, in the words of `Asset`; blocking.

    Raises:
        AssetInvalid: it cannot be read back.
    """
    from engines.media.probe import probe  # brings FFmpeg: a text worker need not have it in memory

    return probe(path).asset_facts()


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What a worker works with; engines, `measure` and `tidy`, which is called after each large task, run in `threads`."""

    worker_id: str
    engines: Engines
    store: Store
    scratch: Path
    memo_across_tenants: bool
    measure: Callable[[Path], dict[str, object]] = measured
    tidy: Callable[[], None] = give_back
    threads: EngineThreads = field(default_factory=EngineThreads)


async def perform(order: WorkOrder, context: WorkerContext, report: TaskReport) -> TaskSucceeded:
    """Do what the order says and return the fact to log; nothing is lost or paid twice when it is done twice.

    Raises:
        ReelbusError: the work cannot be done, with the public code of why.
    """
    row = model(order.engine)
    if row is None:
        raise EngineUnavailable(f"this worker's catalogue has no engine {order.engine}")
    clock = asyncio.get_running_loop().time
    begun = clock()
    order = order.model_copy(update={"params": _complete(order)})
    mark = fingerprint(order, revision=row.revision, across_tenants=context.memo_across_tenants)
    done, cached = await _remembered_or_made(order, row, mark, context, report)
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
        engine=EngineUsed(name=row.name, family=row.family, model=row.name, revision=row.revision),
        fingerprint=mark,
        cached=cached,
        duration_ms=int((clock() - begun) * 1000),
        degraded=tuple(
            Degraded(node_id=order.node_id, code=ErrorCode(code), message=message)
            for code, message in done.degraded
        ),
    )


async def _remembered_or_made(
    order: WorkOrder, row: Model, mark: str, context: WorkerContext, report: TaskReport
) -> tuple[CachedResult, bool]:
    """Return the result and whether it was remembered.

    What is asked for again (`fresh`) is remembered for its run, so that a second attempt does not pay twice, and
    takes the place of what other runs find.
    """
    own = mark_of_run(mark, order) if order.fresh else mark
    found = await recall(own, context.store)
    done, cached = found.result if found is not None else None, True
    if done is None:
        made = await _make(order, row, context, report)
        done, cached = await remember(own, made, context.store, found), False
        if row.deterministic and done != made:
            log.warning("work.engine_is_not_deterministic", engine=row.name, fingerprint=mark)
    if order.fresh:
        await remember(mark, done, context.store, await recall(mark, context.store))
    return done, cached


def _complete(order: WorkOrder) -> dict[str, object]:
    """Check the parameters once more, now that references are resolved, and fill in the defaults."""
    try:
        params = PARAMS[Capability(order.capability)].model_validate_json(json.dumps(order.params)).to_json()
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


async def _make(order: WorkOrder, row: Model, context: WorkerContext, report: TaskReport) -> CachedResult:
    with full_disk_told(context.scratch), _workdir(context.scratch) as workdir:
        inputs = await _fetch(order, context.store, workdir)
        task = Task(
            task_id=order.task_id,
            capability=order.capability,
            params=order.params,
            seed=order.seed,
            inputs=inputs,
        )
        (workdir / "made").mkdir()
        schema = order.params.get("json_schema")
        judge = None if schema is None else await context.threads.run(order.task_id, _judge, schema, row)
        report.check()
        with span(f"run {row.name}", reelbus__engine=row.name, reelbus__revision=str(row.revision)):
            result = await context.threads.run(
                order.task_id, _run_engine, context.engines, row, task, workdir / "made", report
            )
        report.check()
        if judge is not None:
            main = result.products[0]
            await context.threads.run(order.task_id, judge.check, main.path, main.media_type)
        products = await asyncio.gather(*(_store(order, product, context) for product in result.products))
        return CachedResult(
            products=[
                (product.role, asset.to_json())
                for product, asset in zip(result.products, products, strict=True)
            ],
            degraded=[
                *(_degradation(note) for note in result.degraded),
                *(_cut(product) for product in result.products if _carried(product) != product.text),
            ],
        )


@contextmanager
def _workdir(scratch: Path) -> Iterator[Path]:
    """Give a folder that is there for one task."""
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="task-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _run_engine(engines: Engines, row: Model, task: Task, workdir: Path, report: TaskReport) -> Result:
    """Run blocking model code; whatever it raises becomes one of our errors here."""
    try:
        with engines.at_work(row, report.check) as engine:
            results: Sequence[Result] = engine.generate([task], workdir, report)
    except ReelbusError:
        raise
    except MemoryError as error:
        raise OutOfMemory(f"the engine {row.name} ran out of memory") from error
    except ImportError as error:  # engines import late what only some of their work needs
        raise not_installed(row, error) from error
    except Exception as error:
        log.exception("work.engine_raised", engine=row.name, task_id=task.task_id)
        raise EngineFailed(f"the engine {row.name} failed ({type(error).__name__})") from error
    if len(results) != 1 or not results[0].products:
        raise EngineFailed(f"the engine {row.name} gave no result")
    return results[0]


def _judge(schema: Mapping[str, object], row: Model) -> JsonJudge:
    """Return who lets nothing be remembered that is not the JSON that was asked for."""
    try:
        return JsonJudge(schema)
    except ImportError as error:
        raise not_installed(row, error) from error


async def _fetch(order: WorkOrder, store: Store, workdir: Path) -> dict[str, Input]:
    """Bring the inputs here, each digest verified; an asset used twice is fetched once.

    A stand-in takes those that are still there.
    """
    files: dict[str, Path] = {}
    inputs = order.every_input()
    for asset in inputs.values():
        files.setdefault(asset.sha256, workdir / f"input-{len(files)}")
    fetched: set[str] = set()
    found: set[str] = set()
    for asset in inputs.values():
        if asset.sha256 in fetched:
            continue
        fetched.add(asset.sha256)
        try:
            await store.fetch(
                asset.key, files[asset.sha256], sha256=asset.sha256, size_bytes=asset.size_bytes
            )
        except AssetNotFound as error:
            if order.engine == PLACEHOLDER.name:
                continue
            raise AssetNotFound(f"an input of {order.node_id} is no longer in the store") from error
        found.add(asset.sha256)
    return {
        pointer: Input(path=files[asset.sha256], asset=asset)
        for pointer, asset in inputs.items()
        if asset.sha256 in found
    }


async def _store(order: WorkOrder, product: Product, context: WorkerContext) -> Asset:
    """Measure a product and make it durable before anybody hears of it."""
    path, media_type, text = product.path, product.media_type, _carried(product)
    blob = await context.store.put_file(path, media_type)
    facts: dict[str, object] = {}
    if media_type.split("/")[0] in {"image", "video", "audio"}:
        try:
            facts = await context.threads.run(order.task_id, context.measure, path)
        except AssetInvalid as error:
            raise EngineFailed("the engine made a file that cannot be read back") from error
    return Asset.model_validate(
        {
            **facts,
            "asset_id": f"sha256:{blob.sha256}",
            "bucket": blob.bucket,
            "key": blob.key,
            "sha256": blob.sha256,
            "size_bytes": blob.size_bytes,
            "media_type": media_type,
            "text": text,
        },
        strict=False,
    )


def _carried(product: Product) -> str | None:
    """Return as much of a text as events may carry; JSON that was cut would be none, so it is left to the file."""
    data = (product.text or "").encode()
    if len(data) <= TEXT_BYTES:
        return product.text
    return None if product.media_type == "application/json" else data[:TEXT_BYTES].decode(errors="ignore")


def _cut(product: Product) -> tuple[str, str]:
    return (
        ErrorCode.UNSUPPORTED.value,
        f"its text of {len(product.text or '')} characters is whole in its file only",
    )


def _degradation(note: str) -> tuple[str, str]:
    """A note of an engine may begin with one of our codes and a colon."""
    code, _, rest = note.partition(":")
    return (code, rest.strip()) if code in set(ErrorCode) else (ErrorCode.UNSUPPORTED.value, note)
