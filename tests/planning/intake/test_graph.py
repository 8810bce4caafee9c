"""The references of a graph hold: names, cycles, outputs, media and fields."""

from __future__ import annotations

from typing import Any

import pytest


def node(capability: str, needs: list[Any] | None = None, **params: Any) -> dict[str, Any]:
    return {"capability": capability, "params": params} | ({} if needs is None else {"needs": needs})


def painted(prompt: Any = "a fox", needs: list[Any] | None = None) -> dict[str, Any]:
    return node("image-generation", needs, prompt=prompt)


def graph(outputs: Any = None, **nodes: Any) -> dict[str, Any]:
    return {"kind": "graph", "nodes": nodes} | ({} if outputs is None else {"outputs": outputs})


def test_a_graph_of_every_kind_of_reference_is_accepted(refused: Any) -> None:
    request = graph(
        ["film", "script"],
        script=node("text-generation", prompt="one line"),
        picture=node("image-generation", prompt={"$from": "script", "field": "text"}),
        voice=node("text-to-speech", text={"$from": "script", "field": "text"}),
        clip=node(
            "video-animation",
            ["voice"],
            image={"$from": "picture"},
            duration_s={"$from": "voice", "field": "duration_s"},
        ),
        large=node("image-upscaling", image={"$from": "picture", "field": "asset_id"}),
        film=node(
            "composition",
            timeline={
                "canvas": {"width_px": 64, "height_px": 64},
                "tracks": [
                    {"kind": "video", "clips": [{"source": {"$from": "clip"}}]},
                    {
                        "kind": "audio",
                        "clips": [{"source": {"$from": "voice"}}, {"source": {"$from": "clip"}}],
                    },
                ],
            },
        ),
        check=node("quality-assessment", assets=[{"$from": "film"}, {"$from": "picture"}]),
    )
    assert refused(request) == {}


def test_a_reference_to_no_node_is_refused_with_the_nearest_name(told: Any) -> None:
    request = graph(picture=painted(), large=node("image-upscaling", image={"$from": "pictur"}))
    assert 'did you mean "picture"' in told(request)["/nodes/large/params/image/$from"]


def test_needs_and_outputs_name_nodes(refused: Any) -> None:
    request = graph(["a", "x"], a=painted(needs=["b", "y"]), b=painted())
    assert refused(request) == {"/nodes/a/needs/1": "invalid_request", "/outputs/1": "invalid_request"}


def test_an_output_named_twice_is_refused(refused: Any) -> None:
    assert refused(graph(["a", "a"], a=painted())) == {"/outputs/1": "invalid_request"}


def test_empty_outputs_are_as_absent_ones(refused: Any) -> None:
    assert refused(graph([], a=painted())) == {}


def test_a_cycle_is_refused_and_shown(told: Any) -> None:
    request = graph(
        a=node("image-upscaling", image={"$from": "c"}),
        b=node("image-upscaling", image={"$from": "a"}),
        c=node("image-upscaling", ["b"], image="s3://media/a.png"),
    )
    found = told(request)
    assert set(found) == {"/nodes/a"}
    assert found["/nodes/a"].count('"a"') == 2


def test_a_node_that_needs_itself_is_a_cycle(refused: Any) -> None:
    assert refused(graph(a=painted(needs=["a"]))) == {"/nodes/a": "invalid_request"}


def test_every_cycle_is_told(refused: Any) -> None:
    request = graph(
        a=painted(needs=["b"]), b=painted(needs=["a"]), c=painted(needs=["d"]), d=painted(needs=["c"])
    )
    assert refused(request) == {"/nodes/a": "invalid_request", "/nodes/c": "invalid_request"}


@pytest.mark.parametrize(
    ("source", "params"),
    [
        (node("text-to-speech", text="x"), ("image-upscaling", "image")),
        (node("text-generation", prompt="x"), ("image-upscaling", "image")),
        (painted(), ("speech-to-text", "audio")),
        (painted(), ("audio-effects", "audio")),
        (node("audio-generation", duration_s=2), ("video-upscaling", "video")),
    ],
)
def test_an_asset_of_another_kind_of_media_is_refused(
    refused: Any, source: Any, params: tuple[str, str]
) -> None:
    capability, name = params
    more: dict[str, Any] = {"effects": [{"name": "reverb"}]} if capability == "audio-effects" else {}
    request = graph(a=source, b={"capability": capability, "params": {name: {"$from": "a"}} | more})
    assert refused(request) == {f"/nodes/b/params/{name}": "invalid_request"}


def test_a_picture_cannot_be_heard_on_an_audio_track(refused: Any) -> None:
    timeline = {
        "canvas": {"width_px": 64, "height_px": 64},
        "tracks": [{"kind": "audio", "clips": [{"source": {"$from": "a"}}]}],
    }
    request = graph(a=painted(), b=node("composition", timeline=timeline))
    assert refused(request) == {"/nodes/b/params/timeline/tracks/0/clips/0/source": "invalid_request"}


def test_a_parameter_that_is_no_asset_takes_a_field(refused: Any) -> None:
    request = graph(a=node("text-generation", prompt="x"), b=painted({"$from": "a"}))
    assert refused(request) == {"/nodes/b/params/prompt": "invalid_request"}


def test_a_field_is_one_of_an_asset_and_of_the_right_type(refused: Any) -> None:
    request = graph(
        a=painted(), b=painted({"$from": "a", "field": "txt"}), c=painted({"$from": "a", "field": "fps"})
    )
    assert refused(request) == {
        "/nodes/b/params/prompt/field": "invalid_request",
        "/nodes/c/params/prompt/field": "invalid_request",
    }
    sized = node(
        "image-generation",
        prompt="x",
        width_px={"$from": "a", "field": "width_px"},
        guidance={"$from": "a", "field": "fps"},
    )
    assert refused(graph(a=painted(), b=sized)) == {}


def test_an_array_takes_references_inside_it(told: Any) -> None:
    request = graph(a=painted(), b=node("image-generation", prompt="x", references={"$from": "a"}))
    assert "inside" in told(request)["/nodes/b/params/references"]


def test_a_reference_has_no_other_fields(refused: Any) -> None:
    request = graph(
        a=painted(), b=node("image-upscaling", image={"$from": "a", "from_": "a", "fild": "text"})
    )
    assert refused(request) == {
        "/nodes/b/params/image/from_": "unknown_field",
        "/nodes/b/params/image/fild": "unknown_field",
    }


def test_only_a_graph_has_references(refused: Any) -> None:
    request = {"kind": "task", "capability": "image-upscaling", "params": {"image": {"$from": "a"}}}
    assert refused(request) == {"/params/image/$from": "invalid_request"}


def test_a_graph_has_1_to_1000_nodes_with_good_names(refused: Any) -> None:
    assert refused(graph(**{f"n{n}": painted() for n in range(1000)})) == {}
    assert refused(graph(**{f"n{n}": painted() for n in range(1001)})) == {"/nodes": "invalid_request"}
    assert refused(graph()) == {"/nodes": "invalid_request"}
    assert refused(graph(**{"a b": painted(), "x" * 64: painted(), "": painted()})) == {
        "/nodes/a b": "invalid_request",
        "/nodes/" + "x" * 64: "invalid_request",
        "/nodes/": "invalid_request",
    }


def test_a_long_chain_is_judged_without_deep_recursion(refused: Any) -> None:
    nodes = {f"n{n}": painted(needs=[f"n{(n + 1) % 1000}"]) for n in range(1000)}
    assert refused(graph(**nodes)) == {"/nodes/n0": "invalid_request"}
    nodes["n999"] = painted()
    assert refused(graph(**nodes)) == {}
