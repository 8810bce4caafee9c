"""What a composition is: a canvas, any number of tracks of clips, and the file that comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, WrapValidator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from schemas.base import Fraction, Integer, Message
from schemas.choices import Captions, Fit, Quality
from schemas.fields import Label, Many, Maybe, Pixels, no_more_than
from schemas.mediakinds import HEARD, READ, SEEN, MediaKind
from schemas.overlay import Blend, Chroma, Colour, ColourKey, Effect, Length, Position
from schemas.references import ASSET_EXPECTED, AssetRef, FromNode

Seconds = Annotated[float, Field(ge=0.0, le=3600.0)]


class ColourSource(Message):
    """A plain colour instead of a picture."""

    colour: Colour


class TextSource(Message):
    """Words instead of a picture: what a caption clip shows."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class Canvas(Message):
    """The picture that everything is placed on."""

    width_px: Pixels
    height_px: Pixels
    fps: Annotated[float, Field(ge=1, le=120)] = 24
    background: Colour = "#000000"


class Crop(Message):
    """A part of a picture in fractions of its size: left, top, width and height, all 0..1."""

    x: Fraction
    y: Fraction
    width: Annotated[float, Field(gt=0.0, le=1.0)]
    height: Annotated[float, Field(gt=0.0, le=1.0)]


class Motion(Message):
    """A camera move over a still: from one crop to another."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: Annotated[Crop, Field(alias="from")]
    to: Crop


class Transition(Message):
    """How a clip comes in over the end of the clip before it on the same track."""

    type: Label
    duration_s: Annotated[float, Field(gt=0.0, le=5.0)] = 0.5


class Duck(Message):
    """Turn this clip down while the track `by` is heard."""

    by: Integer
    amount_db: Annotated[float, Field(ge=0.0, le=40.0)] = 12.0


def _source(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    # Chosen by its field and not by trial, so that an error speaks of what was meant.
    if isinstance(value, ColourSource | TextSource):
        return value
    if isinstance(value, dict) and "colour" in value:
        return ColourSource.model_validate(value)
    if isinstance(value, dict) and "text" in value:
        return TextSource.model_validate(value)
    if isinstance(value, str | FromNode) or (isinstance(value, dict) and "$from" in value):
        return _ASSET.validate_python(value)
    raise PydanticCustomError("asset_expected", SOURCE_EXPECTED)


SOURCE_EXPECTED = ASSET_EXPECTED + ', {"colour": "#rrggbb"} or {"text": "words"}'
_ASSET: TypeAdapter[str | FromNode] = TypeAdapter(AssetRef)


class Clip(Message):
    """One source on a track, from `start_s` for `duration_s`."""

    source: Annotated[AssetRef | ColourSource | TextSource, WrapValidator(_source)]
    start_s: Seconds = 0.0
    duration_s: Maybe[Annotated[float, Field(gt=0.0, le=3600.0)]] = None
    trim_in_s: Seconds = 0.0
    speed: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    fit: Fit = "cover"
    motion: Maybe[Motion] = None
    transition_in: Maybe[Transition] = None
    opacity: Fraction = 1.0
    gain_db: Annotated[float, Field(ge=-60.0, le=24.0)] = 0.0
    fade_in_s: Seconds = 0.0
    fade_out_s: Seconds = 0.0
    duck: Maybe[Duck] = None
    blend: Maybe[Blend] = None
    position: Maybe[Position] = None
    width: Maybe[Length] = None
    height: Maybe[Length] = None
    rotation: Maybe[Annotated[float, Field(ge=-360.0, le=360.0)]] = None
    colour_key: Maybe[ColourKey] = None
    chroma: Maybe[Chroma] = None
    effects: Maybe[Annotated[Many[Effect], Field(max_length=64), no_more_than(64)]] = None


class Track(Message):
    """Clips of one kind; later video tracks lie over earlier ones."""

    kind: Literal["video", "audio", "caption"]
    clips: Annotated[Many[Clip], Field(max_length=10_000), no_more_than(10_000)]


TRACK_KINDS: Mapping[str, frozenset[MediaKind]] = {"video": SEEN, "audio": HEARD, "caption": READ}
"""Which kinds of media a clip of each kind of track may show or play."""


class Output(Message):
    """The file that comes out and what is made beside it."""

    container: Literal["mp4", "webm", "mov", "gif", "hls"] = "mp4"
    video_codec: Literal["h264", "h265", "vp9", "av1", "prores", "gif"] = "h264"
    audio_codec: Literal["aac", "opus", "mp3", "flac", "pcm"] = "aac"
    quality: Quality = "standard"
    loudness_lufs: Annotated[float, Field(ge=-40.0, le=-5.0)] = -14.0
    captions: Captions = "burned"
    extras: Many[Literal["poster", "contact_sheet"]] = ()
    language: Label = "en"


class Timeline(Message):
    """A whole composition, as contract: canvas, tracks, output."""

    canvas: Canvas
    tracks: Annotated[Many[Track], Field(min_length=1, max_length=1000), no_more_than(1000)]
    output: Output = Output()
