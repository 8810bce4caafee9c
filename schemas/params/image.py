"""Which parameters each capability of pictures takes, with their ranges and defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Fraction, Integer, Message
from schemas.fields import Label, Many, Maybe, Pixels, Words, no_more_than
from schemas.params.base import Factor, Params
from schemas.references import AssetRef

PictureFormat = Literal["png", "jpeg", "webp"]
References = Annotated[Many[AssetRef], Field(max_length=16), no_more_than(16)]


class Control(Message):
    """A picture that steers another: its edges, depths or poses are kept."""

    type: Literal[
        "canny", "depth", "pose", "lineart", "scribble", "softedge", "segmentation", "normal", "tile"
    ]
    image: AssetRef
    scale: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0


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
