"""A request is judged by all its fields at once, in words that name what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from planning.intake import Accepted, Offers, Rejected, asset_addresses, asset_inputs, examine
from schemas.requests import CANCEL_REQUESTED, JOB_REQUESTED, REPLAY_REQUESTED, REQUEST_MAX_BYTES

SHA = "sha256:" + "0" * 64
JOB = "6a0f2f0e-55a4-5b5b-9d3c-0d6b8d3f6c11"


def task(capability: str = "image-generation", **params: Any) -> dict[str, Any]:
    return {"kind": "task", "capability": capability, "params": {"prompt": "a fox"} | params}


def film(**fields: Any) -> dict[str, Any]:
    return {"kind": "film", "brief": "a fox finds the sea"} | fields


def speech(**params: Any) -> dict[str, Any]:
    return {"kind": "task", "capability": "text-to-speech", "params": {"text": "hello"} | params}


def test_a_plain_request_is_accepted_as_it_was_given(offers: Offers) -> None:
    verdict = examine(JOB_REQUESTED, task(width_px=64.0), offers=offers, allow_private_webhooks=False)
    assert isinstance(verdict, Accepted)
    assert verdict.data == task(width_px=64)
    assert isinstance(verdict.data["params"]["width_px"], int)


def test_music_null_stays_null_and_music_absent_stays_absent(offers: Offers) -> None:
    silent = examine(JOB_REQUESTED, film(music=None), offers=offers, allow_private_webhooks=False)
    usual = examine(JOB_REQUESTED, film(), offers=offers, allow_private_webhooks=False)
    assert isinstance(silent, Accepted)
    assert silent.data["music"] is None
    assert isinstance(usual, Accepted)
    assert "music" not in usual.data


def test_everything_that_is_wrong_is_told_at_once(refused: Any) -> None:
    request = task(width_px=8, stepz=3, style="watercolour", engine="flux") | {
        "seed": -1,
        "webhook_url": "http://127.0.0.1/",
        "colour": "red",
        "engines": {"image-generation": "nobody"},
    }
    assert refused(request) == {
        "/params/width_px": "invalid_request",
        "/params/stepz": "unknown_field",
        "/params/style": "unsupported",
        "/params/engine": "engine_unavailable",
        "/seed": "invalid_request",
        "/webhook_url": "invalid_request",
        "/colour": "unknown_field",
        "/engines/image-generation": "unsupported",
    }


@pytest.mark.parametrize(
    ("data", "path", "words"),
    [
        (task(promt="x"), "/params/promt", 'did you mean "prompt"'),
        (task() | {"sede": 1}, "/sede", 'did you mean "seed"'),
        (task("image-genration"), "/capability", 'did you mean "image-generation"'),
        (task() | {"priority": "interractive"}, "/priority", 'did you mean "interactive"'),
        (task(style="watercolour"), "/params/style", 'did you mean "watercolor"'),
        (task(engine="draft-paintr"), "/params/engine", 'did you mean "draft-painter"'),
        (speech(voice="ami"), "/params/voice", 'did you mean "amy"'),
        (film(transition="crosfade"), "/transition", 'did you mean "crossfade"'),
        (film(music={"mood": "clam"}), "/music/mood", 'did you mean "calm"'),
        (film(language="dee"), "/language", 'did you mean "de"'),
        (film(resolution="720"), "/resolution", 'did you mean "720p"'),
        ({"kind": "flim"}, "/kind", 'did you mean "film"'),
    ],
)
def test_the_nearest_right_name_is_told(told: Any, data: Any, path: str, words: str) -> None:
    assert words in told(data)[path]


def test_a_missing_field_is_told_at_its_own_path(refused: Any) -> None:
    assert refused({"kind": "task"}) == {"/capability": "invalid_request", "/params": "invalid_request"}
    assert refused({"kind": "task", "capability": "image-generation", "params": {}}) == {
        "/params/prompt": "invalid_request"
    }


def test_a_missing_kind_is_told_alone(refused: Any) -> None:
    assert refused({"brief": "a fox"}) == {"/kind": "invalid_request"}


def test_an_event_that_came_without_its_header_is_told_which(told: Any) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/shop", "type": JOB_REQUESTED, "data": task()}
    assert told(event)[""].endswith("content-type: application/cloudevents+json")


def test_json_of_kafka_connect_is_told_which_setting_it_needs(told: Any) -> None:
    wrapped = {"schema": {"type": "struct"}, "payload": task()}
    assert told(wrapped)[""].endswith("value.converter.schemas.enable=false")


@pytest.mark.parametrize("kind", ["films", "", None, 1, True, ["task"], {"kind": "task"}])
def test_an_unknown_kind_is_told_alone(refused: Any, kind: Any) -> None:
    assert refused({"kind": kind, "brief": "a fox"}) == {"/kind": "invalid_request"}


def test_names_with_slashes_and_tildes_are_escaped_in_paths(refused: Any) -> None:
    assert refused(task() | {"a/b~c": 1}) == {"/a~1b~0c": "unknown_field"}
    assert refused(task() | {"labels": {"a/b": 1, "": "x"}}) == {
        "/labels/a~1b": "invalid_request",
        "/labels/": "invalid_request",
    }


def test_a_path_never_names_a_variant_of_the_schema(refused: Any) -> None:
    clip = {"source": {"colour": "red"}, "position": {"x": "5"}}
    timeline = {"canvas": {"width_px": 64, "height_px": 64}, "tracks": [{"kind": "video", "clips": [clip]}]}
    found = refused({"kind": "composition", "timeline": timeline})
    at = "/timeline/tracks/0/clips/0"
    assert set(found) == {
        f"{at}/source/colour",
        f"{at}/position/x",
        f"{at}/position/y",
        f"{at}/position",
        f"{at}/duration_s",
    }


def test_a_voice_speaks_its_own_language(refused: Any) -> None:
    assert refused(speech(voice="max", language="en")) == {"/params/voice": "unsupported"}
    assert refused(speech(voice="amy", language="en")) == {}
    assert refused(speech(voice="everyone", language="de")) == {}
    assert refused(speech(voice="max")) == {}
    assert refused(film(voice="max", language="en")) == {"/voice": "unsupported"}


def test_work_that_no_engine_here_does_is_refused_with_what_would_help(told: Any) -> None:
    request = {
        "kind": "task",
        "capability": "voice-cloning",
        "params": {"text": "x", "reference": SHA, "consent": True},
    }
    assert "set ELEVENLABS_API_KEY" in told(request)["/capability"]
    assert "quality draft has one" in told(speech() | {"quality": "standard"})["/capability"]


def test_an_engine_that_does_something_else_is_refused(refused: Any) -> None:
    assert refused(task(engine="draft-speaker")) == {"/params/engine": "unsupported"}
    assert refused(task() | {"engines": {"image-generation": "draft-speaker"}}) == {
        "/engines/image-generation": "unsupported"
    }
    assert refused(task() | {"engines": {"painting": "draft-painter"}}) == {
        "/engines/painting": "unsupported"
    }


def test_more_than_the_engine_can_do_is_refused(refused: Any) -> None:
    request = {"kind": "task", "capability": "video-generation", "params": {"prompt": "x", "width_px": 3840}}
    assert refused(request) == {"/params/width_px": "unsupported"}
    request["params"] = {"prompt": "x", "audio": True}
    assert refused(request) == {"/params/audio": "unsupported"}
    request["params"] = {"prompt": "x", "audio": False, "width_px": 1920}
    assert refused(request) == {}


def test_a_recipe_that_does_not_exist_is_unsupported(refused: Any) -> None:
    assert refused({"kind": "recipe", "recipe": "promo"}) == {"/recipe": "unsupported"}


def test_rewording_needs_an_instruction_or_a_language(refused: Any) -> None:
    request = {"kind": "task", "capability": "text-to-text", "params": {"text": "x"}}
    assert refused(request) == {"/params/instruction": "invalid_request"}


def test_judging_needs_something_to_judge(refused: Any) -> None:
    request = {"kind": "task", "capability": "moderation", "params": {"assets": []}}
    assert refused(request) == {"/params/assets": "invalid_request"}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "fox.png",
        "http://x/fox.png",
        "s3://media",
        "s3://media/",
        "sha256:" + "0" * 63,
        "sha256:" + "G" * 64,
        7,
        {},
    ],
)
def test_an_address_that_names_no_asset_is_refused(refused: Any, address: Any) -> None:
    request = {"kind": "task", "capability": "image-upscaling", "params": {"image": address}}
    assert refused(request) == {"/params/image": "invalid_request"}


def test_an_asset_of_another_bucket_is_refused(refused: Any) -> None:
    request = {"kind": "task", "capability": "image-upscaling", "params": {"image": "s3://elsewhere/fox.png"}}
    assert refused(request) == {"/params/image": "invalid_request"}
    request["params"] = {"image": "s3://media/fox.png"}
    assert refused(request) == {}


def test_every_asset_of_a_request_is_found_with_its_pointer_and_kind() -> None:
    items = [
        {
            "id": "a",
            "capability": "image-editing",
            "params": {"image": SHA, "prompt": "x", "references": ["s3://media/a"]},
        },
        {
            "id": "b",
            "capability": "image-generation",
            "params": {"prompt": "x", "control": {"type": "canny", "image": SHA}},
        },
    ]
    assert asset_addresses({"kind": "batch", "items": items}) == {
        "/items/0/params/image": SHA,
        "/items/0/params/references/0": "s3://media/a",
        "/items/1/params/control/image": SHA,
    }
    clips = [{"source": SHA}, {"source": {"colour": "#000000"}}]
    timeline = {"tracks": [{"kind": "audio", "clips": clips}]}
    (found,) = asset_inputs({"kind": "composition", "timeline": timeline})
    assert found.pointer == "/timeline/tracks/0/clips/0/source"
    assert found.kinds == {"audio", "video"}
    (image,) = asset_inputs(
        film(characters=[{"id": "f", "description": "x", "images": ["s3://media/f.png"]}])
    )
    assert image.pointer == "/characters/0/images/0"


def test_cancel_and_replay_name_a_job(refused: Any) -> None:
    assert refused({"job_id": JOB}, CANCEL_REQUESTED) == {}
    assert refused({"job_id": JOB, "reason": "enough"}, CANCEL_REQUESTED) == {}
    assert refused({"job_id": JOB.upper()}, CANCEL_REQUESTED) == {"/job_id": "invalid_request"}
    assert refused({}, CANCEL_REQUESTED) == {"/job_id": "invalid_request"}
    assert refused({"labels": {}}, CANCEL_REQUESTED) == {"/job_id": "invalid_request"}
    assert refused({"labels": {"a": "b"}, "reason": "enough"}, CANCEL_REQUESTED) == {}
    assert refused({"tenant": "acme"}, CANCEL_REQUESTED) == {}
    assert refused({"job_id": JOB, "tenant": "acme"}, CANCEL_REQUESTED) == {}
    assert refused({"job_id": JOB, "labels": {"a": "b"}}, CANCEL_REQUESTED) == {"/labels": "invalid_request"}
    assert refused({"job_id": JOB, "tenant": "acme"}, REPLAY_REQUESTED) == {}
    assert refused({"job_id": JOB, "tenant": "a/b"}, REPLAY_REQUESTED) == {"/tenant": "invalid_request"}
    assert refused({"job_id": JOB, "from_node": "a", "seed": 3}, REPLAY_REQUESTED) == {}
    assert refused({"job_id": JOB, "engines": {"image-generation": "flux"}}, REPLAY_REQUESTED) == {
        "/engines/image-generation": "engine_unavailable"
    }


@pytest.mark.parametrize("data", [None, 3, "film", [], True])
def test_a_request_that_is_no_object_is_refused_as_a_whole(refused: Any, data: Any) -> None:
    assert refused(data) == {"": "invalid_request"}


def test_a_type_that_is_no_request_is_refused_as_a_whole(refused: Any) -> None:
    assert refused({}, "media.job.succeeded.v1") == {"": "invalid_request"}


def test_a_request_of_more_than_a_megabyte_is_refused_as_a_whole(refused: Any) -> None:
    big = {"kind": "recipe", "recipe": "x", "params": {"text": "x" * REQUEST_MAX_BYTES}}
    assert refused(big) == {"": "invalid_request"}


@pytest.mark.parametrize(
    "data", [film(style="\ud800"), film() | {"\udfff": 1}, film(labels={"a": "x\ud800"})]
)
def test_half_a_character_is_refused_and_the_answer_can_be_sent(offers: Offers, data: Any) -> None:
    verdict = examine(JOB_REQUESTED, data, offers=offers, allow_private_webhooks=False)
    assert isinstance(verdict, Rejected)
    assert all(problem.to_bytes() for problem in verdict.problems)


def test_a_request_that_is_nested_too_deep_or_has_too_many_values_is_refused_as_a_whole(refused: Any) -> None:
    def nested(levels: int) -> Any:
        inner: Any = {}
        for _ in range(levels - 1):
            inner = {"not": inner}
        return {
            "kind": "task",
            "capability": "text-generation",
            "params": {"prompt": "x", "json_schema": inner},
        }

    assert refused(nested(62)) == {}
    assert refused(nested(63)) == {"": "invalid_request"}
    assert refused(nested(100_000)) == {"": "invalid_request"}
    assert refused({"kind": "batch", "items": [0] * 200_000}) == {"": "invalid_request"}


def test_a_request_that_is_wrong_in_very_many_places_gets_an_answer_that_can_be_sent(offers: Offers) -> None:
    request = task() | {f"field{n}" + "x" * 60: n for n in range(10_000)}
    verdict = examine(JOB_REQUESTED, request, offers=offers, allow_private_webhooks=False)
    assert isinstance(verdict, Rejected)
    assert 100 < len(verdict.problems) <= 1000
    assert sum(len(problem.to_bytes()) for problem in verdict.problems) < 500_000


def test_a_message_does_not_repeat_what_a_prompt_says(offers: Offers) -> None:
    request = task(prompt="a secret " * 3000, style="x" * 200, negative_prompt=["a secret"])
    verdict = examine(JOB_REQUESTED, request, offers=offers, allow_private_webhooks=False)
    assert isinstance(verdict, Rejected)
    assert not any("secret" in problem.message or len(problem.message) > 400 for problem in verdict.problems)
