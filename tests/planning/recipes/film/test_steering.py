"""What a brief asks for steers a film where its request is silent, and only there."""

from __future__ import annotations

from planning.job.acceptance import request_digest
from tests.planning.jobs import History, accepted

BRIEF = "Make a 20-second vertical video about a fox. No music. No captions."


def test_a_brief_gives_length_shape_music_and_captions() -> None:
    history = History()
    history.add(accepted({"kind": "film", "brief": BRIEF}))
    history.work_off()
    assert history.job.status == "succeeded"
    timeline = history.order_of("film").params["timeline"]
    assert (timeline["canvas"]["width_px"], timeline["canvas"]["height_px"]) == (720, 1280)
    assert timeline["output"]["captions"] == "none"
    assert "music" not in history.job.nodes
    clips = timeline["tracks"][0]["clips"]
    assert round(clips[-1]["start_s"] + clips[-1]["duration_s"]) == 20


def test_the_fields_of_a_request_count_more_than_its_brief() -> None:
    request = {
        "kind": "film",
        "brief": BRIEF,
        "duration_s": 9,
        "aspect_ratio": "1:1",
        "captions": "both",
        "music": {},
    }
    event = accepted(request)
    assert event.request == request


def test_a_length_that_no_film_has_is_brought_within_limits() -> None:
    assert (
        accepted({"kind": "film", "brief": "Make a 2-second video about a fox."}).request["duration_s"] == 5.0
    )
    assert (
        accepted({"kind": "film", "brief": "Make a 20-minute video about a fox."}).request["duration_s"]
        == 300.0
    )


def test_equal_requests_stay_equal() -> None:
    request = {"kind": "film", "brief": BRIEF}
    assert accepted(request).request_digest == request_digest(request)


def test_a_plain_brief_changes_nothing() -> None:
    request = {"kind": "film", "brief": "A fox finds the sea."}
    assert accepted(request).request == request
