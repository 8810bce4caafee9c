"""A timeline that is too much work is refused where it says so itself, with the limit; real work passes."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import MODELS
from planning.intake import Accepted, Offers, examine
from schemas.budget import CompositionBudget
from schemas.requests import JOB_REQUESTED

SHA = "sha256:" + "0" * 64


def request(canvas: tuple[int, int, float], *tracks: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    width, height, fps = canvas
    return {
        "kind": "composition",
        "timeline": {
            "canvas": {"width_px": width, "height_px": height, "fps": fps},
            "tracks": [
                {"kind": kind, "clips": [{"source": SHA, **clip} for clip in clips]} for kind, clips in tracks
            ],
        },
    }


def lasting(seconds: float) -> list[dict[str, Any]]:
    """Clips one after the other; each lasts an hour at most and begins within the first."""
    return [
        {"start_s": start, "duration_s": min(3600.0, seconds - start)}
        for start in range(0, int(min(seconds, 3601)), 3600)
    ]


def test_8192_px_at_120_fps_for_two_hours_is_refused_at_the_canvas_with_the_limit(
    refused: Any, told: Any
) -> None:
    bomb = request((8192, 8192, 120), ("video", lasting(7200)))
    assert refused(bomb) == {"/timeline/canvas": "unsupported"}
    (message,) = told(bomb).values()
    assert "3000 gigapixels" in message
    assert "7200 s of 8192x8192 px at 120 fps are 57982" in message


def test_the_pointer_leads_into_the_node_of_a_graph(refused: Any) -> None:
    node = {
        "capability": "composition",
        "params": {"timeline": request((8192, 8192, 120), ("video", lasting(7200)))["timeline"]},
    }
    assert refused({"kind": "graph", "nodes": {"film": node}}) == {
        "/nodes/film/params/timeline/canvas": "unsupported"
    }


@pytest.mark.parametrize(
    "real",
    [
        request((3840, 2160, 60), ("video", lasting(300)), ("audio", lasting(300))),
        request(
            (3840, 2160, 24), ("video", lasting(7200)), ("video", lasting(7200)), ("audio", lasting(7200))
        ),
        request((16, 16, 24), ("audio", lasting(7200)), ("audio", lasting(7200))),
        request((1920, 1080, 24), *[("audio", lasting(7200))] * 24),
        request((640, 360, 24), ("video", [{"start_s": n / 4, "duration_s": 1} for n in range(3_000)])),
        request((8192, 8192, 24), ("video", lasting(600))),
        request((1920, 1080, 1000 / 1001 * 60), ("video", lasting(7200))),
    ],
)
def test_real_work_passes(refused: Any, real: dict[str, Any]) -> None:
    assert refused(real) == {}


def test_every_video_track_that_is_seen_counts(refused: Any) -> None:
    layers = [("video", lasting(3600))] * 100
    assert refused(request((1920, 1080, 24), *layers)) == {"/timeline/canvas": "unsupported"}
    brief = [("video", lasting(10))] * 100
    assert refused(request((1920, 1080, 24), ("video", lasting(3600)), *brief)) == {}


def test_sound_counts_for_each_track_and_for_its_speed(refused: Any) -> None:
    assert refused(request((16, 16, 24), *[("audio", lasting(7200))] * 25)) == {
        "/timeline/tracks": "unsupported"
    }
    fast = [{**clip, "speed": 4} for clip in lasting(7200)]
    assert refused(request((16, 16, 24), *[("audio", fast)] * 7)) == {"/timeline/tracks": "unsupported"}


def test_clips_of_all_tracks_are_counted_together(refused: Any) -> None:
    words = [{"source": {"text": "a"}, "duration_s": 1}] * 7_000
    crowded = request((640, 360, 24), ("video", lasting(2)), *[("caption", words)] * 3)
    assert refused(crowded) == {"/timeline/tracks": "unsupported"}


def test_an_installation_may_allow_less() -> None:
    small = Offers(budget=CompositionBudget(film_s=60), candidates=MODELS)
    verdict = examine(
        JOB_REQUESTED,
        request((640, 360, 24), ("video", lasting(61))),
        offers=small,
        allow_private_webhooks=False,
    )
    assert not isinstance(verdict, Accepted)
    (problem,) = verdict.problems
    assert (problem.path, problem.code) == ("/timeline/tracks/0/clips/0/duration_s", "unsupported")
    assert "at most 60 s" in problem.message


@pytest.mark.parametrize("value", [True, None, "24", [], {}, 10**400, -5, 1e300, float("nan")])
def test_values_of_a_wrong_kind_harm_nothing(refused: Any, value: Any) -> None:
    odd = request((640, 360, 24), ("video", [{"start_s": value, "duration_s": value, "speed": value}]))
    odd["timeline"]["canvas"]["fps"] = value
    assert "/timeline/canvas" not in refused(odd)
