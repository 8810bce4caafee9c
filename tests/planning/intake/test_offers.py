"""What this very installation refuses at intake, so that no worker has to."""

from __future__ import annotations

from typing import Any

from planning.intake import Accepted, examine
from planning.intake.offers import offers
from schemas.requests import JOB_REQUESTED
from schemas.script import FilmScript


def _refused(capability: str, **params: Any) -> dict[str, str]:
    request = {"kind": "task", "capability": capability, "params": params}
    verdict = examine(JOB_REQUESTED, request, offers=offers(), allow_private_webhooks=False)
    return {} if isinstance(verdict, Accepted) else {p.path: p.code for p in verdict.problems}


def test_json_of_a_shape_that_no_engine_here_writes_is_refused_at_intake() -> None:
    assert _refused("text-generation", prompt="x", json_schema={"type": "object"}) == {
        "/params/json_schema": "unsupported"
    }
    assert _refused("text-generation", prompt="x", json_schema=FilmScript.model_json_schema()) == {}


def test_a_switch_that_is_no_switch_is_one_error_and_not_two() -> None:
    request = {"kind": "task", "capability": "video-generation", "params": {"prompt": "x", "audio": 1}}
    verdict = examine(JOB_REQUESTED, request, offers=offers(), allow_private_webhooks=False)
    assert not isinstance(verdict, Accepted)
    assert [p.message for p in verdict.problems] == ["expected true or false, not a number"]


def test_music_and_sounds_too_short_to_be_made_are_refused_at_intake() -> None:
    for capability, params, shortest_s in (
        ("audio-generation", {"mood": "calm"}, 0.5),
        ("sound-effects", {"prompt": "rain"}, 0.1),
    ):
        assert _refused(capability, **params, duration_s=shortest_s) == {}
        assert _refused(capability, **params, duration_s=shortest_s - 0.01) == {
            "/params/duration_s": "invalid_request"
        }
