from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from planning.job.commands import PublishFact, Stop
from planning.job.reduce import reduce
from planning.job.state import due_ms
from schemas.log import CancelRequested, LeaseRenewed, LogEvent, ReplayRequested, TaskReleased, TimerFired
from schemas.orders import WorkOrder
from tests.planning.jobs import History, accepted, asset, failed, orders, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
BATCH = {
    "kind": "batch",
    "items": [
        {"id": f"p{i}", "capability": "image-generation", "params": {"prompt": f"{i}"}} for i in range(5)
    ],
}
DIAMOND = {
    "kind": "graph",
    "nodes": {
        "top": {"capability": "text-generation", "params": {"prompt": "a story"}},
        "left": {"capability": "image-generation", "params": {"prompt": {"$from": "top", "field": "text"}}},
        "right": {"capability": "text-to-speech", "params": {"text": {"$from": "top", "field": "text"}}},
        "bottom": {
            "capability": "video-animation",
            "params": {"image": {"$from": "left"}},
            "needs": ["right"],
        },
    },
}
END = ("media.job.succeeded.v1", "media.job.failed.v1", "media.job.cancelled.v1")


def ends(history: History) -> list[PublishFact]:
    return [c for c in history.commands if isinstance(c, PublishFact) and c.type in END]


def test_a_task_is_ordered_made_and_ended_once() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    history.add(started(order))
    history.add(ready(order))
    history.add(ready(order, worker="late"))
    assert [t.type for t in ends(history)] == ["media.job.succeeded.v1"]
    assert len(history.told("media.asset.ready.v1")) == 1


def test_the_same_request_twice_is_one_job_and_another_request_with_its_key_is_refused() -> None:
    history = History()
    history.add(accepted(PICTURE))
    assert history.add(accepted(PICTURE)) == []
    (refusal,) = history.add(accepted(PICTURE | {"labels": {"a": "b"}}))
    assert isinstance(refusal, PublishFact)
    assert refusal.fact.to_json()["errors"][0]["path"] == "/idempotency_key"


def test_a_replay_that_was_logged_twice_is_one_run() -> None:
    history = History()
    history.add(accepted(PICTURE))
    history.work_off()
    again = ReplayRequested(job_id=history.job.job_id, request_id="again", tenant="default")
    history.add(again)
    assert history.add(again) == []
    history.work_off()
    assert history.add(again) == []
    assert (history.job.run, len(ends(history))) == (2, 2)


def test_a_cancel_that_was_logged_twice_does_not_end_the_next_run() -> None:
    history = History()
    history.add(accepted(PICTURE))
    job_id = history.job.job_id
    cancel = CancelRequested(job_id=job_id, request_id="c", tenant="default", reason="")
    history.add(cancel)
    history.add(ReplayRequested(job_id=job_id, request_id="again", tenant="default"))
    assert history.add(cancel) == []
    history.work_off()
    assert [t.type for t in ends(history)] == ["media.job.cancelled.v1", "media.job.succeeded.v1"]


def test_a_join_waits_for_every_item_and_not_for_a_count() -> None:
    history = History()
    given_orders = orders(history.add(accepted(BATCH)))
    for _ in range(5):
        history.add(ready(given_orders[0]))
    assert ends(history) == []
    for order in given_orders[1:]:
        history.add(ready(order))
    assert [t.type for t in ends(history)] == ["media.job.succeeded.v1"]


def test_a_diamond_runs_in_the_order_of_its_needs() -> None:
    history = History()
    (top,) = orders(history.add(accepted(DIAMOND)))
    middle = orders(history.add(ready(top)))
    assert {o.node_id for o in middle} == {"left", "right"}
    assert middle[0].params["prompt"] == "once upon a time"
    assert orders(history.add(ready(middle[0]))) == []
    (bottom,) = orders(history.add(ready(middle[1])))
    assert bottom.inputs["/image"].media_type == "image/png"
    history.add(ready(bottom))
    (end,) = ends(history)
    assert set(end.fact.to_json()["outputs"]) == {"bottom"}


def test_a_silent_worker_loses_its_lease_and_the_work_goes_to_another() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    history.add(started(order, "dead", lease_s=6.0))
    due = due_ms(history.job)
    assert due is not None
    assert history.add(TimerFired(job_id=order.job_id, due_ms=due), after_ms=1000) == []
    commands = history.add(TimerFired(job_id=order.job_id, due_ms=due), after_ms=6000)
    (again,) = orders(commands)
    assert again.attempt == 2
    assert again.task_id != order.task_id


def test_the_late_result_of_a_lost_lease_is_taken_and_the_second_worker_is_told() -> None:
    history = History()
    (first,) = orders(history.add(accepted(PICTURE)))
    history.add(started(first, "slow"))
    (second,) = orders(history.add(TimerFired(job_id=first.job_id, due_ms=0), after_ms=7000))
    history.add(started(second, "other"))
    commands = history.add(ready(first, "slow"))
    assert any(isinstance(c, Stop) and c.stop.attempt == 2 for c in commands)
    assert [t.type for t in ends(history)] == ["media.job.succeeded.v1"]


def test_the_second_start_of_one_attempt_loses_and_its_worker_is_told() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    history.add(started(order, "first"))
    (stop,) = history.add(started(order, "second"))
    assert isinstance(stop, Stop)
    assert stop.stop.keep_worker_id == "first"


def test_an_error_that_may_pass_is_tried_again_later_and_a_lasting_one_ends_the_job() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    history.add(started(order))
    assert orders(history.add(failed(order))) == []
    due = due_ms(history.job)
    assert due is not None
    assert due > history.at_ms
    (again,) = orders(history.add(TimerFired(job_id=order.job_id, due_ms=due), after_ms=due - history.at_ms))
    history.add(failed(again, "invalid_request", retryable=False))
    (end,) = ends(history)
    assert end.fact.to_json()["error"] == {
        "code": "invalid_request",
        "message": "it broke",
        "node_id": "result",
        "retryable": False,
    }


def test_workers_that_keep_dying_on_a_task_end_it_as_a_crash_loop() -> None:
    history = History()
    pending = orders(history.add(accepted(PICTURE)))
    deaths = 0
    while pending:
        assert ends(history) == []
        history.add(started(pending[0]))
        pending = orders(history.add(TimerFired(job_id=pending[0].job_id, due_ms=0), after_ms=7000))
        deaths += 1
    (end,) = ends(history)
    assert end.fact.to_json()["error"]["code"] == "crash_loop"
    assert deaths == 3  # as docs/guarantees.md says


def test_two_deaths_are_no_crash_loop() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    for _ in range(2):
        history.add(started(order))
        (order,) = orders(history.add(TimerFired(job_id=order.job_id, due_ms=0), after_ms=7000))
    history.add(started(order))
    history.add(ready(order))
    assert [end.type for end in ends(history)] == ["media.job.succeeded.v1"]


def test_a_partial_job_succeeds_without_what_failed_and_says_so() -> None:
    history = History()
    given_orders = orders(history.add(accepted(BATCH | {"on_failure": "partial"})))
    history.add(failed(given_orders[0], "unsupported", retryable=False))
    for order in given_orders[1:]:
        history.add(ready(order))
    (end,) = ends(history)
    told = end.fact.to_json()
    assert set(told["outputs"]) == {"p1", "p2", "p3", "p4"}
    assert told["degraded"] == [{"node_id": "p0", "code": "unsupported", "message": "it broke"}]


def test_a_placeholder_is_ordered_in_place_of_what_failed() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE | {"on_failure": "placeholder"})))
    (stand_in,) = orders(history.add(failed(order, "unsupported", retryable=False)))
    assert stand_in.engine == "placeholder"
    history.add(ready(stand_in))
    (end,) = ends(history)
    assert end.type == "media.job.succeeded.v1"
    assert end.fact.to_json()["degraded"][0]["node_id"] == "result"


def test_a_deadline_ends_the_job_and_nothing_is_accepted_afterwards() -> None:
    history = History()
    event = accepted(PICTURE | {"deadline_s": 60}, requested_ms=1_000_000)
    (order,) = orders(history.add(event))
    history.add(TimerFired(job_id=order.job_id, due_ms=0), after_ms=60_000)
    (end,) = ends(history)
    assert end.fact.to_json()["error"]["code"] == "deadline_exceeded"
    assert history.add(ready(order)) == []


def test_a_result_that_comes_after_the_deadline_ends_the_job_even_before_its_timer() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE | {"deadline_s": 60}, requested_ms=1_000_000)))
    history.add(ready(order), after_ms=60_000)
    assert [e.fact.to_json()["error"]["code"] for e in ends(history)] == ["deadline_exceeded"]
    assert history.told("media.asset.ready.v1") == []


def test_a_request_read_after_its_deadline_fails_at_once_and_its_replay_has_the_whole_time_again() -> None:
    history = History()
    commands = history.add(accepted(PICTURE | {"deadline_s": 60}, requested_ms=900_000))
    assert orders(commands) == []
    assert [e.fact.to_json()["error"]["code"] for e in ends(history)] == ["deadline_exceeded"]
    history.add(ReplayRequested(job_id=history.job.job_id, request_id="again", tenant="default"))
    assert due_ms(history.job) == history.at_ms + 60_000


def test_a_repeated_replay_or_cancel_asks_for_nothing_new() -> None:
    history = History()
    history.add(accepted(PICTURE))
    job_id = history.job.job_id
    cancel = CancelRequested(job_id=job_id, request_id="c", tenant="default", reason="")
    replay = ReplayRequested(job_id=job_id, request_id="r", tenant="default")
    history.add(cancel)
    history.add(replay)
    assert history.add(replay) == []
    assert history.add(cancel) == []
    assert history.job.open
    history.work_off()
    assert history.add(replay) == []
    assert history.job.run == 2


def test_a_stand_in_does_without_what_its_references_name_in_vain() -> None:
    request = {
        "kind": "graph",
        "on_failure": "placeholder",
        "nodes": {
            "voice": {"capability": "text-to-speech", "params": {"text": "hello"}},
            "picture": {
                "capability": "image-generation",
                "params": {"prompt": "a fox", "width_px": {"$from": "voice", "field": "width_px"}},
            },
        },
    }
    history = History()
    (voice,) = orders(history.add(accepted(request)))
    (stand_in,) = orders(history.add(ready(voice)))
    assert (stand_in.engine, stand_in.params) == ("placeholder", {"prompt": "a fox"})
    history.add(ready(stand_in))
    (end,) = ends(history)
    assert end.type == "media.job.succeeded.v1"
    assert [d["node_id"] for d in end.fact.to_json()["degraded"]] == ["picture"]


def test_a_cancelled_job_ends_once_and_makes_no_asset_afterwards() -> None:
    history = History()
    given_orders = orders(history.add(accepted(BATCH)))
    history.add(started(given_orders[0]))
    cancel = CancelRequested(job_id=given_orders[0].job_id, request_id="r", tenant="default", reason="enough")
    assert any(isinstance(c, Stop) for c in history.add(cancel))
    assert history.add(cancel) == []
    assert history.add(ready(given_orders[0])) == []
    assert [t.type for t in ends(history)] == ["media.job.cancelled.v1"]


def test_cancel_and_replay_of_an_unknown_job_are_refused() -> None:
    for event in (
        CancelRequested(
            job_id="00000000-0000-5000-8000-000000000000", request_id="r", tenant="default", reason=""
        ),
        ReplayRequested(job_id="00000000-0000-5000-8000-000000000000", request_id="r", tenant="default"),
    ):
        job, (refusal,) = reduce(None, event, 1)
        assert job is None
        assert isinstance(refusal, PublishFact)
        assert refusal.fact.to_json()["errors"][0]["path"] == "/job_id"


def test_a_replay_is_the_next_run_with_its_own_end() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    replay = ReplayRequested(job_id=order.job_id, request_id="r", tenant="default", seed=5)
    assert history.add(replay)[0].fact.to_json()["errors"][0]["path"] == "/job_id"  # type: ignore[union-attr]
    history.add(ready(order))
    (again,) = orders(history.add(replay.model_copy(update={"request_id": "later"})))
    assert (again.run, again.lane) == (2, "replay")
    assert again.seed != order.seed
    history.add(ready(order))
    assert len(ends(history)) == 1
    history.add(ready(again))
    first, second = ends(history)
    assert first.event_id != second.event_id


def test_a_released_order_goes_out_again_at_once() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    history.add(started(order))
    released = TaskReleased(
        job_id=order.job_id, run=1, node_id=order.node_id, attempt=order.attempt, worker_id="w1"
    )
    (again,) = orders(history.add(released))
    assert again.attempt == 2


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_events_in_any_order_end_a_job_at_most_once_and_its_progress_never_falls(
    data: st.DataObject,
) -> None:
    history = History()
    policy = data.draw(st.sampled_from(["fail", "partial", "placeholder"]))
    request = data.draw(st.sampled_from([PICTURE, BATCH, DIAMOND])) | {
        "on_failure": policy,
        "deadline_s": 3600,
    }
    seen = orders(history.add(accepted(request, requested_ms=history.at_ms)))
    fractions = [0.0]
    for _ in range(data.draw(st.integers(1, 40))):
        order = data.draw(st.sampled_from(seen))
        worker = data.draw(st.sampled_from(["w1", "w2"]))
        event: LogEvent = data.draw(
            st.sampled_from(
                [
                    started(order, worker),
                    ready(order, worker),
                    ready(order, worker, made=asset(f"other {worker}")),
                    failed(order, worker=worker),
                    failed(order, "unsupported", worker, retryable=False),
                    TimerFired(job_id=order.job_id, due_ms=0),
                    LeaseRenewed(
                        job_id=order.job_id,
                        run=1,
                        node_id=order.node_id,
                        attempt=order.attempt,
                        worker_id=worker,
                        lease_s=6.0,
                        fraction=0.5,
                    ),
                ]
            )
        )
        commands = history.add(event, after_ms=data.draw(st.sampled_from([1, 500, 8000])))
        seen += orders(commands)
        fractions.append(history.job.job_fraction)
    assert len(ends(history)) <= 1
    assert fractions == sorted(fractions)
    told = [(f.to_json()["node_id"], f.to_json()["role"]) for f in history.told("media.asset.ready.v1")]
    assert len(told) == len(set(told))
    end = next(
        (i for i, c in enumerate(history.commands) if isinstance(c, PublishFact) and c.type in END), None
    )
    if end is not None:
        late = [
            c
            for c in history.commands[end + 1 :]
            if isinstance(c, PublishFact) and c.type == "media.asset.ready.v1"
        ]
        assert late == []


def test_work_that_was_handed_back_often_may_still_fail_once_and_be_tried_again() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    for _ in range(6):
        history.add(started(order))
        (order,) = orders(
            history.add(
                TaskReleased(
                    job_id=order.job_id, run=1, node_id=order.node_id, attempt=order.attempt, worker_id="w1"
                )
            )
        )
    history.add(failed(order))
    assert ends(history) == []
    assert due_ms(history.job) is not None


def test_an_attempt_that_never_ends_is_tried_again_and_at_last_given_up_though_its_lease_is_renewed() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    attempts = 0
    while not ends(history):
        attempts += 1
        history.add(started(order, lease_s=600.0))
        due = due_ms(history.job)
        again: list[WorkOrder] = []
        while due is not None and not again and not ends(history):
            history.add(
                LeaseRenewed(
                    job_id=order.job_id,
                    run=1,
                    node_id=order.node_id,
                    attempt=order.attempt,
                    worker_id="w1",
                    lease_s=600.0,
                    fraction=0.5,
                ),
                after_ms=300_000,
            )
            again = orders(history.add(TimerFired(job_id=order.job_id, due_ms=due), after_ms=1))
            due = due_ms(history.job)
        order = again[0] if again else order
    assert attempts == 4
    (end,) = ends(history)
    assert end.fact.to_json()["error"]["code"] == "timeout"
    assert history.at_ms - 1_000_000 >= 4 * 3_600_000


def test_a_later_attempt_goes_on_from_the_last_checkpoint_and_its_result_ends_it() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    history.add(started(order))
    left = asset("a checkpoint", "application/octet-stream")
    for checkpoint in (asset("an older one"), left, None):
        about = {"job_id": order.job_id, "run": 1, "node_id": order.node_id, "attempt": 1, "worker_id": "w1"}
        history.add(LeaseRenewed(**about, lease_s=6.0, fraction=0.5, checkpoint=checkpoint))
    history.add(TaskReleased(**about))
    (again,) = orders(history.commands[-5:])[-1:]
    assert (again.attempt, again.checkpoint) == (2, left)
    history.add(started(again))
    history.add(ready(again))
    assert history.job is not None
    assert history.job.nodes[order.node_id].checkpoint is None


def test_a_stand_in_begins_anew() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE | {"on_failure": "placeholder"})))
    history.add(started(order))
    about = {"job_id": order.job_id, "run": 1, "node_id": order.node_id, "attempt": 1, "worker_id": "w1"}
    history.add(LeaseRenewed(**about, lease_s=6.0, fraction=0.5, checkpoint=asset("a checkpoint")))
    (stand_in,) = orders(history.add(failed(order, "unsupported", retryable=False)))
    assert (stand_in.engine, stand_in.checkpoint) == ("placeholder", None)
