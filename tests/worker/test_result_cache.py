"""Which results are worth remembering, tried with an engine as models are: no two of its results are alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engines.contract import Finished, Product, Result, Task
from planning.job.fingerprint import fingerprint
from runtime.errors import EngineFailed, InvalidRequest, ModerationBlocked, ReelbusError
from schemas.assets import TEXT_BYTES
from schemas.log import TaskSucceeded
from schemas.orders import WorkOrder
from storage.keys import result_key
from storage.store import Store
from worker.context import WorkerContext
from worker.engines import Engines
from worker.perform import perform
from worker.report import TaskReport

ASKED = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}


class Artist:
    """Gives the answers it was told to give, one after the other, else something new each time."""

    def __init__(self, *answers: str | ReelbusError, media_type: str = "text/plain") -> None:
        self.answers = answers
        self.media_type = media_type
        self.made = 0

    def load(self, device: str) -> None:
        """Nothing to load."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        self.made += 1
        answer = self.answers[self.made - 1] if self.answers else f"result {self.made} of {id(self)}"
        if isinstance(answer, ReelbusError):
            raise answer
        path = tasks[0].workdir / "words"
        path.write_text(answer, "utf-8")
        yield Finished(tasks[0].task_id, Result((Product(path, self.media_type, text=answer),)))


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


class Desk:
    """A worker's desk with one artist."""

    def __init__(self, store: Store, folder: Path, artist: Artist) -> None:
        self.context = WorkerContext("w1", Engines(build=lambda _: artist), store, folder / "scratch", False)

    async def work(self, **changes: Any) -> TaskSucceeded:
        return await perform(ordered(**changes), self.context, TaskReport())


async def exists(store: Store, ready: TaskSucceeded) -> bool:
    return all([await store.head(product.asset.key) is not None for product in ready.products])


async def test_a_result_whose_file_is_gone_is_replaced_and_the_new_one_is_remembered(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store, tmp_path, artist := Artist())
    lost = await desk.work(seed=101)
    await store.delete(lost.products[0].asset.key)
    again = await desk.work(seed=101)
    assert await exists(store, again)
    assert again.products != lost.products
    third = await desk.work(seed=101)
    assert (third.cached, third.products, artist.made) == (True, again.products, 2)


async def test_a_result_whose_file_was_cut_short_is_not_believed(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path, artist := Artist())
    first = await desk.work(seed=102)
    key = first.products[0].asset.key
    await store.delete(key)
    other = await store.put_bytes(b"x", "text/plain")
    await store.copy(other.key, key)
    assert not (await desk.work(seed=102)).cached
    assert artist.made == 2


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"products": []}', b'{"version": 9, "results": {}}'])
async def test_a_record_that_cannot_be_read_is_replaced(store: Store, tmp_path: Path, body: bytes) -> None:
    seed = 110 + len(body)
    desk = Desk(store, tmp_path, artist := Artist())
    mark = (await desk.work(seed=seed)).fingerprint
    await store.delete(result_key(mark))
    await store.write_result(mark, body)
    again = await desk.work(seed=seed)
    assert not again.cached
    assert await exists(store, again)
    assert (await desk.work(seed=seed)).cached
    assert artist.made == 2


async def test_of_two_that_replace_the_same_useless_record_one_wins(store: Store, tmp_path: Path) -> None:
    mark = (await Desk(store, tmp_path, Artist()).work(seed=121)).fingerprint
    await store.delete(result_key(mark))
    await store.write_result(mark, b"{")
    entry = await store.read_result_entry(mark)
    assert entry is not None
    assert await store.write_result(mark, b'{"first": 1}', entry.etag) == b'{"first": 1}'
    assert await store.write_result(mark, b'{"second": 2}', entry.etag) == b'{"first": 1}'
    assert await store.read_result(mark) == b'{"first": 1}'


async def test_work_that_is_asked_for_again_is_paid_once_in_its_run_and_becomes_what_is_remembered(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store, tmp_path, artist := Artist())
    old = await desk.work(seed=131)
    new = await desk.work(seed=131, fresh=True, run=2)
    assert new.products != old.products
    retried = await desk.work(seed=131, fresh=True, run=2, attempt=2)
    assert (retried.products, artist.made) == (new.products, 2)
    later = await desk.work(seed=131, job_id="00000000-0000-5000-8000-00000000000b")
    assert (later.cached, later.products) == (True, new.products)
    assert not (await desk.work(seed=131, fresh=True, run=3)).cached


@pytest.mark.parametrize(
    ("answer", "media_type"),
    [
        ("Sorry, I cannot help with that.", "application/json"),
        ('{"title": 5}', "application/json"),
        ('{"title": NaN}', "application/json"),
        ('{"name": "a fox"}', "application/json"),
        ('{"title": "a fox"}', "text/plain"),
        ("[" * 100_000, "application/json"),
    ],
)
async def test_an_answer_that_is_not_what_was_asked_for_is_an_error_and_not_remembered(
    store: Store, tmp_path: Path, answer: str, media_type: str
) -> None:
    asked = {"params": {"prompt": "a fox", "json_schema": ASKED}, "seed": 140 + len(answer) % 97}
    with pytest.raises(EngineFailed, match="json_schema") as failed:
        await Desk(store, tmp_path, Artist(answer, media_type=media_type)).work(**asked)
    assert failed.value.retryable
    artist = Artist('{"title": "a fox"}', media_type="application/json")
    assert not (await Desk(store, tmp_path, artist).work(**asked)).cached
    assert (await Desk(store, tmp_path, artist).work(**asked)).cached


async def test_a_refusal_is_an_error_and_not_remembered(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path, Artist(ModerationBlocked(), "a fox after all"))
    with pytest.raises(ModerationBlocked):
        await desk.work(seed=151)
    assert (await desk.work(seed=151)).products[0].asset.text == "a fox after all"


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"minimum": "low"},
        {
            "$defs": {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(40)}
            | {"a40": {"type": "object"}},
            "$ref": "#/$defs/a0",
        },
    ],
    ids=["itself", "itself-inside", "no-schema", "doubles"],
)
async def test_a_schema_without_an_end_fails_its_own_task_alone(
    store: Store, tmp_path: Path, schema: dict[str, Any]
) -> None:
    artist = Artist('{"title": "a fox"}', media_type="application/json")
    with pytest.raises(InvalidRequest, match="json_schema"):
        await Desk(store, tmp_path, artist).work(seed=161, params={"prompt": "a fox", "json_schema": schema})


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"name": {"pattern": "^(a+)+$"}}},
        {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False},
    ],
)
async def test_an_unlucky_pattern_takes_no_longer_than_others(
    store: Store, tmp_path: Path, schema: dict[str, Any]
) -> None:
    long = "a" * 5_000 + "b"
    artist = Artist(json.dumps({"name": long, long: 1}), media_type="application/json")
    with pytest.raises(EngineFailed, match="does not fit"):
        await Desk(store, tmp_path, artist).work(seed=162, params={"prompt": "a fox", "json_schema": schema})


async def test_a_text_over_the_limit_is_cut_in_events_and_whole_in_its_file(
    store: Store, tmp_path: Path
) -> None:
    whole = "狐" * 40_000
    ready = await Desk(store, tmp_path, Artist(whole)).work(seed=171)
    asset = ready.products[0].asset
    assert asset.text == whole[: TEXT_BYTES // 3]
    assert asset.size_bytes == 120_000
    assert [(d.code, d.node_id) for d in ready.degraded] == [("unsupported", "n")]
    await store.fetch(asset.key, tmp_path / "whole")
    assert (tmp_path / "whole").read_text("utf-8") == whole


async def test_json_over_the_limit_is_left_to_its_file_for_half_of_it_is_none(
    store: Store, tmp_path: Path
) -> None:
    whole = json.dumps({"title": "x" * TEXT_BYTES})
    ready = await Desk(store, tmp_path, Artist(whole, media_type="application/json")).work(seed=172)
    assert ready.products[0].asset.text is None
    assert ready.products[0].asset.size_bytes == len(whole)
    assert len(ready.degraded) == 1


def test_another_format_of_results_has_keys_of_its_own() -> None:
    order = ordered()
    first = fingerprint(order, revision="1", across_tenants=False, result_format=1)
    assert first == fingerprint(order, revision="1", across_tenants=False)
    assert first != fingerprint(order, revision="1", across_tenants=False, result_format=2)
