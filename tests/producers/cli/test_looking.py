"""What the timeline of a job says of attempts that never told their end."""

from __future__ import annotations

from typing import Any

from producers.cli.looking import timeline_text


def line(at_s: float, kind: str, **data: Any) -> dict[str, Any]:
    return {"at_s": at_s, "type": f"media.log.{kind}.v1", "data": {"node_id": "clip", **data}}


def claim(at_s: float, attempt: int, worker_id: str) -> dict[str, Any]:
    return line(at_s, "task-started", attempt=attempt, worker_id=worker_id)


def test_an_attempt_that_follows_a_silent_one_says_so() -> None:
    told = list(timeline_text([claim(1.0, 1, "video-a"), line(7.1, "timer-fired"), claim(7.2, 2, "video-b")]))
    assert told == [
        "    1.00 s  task-started         clip attempt 1 on video-a",
        "    7.10 s  timer-fired          a lease, a pause or a deadline is over",
        "    7.20 s  task-started         clip attempt 2 on video-b, for video-a fell silent",
    ]


def test_an_attempt_that_was_handed_back_was_not_silent() -> None:
    handed_back = line(2.0, "task-released", attempt=1, worker_id="video-a")
    told = list(timeline_text([claim(1.0, 1, "video-a"), handed_back, claim(2.1, 2, "video-b")]))
    assert told[-1] == "    2.10 s  task-started         clip attempt 2 on video-b"


def test_of_two_claims_of_one_attempt_the_first_counts() -> None:
    told = list(timeline_text([claim(1.0, 1, "video-a"), claim(1.1, 1, "video-b"), claim(9.0, 2, "video-c")]))
    assert "fell silent" not in told[1]
    assert told[2].endswith("clip attempt 2 on video-c, for video-a fell silent")


def test_an_old_order_that_another_worker_hands_back_does_not_hide_the_silence() -> None:
    handed_back = line(7.1, "task-released", attempt=1, worker_id="video-b")
    told = list(timeline_text([claim(1.0, 1, "video-a"), handed_back, claim(7.2, 2, "video-c")]))
    assert told[1].endswith("clip attempt 1 handed back by video-b")
    assert told[2].endswith("clip attempt 2 on video-c, for video-a fell silent")
