"""How a clip's picture is had at any moment: stills, films, colours and titles, placed on the canvas."""

from __future__ import annotations

from engines.composition.animations import PagesReader
from engines.composition.footage import Footage
from engines.composition.placing import moved
from engines.composition.planes import Picture, blank, ycc
from engines.composition.sources import Source
from engines.composition.stillcache import Want
from engines.composition.studio import Reader, Studio
from engines.media.profiles import coded_light
from engines.media.tonemap import shortfall_of
from schemas.choices import Fit
from schemas.timeline import Clip, ColourSource, Motion, TextSource


def reader(clip: Clip, source: Source | None, studio: Studio) -> Reader:
    """Return the reader of a clip of a video track."""
    size = studio.size
    if isinstance(clip.source, ColourSource):
        planes = blank(*size)
        planes.fill(ycc(clip.source.colour))
        return _Fixed(Picture(planes))
    if isinstance(clip.source, TextSource):
        bitmap = studio.lettering.title(clip.source.text)
        height, width = bitmap.luma.shape
        planes = blank(width, height)
        planes.fill((16, 128, 128))
        planes.y[...] = bitmap.luma
        return _Fixed(Picture(planes, bitmap.x_px, bitmap.y_px, bitmap.alpha))
    assert source is not None  # noqa: S101 - the plan gives every other clip its file
    if source.kind == "still":
        return _Still(source, clip.fit, clip.motion, studio)
    if source.has_pages:
        return PagesReader(source, clip.fit, clip.motion, size)
    return Footage(source, clip.fit, clip.motion, studio)


class _Fixed:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def at(self, moment_s: float, progress: float) -> Picture:
        return self._picture

    def close(self) -> None:
        return None


class _Still:
    """A picture, enlarged once so that a camera move over it is smooth to a few thousandths of a pixel."""

    def __init__(self, source: Source, fit: Fit, motion: Motion | None, studio: Studio) -> None:
        self._stills, self._motion = studio.stills, motion
        self._want = Want(source.path, fit, enlarged=motion is not None)
        self._still = self._stills.take(self._want, source.name)
        light = coded_light(source.path)
        lacks = shortfall_of(*light) if light is not None else None
        if lacks is not None:
            studio.losses.tell("unsupported", source.name, lacks)

    def at(self, moment_s: float, progress: float) -> Picture:
        still = self._still
        if self._motion is None:
            return Picture(still.planes, still.x_px, still.y_px, still.alpha)
        planes, alpha = moved(still.planes, still.alpha, self._motion, progress, still.size)
        return Picture(planes, still.x_px, still.y_px, alpha)

    def close(self) -> None:
        self._stills.leave(self._want)
