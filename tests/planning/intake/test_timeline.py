"""A timeline that cannot be composed is refused, and what cannot be drawn yet is unsupported."""

from __future__ import annotations

from typing import Any

import pytest

SHA = "sha256:" + "0" * 64


def timeline(*clips: Any, kind: str = "video", **output: Any) -> dict[str, Any]:
    tracks = [{"kind": kind, "clips": list(clips)}]
    canvas = {"width_px": 640, "height_px": 360}
    return {"kind": "composition", "timeline": {"canvas": canvas, "tracks": tracks, "output": output}}


AT = "/timeline/tracks/0/clips/0"


def test_a_clip_of_an_asset_is_accepted(refused: Any) -> None:
    assert refused(timeline({"source": SHA})) == {}


def test_nothing_to_show_or_play_is_refused(refused: Any) -> None:
    assert refused(timeline()) == {"/timeline/tracks": "invalid_request"}
    caption = {"source": {"text": "hello"}, "duration_s": 1}
    assert refused(timeline(caption, kind="caption")) == {"/timeline/tracks": "invalid_request"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("blend", "screen"),
        ("position", "top"),
        ("width", "50%"),
        ("height", 90),
        ("rotation", 5),
        ("colour_key", {"colour": "#00ff00"}),
        ("chroma", {}),
        ("effects", [{"name": "blur"}]),
    ],
)
def test_what_cannot_be_drawn_yet_is_unsupported(refused: Any, field: str, value: Any) -> None:
    assert refused(timeline({"source": SHA, field: value})) == {f"{AT}/{field}": "unsupported"}


@pytest.mark.parametrize("container", ["webm", "mov", "gif", "hls"])
def test_a_container_that_cannot_be_written_yet_is_unsupported(refused: Any, container: str) -> None:
    assert refused(timeline({"source": SHA}, container=container)) == {
        "/timeline/output/container": "unsupported"
    }
    assert refused(timeline({"source": SHA}, container="avi")) == {
        "/timeline/output/container": "invalid_request"
    }


def test_an_unknown_transition_is_unsupported(refused: Any) -> None:
    clip = {"source": SHA, "transition_in": {"type": "crossfad"}}
    assert refused(timeline(clip)) == {f"{AT}/transition_in/type": "unsupported"}


def test_a_colour_says_how_long_it_is_shown_and_cannot_be_heard(refused: Any) -> None:
    assert refused(timeline({"source": {"colour": "#000000"}})) == {f"{AT}/duration_s": "invalid_request"}
    heard = {"source": {"colour": "#000000"}, "duration_s": 1}
    assert refused(timeline(heard, kind="audio")) == {f"{AT}/source": "invalid_request"}


def test_ducking_names_a_track_of_the_timeline(refused: Any) -> None:
    assert refused(timeline({"source": SHA, "duck": {"by": 0}})) == {}
    assert refused(timeline({"source": SHA, "duck": {"by": 1}})) == {f"{AT}/duck/by": "invalid_request"}


def test_a_crop_stays_inside_the_picture(refused: Any) -> None:
    whole = {"x": 0, "y": 0, "width": 1, "height": 1}
    motion = {"from": whole, "to": whole | {"x": 0.3, "width": 0.7}}
    assert refused(timeline({"source": SHA, "motion": motion})) == {}
    motion["to"] = whole | {"y": 0.4}
    assert refused(timeline({"source": SHA, "motion": motion})) == {
        f"{AT}/motion/to/height": "invalid_request"
    }


def test_field_names_of_our_code_are_no_field_names_of_a_request(refused: Any) -> None:
    whole = {"x": 0, "y": 0, "width": 1, "height": 1}
    found = refused(timeline({"source": SHA, "motion": {"from_": whole, "to": whole}}))
    assert found == {f"{AT}/motion/from": "invalid_request", f"{AT}/motion/from_": "unknown_field"}
