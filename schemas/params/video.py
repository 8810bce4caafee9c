"""Which parameters each capability of clips takes, with their ranges and defaults."""

from __future__ import annotations

from schemas.fields import Duration, Fps, Label, Maybe, Pixels, Words
from schemas.params.base import Factor, Params
from schemas.references import AssetRef


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
