"""The fields of a request have the published types and ranges, and nothing is converted."""

from __future__ import annotations

from typing import Any

import pytest

SHA = "sha256:" + "0" * 64
JOB = "6a0f2f0e-55a4-5b5b-9d3c-0d6b8d3f6c11"


def task(capability: str = "image-generation", **params: Any) -> dict[str, Any]:
    return {"kind": "task", "capability": capability, "params": {"prompt": "a fox"} | params}


def film(**fields: Any) -> dict[str, Any]:
    return {"kind": "film", "brief": "a fox finds the sea"} | fields


def speech(**params: Any) -> dict[str, Any]:
    return {"kind": "task", "capability": "text-to-speech", "params": {"text": "hello"} | params}


@pytest.mark.parametrize("value", ["30", True, None, [30], {"n": 30}, 30.5])
def test_nothing_else_is_taken_for_a_whole_number(refused: Any, value: Any) -> None:
    assert refused(task(steps=value)) == {"/params/steps": "invalid_request"}


@pytest.mark.parametrize("value", [True, "true", 1, None])
def test_only_true_is_consent(refused: Any, value: Any) -> None:
    request = {
        "kind": "task",
        "capability": "voice-cloning",
        "params": {"text": "x", "reference": SHA, "consent": value},
    }
    assert ("/params/consent" in refused(request)) == (value is not True)


def test_null_is_refused_where_a_field_may_be_left_out(refused: Any) -> None:
    for field in (
        "style",
        "voice",
        "transition",
        "brief",
        "duration_s",
        "seed",
        "idempotency_key",
        "webhook_url",
    ):
        assert f"/{field}" in refused(film(**{field: None})), field


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("tenant", ["a", "A.b_c-9", "x" * 63], ["", ".a", "x" * 64, "a b", "a\n", "ä", 7]),
        ("idempotency_key", ["k", "k" * 255, "ключ"], ["", "k" * 256, 3]),
        ("deadline_s", [1, 604_800, 60.0], [0, 604_801, 1.5, "60"]),
        ("seed", [0, 2**53 - 1, 5.0], [-1, 2**53, "1", True]),
        ("priority", ["interactive", "batch"], ["replay", 1]),
        ("on_failure", ["fail", "placeholder", "partial"], ["retry"]),
        ("quality", ["draft", "best"], ["good", None]),
        (
            "labels",
            [{}, {"a" * 63: "b" * 256}, {str(n): "" for n in range(16)}],
            [{"a": 1}, {"a" * 64: "b"}, []],
        ),
        ("labels", [{"a": ""}], [{str(n): "" for n in range(17)}, {"a": "b" * 257}, {"a": None}, {"": "x"}]),
    ],
)
def test_the_common_fields_have_the_published_ranges(
    refused: Any, field: str, good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        assert refused(task() | {field: value}) == {}, value
    for value in bad:
        assert all(path.startswith(f"/{field}") for path in refused(task() | {field: value})), value
        assert refused(task() | {field: value}), value


@pytest.mark.parametrize(
    ("data", "field", "good", "bad"),
    [
        (task, "width_px", [16, 8192], [15, 8193]),
        (task, "height_px", [16, 8192], [15, 8193]),
        (task, "steps", [1, 200], [0, 201]),
        (task, "prompt", ["x", "x" * 20_000], ["", "x" * 20_001]),
        (task, "seed", [0, 2**53 - 1], [-1, 2**53]),
        (speech, "speed", [0.25, 1, 4], [0.24, 4.01]),
        (speech, "pitch", [0.25, 4.0], [0, 5]),
        (speech, "text", ["x", "x" * 20_000], ["", "x" * 20_001]),
    ],
)
def test_parameters_have_the_published_ranges(
    refused: Any, data: Any, field: str, good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        assert refused(data(**{field: value})) == {}, value
    for value in bad:
        assert refused(data(**{field: value})) == {f"/params/{field}": "invalid_request"}, value


def test_music_has_the_published_ranges(refused: Any) -> None:
    params: dict[str, Any] = {"duration_s": 5}
    request = {"kind": "task", "capability": "audio-generation", "params": params}
    for tempo, intensity in ((30, 0), (240, 1)):
        params |= {"tempo": tempo, "intensity": intensity}
        assert refused(request) == {}
    params |= {"tempo": 29, "intensity": 1.01}
    assert set(refused(request)) == {"/params/tempo", "/params/intensity"}


def test_a_film_takes_a_brief_or_scenes(refused: Any) -> None:
    scenes = [{"picture": "the sea", "duration_s": 6}]
    assert refused({"kind": "film"}) == {"/brief": "invalid_request"}
    assert refused({"kind": "film", "scenes": scenes}) == {}
    assert refused(film(scenes=scenes)) == {"/scenes": "invalid_request"}


def test_the_length_of_a_film_with_scenes_is_their_sum(refused: Any) -> None:
    scenes = [{"picture": "the sea", "duration_s": 0.1}, {"picture": "a dune", "duration_s": 5.2}]
    request = {"kind": "film", "scenes": scenes}
    assert refused(request | {"duration_s": 5.3}) == {}
    assert refused(request | {"duration_s": 6}) == {"/duration_s": "invalid_request"}
    assert refused({"kind": "film", "scenes": scenes[:1]}) == {"/scenes": "invalid_request"}


def test_a_film_has_the_published_ranges(refused: Any) -> None:
    cases: list[tuple[str, list[Any], list[Any]]] = [
        ("duration_s", [5, 300], [4.9, 301]),
        ("fps", [1, 23.976, 120], [0, 121]),
        ("brief", ["x", "x" * 10_000], ["", "x" * 10_001]),
        ("aspect_ratio", ["16:9", "9:16", "1:1", "4:5", "21:9"], ["4:3", 1.78]),
        ("captions", ["burned", "sidecar", "both", "none"], ["soft", None]),
        ("resolution", ["360p", "720p", "2160p"], ["240p", "4320p", 720]),
    ]
    for field, good, bad in cases:
        for value in good:
            assert refused(film(**{field: value})) == {}, (field, value)
        for value in bad:
            assert refused(film(**{field: value})) == {f"/{field}": "invalid_request"}, (field, value)


def test_a_film_has_1_to_100_scenes(refused: Any) -> None:
    scene = {"picture": "the sea", "duration_s": 2.9}
    assert refused({"kind": "film", "scenes": [scene] * 100}) == {}
    assert "/scenes" in refused({"kind": "film", "scenes": [scene] * 101})
    assert refused({"kind": "film", "scenes": []}) == {"/scenes": "invalid_request"}


def test_a_batch_has_1_to_1000_items_with_names_of_their_own(refused: Any) -> None:
    def batch(names: list[str]) -> Any:
        return {"kind": "batch", "items": [task() | {"id": name, "kind": None} for name in names]}

    def clean(names: list[str]) -> Any:
        items = [{"id": name, "capability": "image-generation", "params": {"prompt": "x"}} for name in names]
        return {"kind": "batch", "items": items}

    assert refused(clean([f"i{n}" for n in range(1000)])) == {}
    assert refused(clean([f"i{n}" for n in range(1001)])) == {"/items": "invalid_request"}
    assert refused(clean([])) == {"/items": "invalid_request"}
    assert refused(clean(["a", "b", "a"])) == {"/items/2/id": "invalid_request"}
    assert refused(batch(["a"])) == {"/items/0/kind": "unknown_field"}


def test_an_empty_list_is_told_once_and_a_wrong_entry_is_no_empty_list(told: Any) -> None:
    assert told({"kind": "batch", "items": []}) == {"/items": "must not be empty"}
    assert set(told({"kind": "batch", "items": [3]})) == {"/items/0"}
