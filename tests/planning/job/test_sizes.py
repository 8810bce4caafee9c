"""Every record that follows from a request has its budget, whatever the request, and a job ends when one has not."""

from __future__ import annotations

import json

import pytest

from planning.job.commands import Command, Dispatch, PublishFact
from planning.job.fitting import TooLarge, fit_result
from planning.job.order import order, written
from planning.job.reduce import reduce
from planning.job.state import Job, Product
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import parts_of
from schemas.assets import Asset
from schemas.codes import ErrorCode
from schemas.facts import Degraded, Problem
from schemas.log import (
    CancelRequested,
    LogEvent,
    NodeProduct,
    ReplayRequested,
    RequestRejected,
    TaskSucceeded,
)
from schemas.orders import WorkOrder
from schemas.sizes import BUDGETS, JOB_RECORD_BYTES
from tests.planning.amplifying import address, album, echoes, gifts, given, texts
from tests.planning.jobs import History, accepted, asset, failed, folded, ready, ready_orders, started

CHINESE = "故" * 2_000


class Quick(History):
    """A history that keeps its job open in memory: those of a thousand nodes are folded a thousand times."""

    now: Job | None = None

    def add(self, event: LogEvent, *, after_ms: int = 10) -> list[Command | Dispatch]:
        self.at_ms += after_ms
        self.now, told = reduce(self.now, event, self.at_ms)
        commands = [*told, *ready_orders(self.now, self._sent)]
        self.job_id = self.job.job_id
        self.commands += commands
        return commands

    @property
    def job(self) -> Job:
        assert self.now is not None
        return self.now


def sizes(history: History) -> dict[str, int]:
    """The largest record of each topic that a history has led to."""
    found: dict[str, int] = {"state": max(len(part) for part in parts_of(history.job).values())}
    for command in history.commands:
        match command:
            case Dispatch():
                found["tasks"] = max(found.get("tasks", 0), len(command.order.to_bytes()))
            case PublishFact():
                topic = "assets" if command.type == "media.asset.ready.v1" else "jobs"
                found[topic] = max(found.get(topic, 0), len(command.fact.to_bytes()))
    return found


def within(history: History) -> bool:
    return all(size <= BUDGETS[topic] for topic, size in sizes(history).items())


def answer(history: History, text: str = "", **facts: object) -> None:
    """Answer every order, with this text where one is asked for."""
    done = 0
    while orders := [c.order for c in history.commands if isinstance(c, Dispatch)][done:]:
        for each in orders:
            done += 1
            made = (
                asset(each.node_id, "text/plain", text=text)
                if text and "text-gen" in each.capability
                else None
            )
            history.add(started(each))
            history.add(ready(each, made=made))


def end(history: History) -> dict[str, object]:
    """The last fact of the job."""
    last = [c for c in history.commands if isinstance(c, PublishFact) and c.key == history.job_id][-1]
    assert last.type.split(".")[2] in {"succeeded", "failed", "cancelled"}
    return {"type": last.type} | last.fact.to_json()


def test_a_picture_that_is_shown_9_500_times_is_sent_once() -> None:
    history = Quick()
    history.add(accepted(album(9_500)))
    answer(history)
    sent = history.order_of("b")
    assert len(sent.to_bytes()) < 2_000_000
    assert len(sent.inputs) == 1
    places = sent.every_input()
    assert len(places) == 9_500
    assert len(set(places.values())) == 1
    clips = sent.params["timeline"]["tracks"][0]["clips"]
    assert {clip["source"] for clip in clips} == {next(iter(places.values())).asset_id}
    assert end(history)["type"] == "media.job.succeeded.v1"
    assert within(history)


def test_an_order_that_an_earlier_version_wrote_is_read() -> None:
    history = Quick()
    history.add(accepted(album(3)))
    answer(history)
    new = history.order_of("b")
    old = new.to_json() | {"inputs": {at: a.to_json() for at, a in new.every_input().items()}}
    del old["again"]
    assert WorkOrder.model_validate_json(json.dumps(old)).every_input() == new.every_input()


def test_two_assets_with_equal_bytes_under_other_names_stay_two() -> None:
    one = asset("x")
    other = one.model_copy(update={"media_type": "image/webp"})
    request = {"kind": "composition", "timeline": gifts(2)["timeline"]}
    history = Quick()
    history.add(given(request, {address(0): one, address(1): other}))
    assert {a.media_type for a in history.order_of("result").every_input().values()} == {
        "image/png",
        "image/webp",
    }


def test_a_thousand_chinese_texts_end_in_a_fact_that_names_those_it_leaves_out() -> None:
    history = Quick()
    history.add(accepted(texts(1_000)))
    answer(history, CHINESE)
    ended = end(history)
    assert ended["type"] == "media.job.succeeded.v1"
    outputs = ended["outputs"]
    left_out = {name for name, made in outputs.items() if "text" not in made}  # type: ignore[attr-defined]
    assert 0 < len(left_out) < 1_000
    assert {lack["node_id"] for lack in ended["degraded"]} == left_out  # type: ignore[attr-defined]
    assert len(outputs) == 1_000  # type: ignore[arg-type]
    assert within(history)


def test_the_longest_texts_are_left_out_first() -> None:
    history = Quick()
    history.add(accepted(texts(40)))
    for number, each in enumerate([c.order for c in history.commands if isinstance(c, Dispatch)]):
        history.add(started(each))
        history.add(ready(each, made=asset(each.node_id, "text/plain", text="故" * (1_000 + 1_500 * number))))
    outputs = end(history)["outputs"]
    kept = [len(made["text"]) for made in outputs.values() if "text" in made]  # type: ignore[attr-defined]
    assert kept == sorted(kept)
    assert len(kept) == max(kept) // 1_500 + 1  # all that are shorter than the longest of them


def test_a_few_results_of_escaped_characters_have_room_in_the_state() -> None:
    history = Quick()
    history.add(accepted(texts(16)))
    answer(history, "\x01" * 65_536)
    assert end(history)["type"] == "media.job.succeeded.v1"
    assert within(history)


def test_texts_that_others_ask_for_are_kept_until_they_have_them() -> None:
    nodes = {f"t{n}": {"capability": "text-generation", "params": {"prompt": "a"}} for n in range(30)}
    nodes |= {
        f"s{n}": {
            "capability": "text-to-text",
            "params": {"text": {"$from": f"t{n}", "field": "text"}, "instruction": "shorten"},
            "needs": [f"t{m}" for m in range(30)],  # type: ignore[dict-item]
        }
        for n in range(30)
    }
    history = Quick()
    history.add(accepted({"kind": "graph", "nodes": nodes}))
    answer(history, "故" * 60_000)
    assert end(history)["type"] == "media.job.succeeded.v1"
    assert within(history)


@pytest.mark.parametrize("policy", ["fail", "partial", "placeholder"])
def test_a_job_whose_order_is_too_large_ends_and_says_which_node_it_was(policy: str) -> None:
    history = Quick()
    history.add(accepted(echoes(1_000) | {"on_failure": policy}))
    answer(history, "故" * 60_000)
    ended = end(history)
    assert ended["type"] == "media.job.failed.v1"
    error = ended["error"]
    assert (error["code"], error["node_id"]) == ("unsupported", "b")  # type: ignore[index]
    assert str(BUDGETS["tasks"]) in error["message"]  # type: ignore[index]
    assert within(history)


def test_an_order_is_measured_before_its_texts_become_bytes() -> None:
    history = Quick()
    history.add(accepted(echoes(50_000)))
    # 3.2 GB, if it was ever written down:
    history.add(ready(history.order_of("a"), made=asset("a", "text/plain", text="x" * 65_000)))
    assert end(history)["error"]["code"] == "unsupported"  # type: ignore[index]


def test_a_replay_of_a_job_whose_order_was_too_large_ends_the_same_way() -> None:
    history = Quick()
    history.add(accepted(echoes(1_000)))
    answer(history, "故" * 60_000)
    history.add(ReplayRequested(job_id=history.job_id, request_id="again", tenant="default"))
    answer(history, "故" * 60_000)
    assert history.job.run == 2
    assert end(history)["error"]["code"] == "unsupported"  # type: ignore[index]


def test_a_job_that_is_cancelled_or_fails_names_the_texts_that_it_leaves_out() -> None:
    for last in ("cancel", "fail"):
        history = Quick()
        history.add(accepted(texts(101)))
        orders = [c.order for c in history.commands if isinstance(c, Dispatch)]
        for each in orders[:100]:
            history.add(ready(each, made=asset(each.node_id, "text/plain", text="故" * 20_000)))
        if last == "cancel":
            history.add(
                CancelRequested(job_id=history.job_id, request_id="c", tenant="default", reason="enough")
            )
        else:
            history.add(failed(orders[100], retryable=False))
        ended = end(history)
        left_out = {name for name, made in ended["outputs"].items() if "text" not in made}  # type: ignore[attr-defined]
        assert left_out
        assert {lack["node_id"] for lack in ended["degraded"]} == left_out  # type: ignore[attr-defined]
        assert within(history)


def test_an_end_without_long_texts_is_as_it_was() -> None:
    history = Quick()
    history.add(accepted(texts(2)))
    history.add(CancelRequested(job_id=history.job_id, request_id="c", tenant="default", reason="enough"))
    assert set(end(history)) == {"type", "job_id", "run", "labels", "reason", "outputs"}


def test_a_thousand_nodes_that_failed_with_long_messages_end_in_one_fact() -> None:
    history = Quick()
    history.add(accepted(texts(1_000) | {"on_failure": "partial"}))
    orders = [c.order for c in history.commands if isinstance(c, Dispatch)]
    history.add(ready(orders[0]))
    for each in orders[1:]:
        event = failed(each, retryable=False)
        history.add(event.model_copy(update={"message": "\x01" * 1_000_000}))
    ended = end(history)
    assert ended["type"] == "media.job.succeeded.v1"
    assert {lack["node_id"] for lack in ended["degraded"]} >= {each.node_id for each in orders[1:]}  # type: ignore[attr-defined]
    assert within(history)


def test_a_worker_with_a_thousand_notes_cannot_fill_a_state() -> None:
    history = Quick()
    history.add(accepted(texts(1)))
    notes = tuple(
        Degraded(node_id="t0", code=ErrorCode.UNSUPPORTED, message=f"{n}" + "x" * 3_000) for n in range(1_000)
    )
    event = ready(history.order_of("t0")).model_copy(update={"degraded": notes})
    history.add(event)
    assert end(history)["type"] == "media.job.succeeded.v1"
    assert within(history)


def test_a_refusal_of_thousands_of_problems_tells_the_first_of_them() -> None:
    problems = tuple(
        Problem(code=ErrorCode.UNSUPPORTED, path=f"/items/{n}", message="x" * 1_000) for n in range(4_000)
    )
    partition = Partition({}, 0)
    refused = RequestRejected(request_id="r", tenant="default", errors=problems)
    (told,) = folded(partition, LogEntry(0, 1_000, refused))[0].facts
    assert len(told.fact.to_bytes()) <= BUDGETS["jobs"]
    assert told.fact.errors[0] == problems[0]  # type: ignore[attr-defined]
    assert "more" in told.fact.errors[-1].message  # type: ignore[attr-defined]


def test_a_result_too_large_for_the_log_leaves_its_longest_texts_out() -> None:
    event = _result(12, "\x01" * 65_536)
    small = fit_result(event)
    assert len(small.to_bytes()) <= BUDGETS["log"]
    left_out = [p.role for p in small.products if p.asset.text is None]
    assert 0 < len(left_out) < 12
    assert len(small.degraded) == len(left_out)


def test_a_result_that_is_too_large_without_texts_cannot_be_told() -> None:
    with pytest.raises(TooLarge):
        fit_result(_result(12_000, None))


def test_a_result_that_has_room_stays_as_it_is() -> None:
    event = _result(2, "text")
    assert fit_result(event) is event


def _result(products: int, text: str | None) -> TaskSucceeded:
    history = Quick()
    history.add(accepted(texts(1)))
    made = asset("a", "text/plain", text=text)
    return ready(history.order_of("t0")).model_copy(
        update={"products": tuple(NodeProduct(role=f"r{n}", asset=made) for n in range(products))}
    )


@pytest.mark.parametrize("batch", [1, 2, 7, 1_000])
def test_where_a_job_ends_does_not_depend_on_how_its_events_are_read(batch: int) -> None:
    """A rebuild folds the log in other pieces than those in which it came."""
    log: list[LogEvent] = [accepted(echoes(1_000)), accepted(texts(20), key="other")]
    history = Quick()
    history.add(log[0])
    for each in [c.order for c in history.commands if isinstance(c, Dispatch)]:
        made = asset("a", "text/plain", text="故" * 60_000) if each.node_id == "a" else None
        log += [started(each), ready(each, made=made)]
    partition = Partition({}, 0)
    told: list[PublishFact] = []
    for begin in range(0, len(log), batch):
        events = [LogEntry(begin + i, 1_000, event) for i, event in enumerate(log[begin : begin + batch])]
        told += folded(partition, *events)[0].facts
    assert [(t.key == history.job_id, t.type) for t in told if "failed" in t.type] == [
        (True, "media.job.failed.v1")
    ]
    expected = Partition({}, 0)
    folded(expected, *(LogEntry(i, 1_000, event) for i, event in enumerate(log)))
    assert partition.entries == expected.entries


def test_a_job_that_grew_too_large_is_not_begun_again() -> None:
    request = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
    history = Quick()
    history.add(
        accepted(request).model_copy(update={"request": request | {"labels": {"a": "x" * JOB_RECORD_BYTES}}})
    )
    assert end(history)["error"]["code"] == "unsupported"  # type: ignore[index]
    assert within(history)
    history.add(ReplayRequested(job_id=history.job_id, request_id="again", tenant="default"))
    (told,) = history.told("media.job.rejected.v1")
    assert told.errors[0].code == "unsupported"  # type: ignore[attr-defined]


def test_an_asset_with_a_description_without_end_ends_its_job_alone() -> None:
    history = Quick()
    history.add(accepted(texts(1)))
    made = Asset.model_validate(asset("a").to_json() | {"media_type": "image/" + "x" * 900_000}, strict=False)
    history.add(ready(history.order_of("t0"), made=made))
    assert end(history)["error"]["code"] == "unsupported"  # type: ignore[index]
    assert within(history)


def test_an_order_is_never_too_large_to_be_sent_once_more() -> None:
    history = Quick()
    history.add(accepted(album(40_000)))
    picture = next(c.order for c in history.commands if isinstance(c, Dispatch))
    history.add(ready(picture))
    job = history.job
    job.nodes["a"].products = []
    assert end(history)["error"]["code"] == "unsupported"  # type: ignore[index]
    fresh = Quick()
    fresh.add(accepted(album(40_000)))
    fresh_job = fresh.job
    fresh_job.nodes["a"].products = [Product("a", asset("a").to_json())]
    assert len(written(fresh_job, fresh_job.nodes["b"]).to_bytes()) > BUDGETS["tasks"]
    with pytest.raises(TooLarge):
        order(fresh_job, fresh_job.nodes["b"])


def test_a_job_that_was_kept_in_parts_is_written_like_one_that_never_was() -> None:
    stored, never = History(), Quick()
    for history in (stored, never):
        history.add(accepted(album(9_500)))
        assert len(parts_of(history.job)) == 4  # it has two nodes, and is large
        history.add(CancelRequested(job_id=history.job_id, request_id="c", tenant="default", reason=""))
    assert parts_of(stored.job) == parts_of(never.job)
    assert len(parts_of(never.job)) == 1
