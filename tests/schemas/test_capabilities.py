"""The parameters of each capability are those of the published table, no more and no fewer."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.capabilities import CAPABILITY_ROWS, PARAMS, WITH_REFERENCES, Capability, CapabilitySpec
from schemas.jsontypes import accepts, asset_field_type
from schemas.mediakinds import media_kind
from schemas.references import FromNode

# Required ones first, then "?", then the optional ones.
TABLE = {
    "text-generation": "prompt ? system max_tokens temperature json_schema",
    "text-to-text": "text ? instruction target_language",
    "prompt-refinement": "prompt ? purpose",
    "image-generation": "prompt ? negative_prompt style width_px height_px steps guidance control references"
    " format",
    "image-editing": "image prompt ? mask references strength",
    "image-upscaling": "image ? factor",
    "image-enhancement": "image ? kind",
    "video-generation": "prompt ? negative_prompt duration_s fps width_px height_px audio",
    "video-animation": "image ? prompt motion duration_s fps",
    "video-upscaling": "video ? factor",
    "text-to-speech": "text ? voice language speed pitch emotion format",
    "voice-cloning": "text reference consent ? reference_text",
    "voice-design": "text description ?",
    "audio-generation": "duration_s ? mood prompt tempo intensity format",
    "sound-effects": "prompt ? duration_s",
    "speech-to-text": "audio ? language translate",
    "audio-effects": "audio effects ?",
    "composition": "timeline ?",
    "media-transform": "source operation ?",
    "moderation": "? assets text policy",
    "quality-assessment": "? assets text policy",
}


def test_every_capability_has_exactly_one_row_in_the_order_of_the_list() -> None:
    assert [row.capability for row in CAPABILITY_ROWS] == list(Capability)
    assert list(TABLE) == list(PARAMS) == list(WITH_REFERENCES) == list(Capability)


@pytest.mark.parametrize("row", CAPABILITY_ROWS, ids=lambda row: str(row.capability))
def test_what_a_row_says_of_parameters_is_said_of_parameters_that_there_are(row: CapabilitySpec) -> None:
    fields = set(row.params.model_fields)
    assert {pattern[0] for pattern in (*row.inputs, *row.names)} | set(row.words) <= fields
    assert not {pattern[0] for pattern in row.inputs} & set(row.words)
    assert row.params.__module__ == f"schemas.params.{row.modality}"


@pytest.mark.parametrize("capability", list(Capability))
def test_the_parameters_are_those_of_the_table(capability: Capability) -> None:
    required, optional = (part.split() for part in TABLE[capability].split("?"))
    for table in (PARAMS, WITH_REFERENCES):
        fields = table[capability].model_fields
        assert {name for name, field in fields.items() if field.is_required()} == set(required)
        assert set(fields) == {*required, *optional, "engine", "seed"}


def test_the_defaults_are_those_of_the_table() -> None:
    picture: Any = PARAMS[Capability.IMAGE_GENERATION].model_validate({"prompt": "x"})
    assert (picture.width_px, picture.height_px, picture.steps, picture.guidance) == (1024, 1024, 30, 7.5)
    assert (picture.references, picture.format) == ((), "png")
    clip: Any = PARAMS[Capability.VIDEO_GENERATION].model_validate({"prompt": "x"})
    assert (clip.duration_s, clip.fps) == (5, 24)
    voice: Any = PARAMS[Capability.TEXT_TO_SPEECH].model_validate({"text": "x"})
    assert (voice.speed, voice.pitch, voice.format) == (1.0, 1.0, "wav")
    music: Any = PARAMS[Capability.AUDIO_GENERATION].model_validate({"duration_s": 1})
    assert (music.intensity, music.format) == (0.5, "wav")


def test_in_a_graph_any_parameter_may_be_a_reference_and_is_written_as_one() -> None:
    request = {"prompt": {"$from": "a", "field": "text"}, "width_px": {"$from": "b", "field": "width_px"}}
    read: Any = WITH_REFERENCES[Capability.IMAGE_GENERATION].model_validate(request)
    assert read.prompt == FromNode.model_validate({"$from": "a", "field": "text"})
    assert read.model_dump(mode="json", exclude_unset=True) == request
    with pytest.raises(ValidationError):
        PARAMS[Capability.IMAGE_GENERATION].model_validate(request)


def test_an_error_beside_a_reference_names_the_parameter_alone() -> None:
    with pytest.raises(ValidationError) as caught:
        WITH_REFERENCES[Capability.IMAGE_GENERATION].model_validate(
            {"prompt": {"$from": "a"}, "width_px": "9"}
        )
    assert [error["loc"] for error in caught.value.errors()] == [("width_px",)]


def test_the_result_of_an_asset_field_fits_parameters_of_its_type() -> None:
    assert asset_field_type("duration_s") == "number"
    assert accepts(Capability.VIDEO_ANIMATION, "duration_s", asset_field_type("duration_s"))
    assert accepts(Capability.IMAGE_GENERATION, "guidance", asset_field_type("width_px"))
    assert not accepts(Capability.IMAGE_GENERATION, "width_px", asset_field_type("duration_s"))
    assert not accepts(Capability.TEXT_TO_SPEECH, "text", asset_field_type("width_px"))


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "image"),
        ("video/mp4", "video"),
        ("audio/wav", "audio"),
        ("text/plain; charset=utf-8", "text"),
        ("application/json", "json"),
        ("application/pdf", None),
        ("", None),
    ],
)
def test_a_media_type_is_of_one_kind(media_type: str, kind: str | None) -> None:
    assert media_kind(media_type) == kind
