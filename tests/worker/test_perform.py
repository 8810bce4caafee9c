from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Model
from engines.contract import Finished, Product, Result, Task
from runtime.errors import (
    AssetNotFound,
    Cancelled,
    EngineFailed,
    EngineUnavailable,
    InvalidRequest,
    OutOfMemory,
    StorageFailed,
    Unsupported,
)
from schemas.assets import Asset
from schemas.log import TaskSucceeded
from schemas.orders import WorkOrder
from storage.store import Store
from worker.context import WorkerContext
from worker.engines import Engines
from worker.perform import perform
from worker.report import TaskReport


class Scribe:
    """An engine that writes what it was told, counts its work, and can be made to fail."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.made = 0
        self.loads = 0

    def load(self, device: str) -> None:
        self.loads += 1

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        for task in tasks:
            if self.fault is not None:
                raise self.fault
            self.made += 1
            read = {pointer: given.path.read_text() for pointer, given in task.inputs.items()}
            text = json.dumps([task.params, task.seed, read], sort_keys=True)
            path = task.workdir / "words.txt"
            path.write_text(text)
            task.report.step(1, 1, "writing")
            yield Finished(
                task.task_id, Result((Product(path, "text/plain", text=text),), ("unsupported: no rhymes",))
            )


def context(store: Store, folder: Path, scribe: Scribe, **options: Any) -> WorkerContext:
    return WorkerContext(
        "w1", Engines(build=lambda _: scribe), store, folder / "scratch", options.get("across", False)
    )


def ordered(**changes: Any) -> WorkOrder:
    return WorkOrder(
        **{
            "job_id": "00000000-0000-5000-8000-00000000000a",
            "run": 1,
            "node_id": "n",
            "attempt": 1,
            "task_id": "t",
            "tenant": "default",
            "lane": "interactive",
            "quality": "draft",
            "capability": "text-generation",
            "role": "n",
            "engine": "draft-story",
            "params": {"prompt": "a fox"},
            "seed": 7,
        }
        | changes
    )


async def done(store: Store, folder: Path, scribe: Scribe, **changes: Any) -> TaskSucceeded:
    return await perform(ordered(**changes), context(store, folder, scribe), TaskReport())


async def test_work_becomes_a_durable_asset_with_its_digest(store: Store, tmp_path: Path) -> None:
    result = await done(store, tmp_path, Scribe())
    (product,) = result.products
    assert product.role == "n"
    target = tmp_path / "fetched"
    await store.fetch(
        product.asset.key, target, sha256=product.asset.sha256, size_bytes=product.asset.size_bytes
    )
    assert target.read_text() == product.asset.text
    assert [(d.code, d.message) for d in result.degraded] == [("unsupported", "no rhymes")]
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_a_full_disk_is_a_failure_of_storage_and_not_of_the_engine(
    store: Store, tmp_path: Path
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StorageFailed, match="disk of this worker is full"):
        await done(store, tmp_path, Scribe(full), seed=21)
    with pytest.raises(EngineFailed):
        await done(store, tmp_path, Scribe(OSError(errno.ENOENT, "No such file")), seed=21)


async def test_the_same_work_is_remembered_and_other_work_is_not(store: Store, tmp_path: Path) -> None:
    scribe = Scribe()
    first = await done(store, tmp_path, scribe, seed=11)
    again = await done(
        store, tmp_path, scribe, seed=11, job_id="00000000-0000-5000-8000-00000000000b", role="elsewhere"
    )
    assert (first.cached, again.cached, scribe.made) == (False, True, 1)
    assert again.products[0].role == "elsewhere"
    assert again.products[0].asset == first.products[0].asset
    for changes in ({"seed": 12}, {"tenant": "another"}, {"params": {"prompt": "a cat"}}, {"fresh": True}):
        await done(store, tmp_path, scribe, **({"seed": 11} | changes))
    assert scribe.made == 5


async def test_work_of_an_engine_that_will_go_says_so_also_when_it_was_remembered(
    store: Store, tmp_path: Path
) -> None:
    scribe = Scribe()
    active = context(store, tmp_path, scribe)
    row = active.find("draft-story")
    assert row is not None
    leaving = replace(row, lifecycle="deprecated", successor="storyteller")
    old = replace(active, find=lambda _: leaving)
    for there, said in ((active, 1), (old, 2), (active, 1)):
        result = await perform(ordered(seed=4141), there, TaskReport())
        assert len(result.degraded) == said
    last = (await perform(ordered(seed=4141), old, TaskReport())).degraded[-1]
    assert (last.code, last.message) == (
        "engine_unavailable",
        "the engine draft-story is deprecated: storyteller takes its place",
    )
    assert scribe.made == 1


async def test_a_default_that_is_spelled_out_is_the_same_work(store: Store, tmp_path: Path) -> None:
    scribe = Scribe()
    picture = {"capability": "image-generation", "engine": "draft-scene", "seed": 21}
    await done(store, tmp_path, scribe, **picture, params={"prompt": "a fox"})
    await done(store, tmp_path, scribe, **picture, params={"prompt": "a fox", "width_px": 1024})
    assert scribe.made == 1


async def test_what_a_request_leaves_unsaid_is_what_its_engine_was_made_for(
    store: Store, tmp_path: Path
) -> None:
    row = Model(
        "swift",
        ("image-generation",),
        "local",
        "engines.nowhere:Swift",
        "1",
        "Four steps.",
        runs_in="thread",
        defaults=(("steps", 4), ("tempo", 9)),
    )
    engines = Engines(build=lambda _: Scribe())
    swift = WorkerContext("w1", engines, store, tmp_path / "scratch", False, find=lambda _: row)
    marks, steps = [], []
    for said in ({}, {"steps": 4}, {"steps": 30}):
        order = ordered(
            capability="image-generation", engine="swift", params={"prompt": "a fox", **said}, seed=91
        )
        result = await perform(order, swift, TaskReport())
        told = json.loads(result.products[0].asset.text or "")[0]
        marks.append(result.fingerprint)
        steps.append(told["steps"])
        assert "tempo" not in told  # no parameter of this capability
    assert steps == [4, 4, 30]
    assert marks[0] == marks[1] != marks[2]


async def test_racing_attempts_agree_on_one_result(store: Store, tmp_path: Path) -> None:
    results = await asyncio.gather(*(done(store, tmp_path, Scribe(), seed=31) for _ in range(5)))
    assert len({r.products[0].asset.sha256 for r in results}) == 1


async def test_a_memo_whose_asset_is_gone_is_not_believed(store: Store, tmp_path: Path) -> None:
    scribe = Scribe()
    first = await done(store, tmp_path, scribe, seed=41)
    await store.delete(first.products[0].asset.key)
    assert (await done(store, tmp_path, scribe, seed=41)).products[0].asset == first.products[0].asset
    assert scribe.made == 2


async def test_an_input_is_fetched_and_one_that_is_gone_is_named(store: Store, tmp_path: Path) -> None:
    blob = await store.put_bytes(b"given words", "text/plain")
    asset = Asset(
        asset_id=f"sha256:{blob.sha256}",
        bucket=blob.bucket,
        key=blob.key,
        sha256=blob.sha256,
        size_bytes=blob.size_bytes,
        media_type="text/plain",
    )
    inputs = {"capability": "video-animation", "engine": "draft-parallax", "inputs": {"/image": asset}}
    params = {"image": asset.asset_id}
    result = await done(store, tmp_path, Scribe(), **inputs, params=params)
    assert "given words" in (result.products[0].asset.text or "")
    await store.delete(blob.key)
    with pytest.raises(AssetNotFound, match="no longer in the store"):
        await done(store, tmp_path, Scribe(), **inputs, params=params, seed=8)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ValueError("secret prompt"), EngineFailed),
        (MemoryError(), OutOfMemory),
        (EngineUnavailable("a voice model would"), EngineUnavailable),
    ],
)
async def test_what_an_engine_raises_becomes_one_of_our_errors(
    store: Store, tmp_path: Path, fault: Exception, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        await done(store, tmp_path, Scribe(fault), seed=51)
    assert "secret" not in str(caught.value)


async def test_an_unknown_engine_and_wrong_parameters_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no engine nobody"):
        await done(store, tmp_path, Scribe(), engine="nobody")
    with pytest.raises(InvalidRequest, match="prompt"):
        await done(store, tmp_path, Scribe(), params={"prompt": 5})


async def test_a_cancelled_task_stops_at_its_next_step_and_leaves_no_memo(
    store: Store, tmp_path: Path
) -> None:
    report = TaskReport()
    report.cancel("no longer wanted")
    scribe = Scribe()
    with pytest.raises(Cancelled, match="no longer wanted"):
        await perform(ordered(seed=61), context(store, tmp_path, scribe), report)
    assert not (await done(store, tmp_path, scribe, seed=61)).cached


async def test_a_size_that_the_engine_does_not_make_is_refused_before_it_is_loaded(
    store: Store, tmp_path: Path
) -> None:
    scribe = Scribe()
    row = Model(
        "shaped",
        ("image-generation",),
        "local",
        "engines.nowhere:Shaped",
        "1",
        "Paints.",
        size_multiple_px=64,
    )
    given = replace(context(store, tmp_path, scribe), find=lambda _: row)
    order = ordered(
        capability="image-generation", engine="shaped", params={"prompt": "a fox", "width_px": 1000}
    )
    with pytest.raises(
        Unsupported, match=r"/width_px: .*'shaped' does multiples of 64 px; the nearest is 1024"
    ):
        await perform(order, given, TaskReport())
    assert scribe.loads == 0
