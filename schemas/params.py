"""Which parameters each capability takes, with their ranges and defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, create_model

from schemas.base import Fraction, Integer, JsonObject, Message, Seed
from schemas.fields import Duration, Fps, Label, Many, Maybe, Pixels, Words, no_more_than
from schemas.references import AssetRef, OrReference
from schemas.rules import Ruled
from schemas.timeline import Timeline

Factor = Annotated[float, Field(gt=1.0, le=8.0)]
PictureFormat = Literal["png", "jpeg", "webp"]
SoundFormat = Literal["wav", "mp3"]
Rate = Annotated[float, Field(ge=0.25, le=4.0)]
References = Annotated[Many[AssetRef], Field(max_length=16), no_more_than(16)]
Assets = Annotated[Many[AssetRef], Field(max_length=1000), no_more_than(1000)]


class Params(Message):
    """What every capability takes: an engine to pin and a seed that beats the job's."""

    engine: Maybe[Label] = None
    seed: Maybe[Seed] = None


class Step(Message):
    """One named operation with parameters of its own: {"name": "crop", "x": 0.1, ...}."""

    model_config = ConfigDict(extra="allow")

    name: Label


class Control(Message):
    """A picture that steers another: its edges, depths or poses are kept."""

    type: Literal[
        "canny", "depth", "pose", "lineart", "scribble", "softedge", "segmentation", "normal", "tile"
    ]
    image: AssetRef
    scale: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0


class TextGeneration(Params):
    """Write something new; with `json_schema` the answer is JSON of that shape."""

    prompt: Words
    system: Maybe[Words] = None
    max_tokens: Maybe[Annotated[Integer, Field(ge=1, le=131_072)]] = None
    temperature: Maybe[Annotated[float, Field(ge=0.0, le=2.0)]] = None
    json_schema: Maybe[dict[str, Any]] = None


class TextToText(Params, Ruled):
    """Work on a text: do what `instruction` says, or say it in `target_language`."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["instruction"]}, {"required": ["target_language"]}]}
    )

    text: Words
    instruction: Maybe[Words] = None
    target_language: Maybe[Label] = None

    @classmethod
    def _across(cls, data: JsonObject) -> Iterator[tuple[str, str]]:
        if "instruction" not in data and "target_language" not in data:
            yield "instruction", "say what to do: give instruction or target_language"


class PromptRefinement(Params):
    """Make a better prompt of a short one."""

    prompt: Words
    purpose: Maybe[Label] = None


class ImageGeneration(Params):
    """Paint a picture from words."""

    prompt: Words
    negative_prompt: Maybe[Words] = None
    style: Maybe[Label] = None
    width_px: Pixels = 1024
    height_px: Pixels = 1024
    steps: Annotated[Integer, Field(ge=1, le=200)] = 30
    guidance: Annotated[float, Field(ge=0.0, le=50.0)] = 7.5
    control: Maybe[Control] = None
    references: References = ()
    format: PictureFormat = "png"


class ImageEditing(Params):
    """Change a picture as words say, inside `mask` if there is one."""

    image: AssetRef
    prompt: Words
    mask: Maybe[AssetRef] = None
    references: References = ()
    strength: Fraction = 0.75


class ImageUpscaling(Params):
    """Make a picture larger by `factor` on each side."""

    image: AssetRef
    factor: Factor = 2.0


class ImageEnhancement(Params):
    """Make a picture better without changing its size."""

    image: AssetRef
    kind: Literal["auto", "denoise", "sharpen", "light", "colour", "face"] = "auto"


class VideoGeneration(Params):
    """Make a clip from words."""

    prompt: Words
    negative_prompt: Maybe[Words] = None
    duration_s: Duration = 5.0
    fps: Fps = 24.0
    width_px: Maybe[Pixels] = None
    height_px: Maybe[Pixels] = None
    audio: bool = False


class VideoAnimation(Params):
    """Make a clip from a picture."""

    image: AssetRef
    prompt: Maybe[Words] = None
    motion: Maybe[Label] = None
    duration_s: Duration = 5.0
    fps: Fps = 24.0


class VideoUpscaling(Params):
    """Make a clip larger by `factor` on each side."""

    video: AssetRef
    factor: Factor = 2.0


class TextToSpeech(Params):
    """Say a text; the word timings come back as JSON in `asset.text`."""

    text: Words
    voice: Maybe[Label] = None
    language: Maybe[Label] = None
    speed: Rate = 1.0
    pitch: Rate = 1.0
    emotion: Maybe[Label] = None
    format: SoundFormat = "wav"


def _yes(value: object) -> object:
    # 1 equals True in Python, but is no consent.
    return value if value is True else None


class VoiceCloning(Params):
    """Say a text in the voice of a recording, whose speaker has agreed."""

    text: Words
    reference: AssetRef
    reference_text: Maybe[Words] = None
    consent: Annotated[Literal[True], BeforeValidator(_yes)]


class VoiceDesign(Params):
    """Say a text in a voice that words describe."""

    text: Words
    description: Words


class AudioGeneration(Params):
    """Make music from a mood or from words."""

    mood: Maybe[Label] = None
    prompt: Maybe[Words] = None
    duration_s: Annotated[float, Field(ge=0.5, le=600.0)]
    tempo: Maybe[Annotated[float, Field(ge=30.0, le=240.0)]] = None
    intensity: Fraction = 0.5
    format: SoundFormat = "wav"


class SoundEffects(Params):
    """Make a sound from words."""

    prompt: Words
    duration_s: Maybe[Annotated[float, Field(ge=0.1, le=600.0)]] = None


class SpeechToText(Params):
    """Write down what is said, with the time of every word."""

    audio: AssetRef
    language: Maybe[Label] = None
    translate: bool = False


class AudioEffects(Params):
    """Send a sound through a chain of effects."""

    audio: AssetRef
    effects: Annotated[Many[Step], Field(min_length=1, max_length=64), no_more_than(64)]


class Composition(Params):
    """Put given assets together into one file."""

    timeline: Timeline


class MediaTransform(Params):
    """Change a file: cut, scale, convert, ..."""

    source: AssetRef
    operation: Step


class _Judged(Params, Ruled):
    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["text"]},
                {"required": ["assets"], "properties": {"assets": {"minItems": 1, "type": "array"}}},
            ]
        }
    )

    assets: Assets = ()
    text: Maybe[Words] = None
    policy: Maybe[Label] = None

    @classmethod
    def _across(cls, data: JsonObject) -> Iterator[tuple[str, str]]:
        if not data.get("assets") and "text" not in data:
            yield "assets", "give something to judge: assets or text"


class Moderation(_Judged):
    """Judge assets or a text by a policy: may they be shown?"""


class QualityAssessment(_Judged):
    """Judge assets or a text by their quality."""


def with_references(params: type[Params]) -> type[Params]:
    """Return the model of the same parameters of which each may also be {"$from": ...}."""
    loosened: dict[str, Any] = {
        name: (
            Annotated[field.rebuild_annotation(), OrReference()],
            ... if field.is_required() else field.default,
        )
        for name, field in params.model_fields.items()
        if name not in Params.model_fields
    }
    return create_model(f"{params.__name__}WithReferences", __base__=params, __module__=__name__, **loosened)
