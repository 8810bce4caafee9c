"""How an animated picture is had at any moment: repeated as browsers do, whatever decodes it."""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engines.composition.placing import moved, placed, resized
from engines.composition.planes import Picture, from_rgb
from engines.media.kinds import open_media
from engines.media.stills import formats, upright
from runtime.errors import AssetInvalid
from schemas.choices import Fit
from schemas.timeline import Motion

if TYPE_CHECKING:
    from PIL.Image import Image

    from engines.composition.sources import Source

_SHORTEST_MS, _INSTEAD_MS = 10, 100
"""Browsers show a picture that says at most 10 ms for 100 ms."""
_FRAMES_MAX = 100_000
_SAME_MOMENT_S = 0.002


def repeated(moment_s: float, length_s: float | None, plays: int | None) -> float:
    """Return the moment of an animation that is seen `moment_s` after its begin.

    It is played `plays` times, for ever if that is 0; None is a film, which holds its last picture.
    """
    if plays is None or not length_s or moment_s < length_s:
        return moment_s
    if plays and moment_s >= plays * length_s:
        return length_s
    return moment_s % length_s


def plays(image: Image) -> int:
    """Return how often an animation is played, 0 for ever."""
    loop = image.info.get("loop")
    if image.format == "GIF":
        # The block says how often it is repeated; without one it is not.
        return 1 if loop is None else 0 if loop == 0 else int(loop) + 1
    return int(loop or 0)


def webp_ends_s(path: Path) -> list[float]:
    """Return when each picture of an animated WebP ends (RFC 9649, section 2.7.1.1: ANMF).

    Raises: AssetInvalid, when there are more than anybody shows.
    """
    ends, now_ms = [], 0
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            kind, length = struct.unpack("<4sI", head)
            body = file.read(16) if kind == b"ANMF" else b""
            if len(body) == 16:
                said_ms = int.from_bytes(body[12:15], "little")
                now_ms += said_ms if said_ms > _SHORTEST_MS else _INSTEAD_MS
                ends.append(now_ms / 1000)
                if len(ends) > _FRAMES_MAX:
                    raise AssetInvalid(f"the animation has more than {_FRAMES_MAX} pictures")
            file.seek(length + length % 2 - len(body), 1)
    return ends


def avif_ends_s(path: Path) -> list[float]:
    """Return when each picture of an animated AVIF ends: to its container it is a film.

    Raises: AssetInvalid, when it cannot be read, or has more than anybody shows.
    """
    with open_media(path, "video/mp4") as container:
        moving = [stream for stream in container.streams.video if stream.duration]
        ends = sorted(
            float((packet.pts + (packet.duration or 0)) * packet.time_base)
            for packet in container.demux(moving[:1])
            if packet.pts is not None
        )
    if not 0 < len(ends) <= _FRAMES_MAX:
        raise AssetInvalid(f"the animation has no pictures, or more than {_FRAMES_MAX}")
    return ends


def ends_s(path: Path) -> list[float]:
    """Return when each picture of an animation ends whose pages Pillow turns.

    Raises: AssetInvalid.
    """
    with path.open("rb") as file:
        return webp_ends_s(path) if file.read(4) == b"RIFF" else avif_ends_s(path)


class Pages:
    """The pictures of an animated WebP or AVIF, which FFmpeg reads not at all, or without their holes.

    One is in memory at a time.
    """

    def __init__(self, path: Path) -> None:
        from PIL import Image

        self._image = Image.open(io.BytesIO(_with_holes(path.read_bytes())), formats=formats())
        self._ends_s = ends_s(path)

    def number(self, moment_s: float) -> int:
        """Return which picture is shown at a moment; past the end it is the last."""
        return min(bisect_right(self._ends_s, moment_s), len(self._ends_s) - 1)

    def rgba(self, number: int) -> NDArray[np.uint8]:
        """Return a picture, sRGB, as uint8 (height, width, 4), or 3 where nothing is seen through it.

        Raises: AssetInvalid: it cannot be decoded.
        """
        try:
            self._image.seek(number)
            pixels = upright(self._image)
            return pixels[..., :3] if pixels.shape[2] == 4 and pixels[..., 3].min() == 255 else pixels
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise AssetInvalid("the animation is damaged") from error

    def close(self) -> None:
        """Let go of the file."""
        self._image.close()


class PagesReader:
    """The picture of a clip of an animated WebP or AVIF."""

    def __init__(self, source: Source, fit: Fit, motion: Motion | None, canvas: tuple[int, int]) -> None:
        self._source, self._fit, self._motion, self._canvas = source, fit, motion, canvas
        self._pictures = Pages(source.path)
        self._shown: tuple[int, Picture] | None = None

    def at(self, moment_s: float, progress: float) -> Picture:
        """Return the picture `moment_s` into the source, and `progress` (0..1) through the clip.

        Raises: AssetInvalid, naming the clip.
        """
        source = self._source
        number = self._pictures.number(repeated(moment_s + _SAME_MOMENT_S, source.duration_s, source.plays))
        if self._shown is None or self._shown[0] != number:
            try:
                self._shown = number, self._placed(self._pictures.rgba(number))
            except AssetInvalid as error:
                raise AssetInvalid(f"{source.name}: {error.message}") from error
        picture = self._shown[1]
        if self._motion is None:
            return picture
        planes, alpha = moved(picture.planes, picture.alpha, self._motion, progress, picture.planes.size)
        return Picture(planes, picture.x_px, picture.y_px, alpha)

    def close(self) -> None:
        """Let go of the file."""
        self._pictures.close()

    def _placed(self, pixels: NDArray[np.uint8]) -> Picture:
        height, width = pixels.shape[:2]
        place = placed((width, height), self._fit, self._canvas)
        left, top, right, bottom = place.box
        seen = resized(np.ascontiguousarray(pixels[top:bottom, left:right]), (place.width, place.height))
        alpha = np.ascontiguousarray(seen[..., 3]) if seen.shape[2] == 4 else None
        return Picture(from_rgb(np.ascontiguousarray(seen[..., :3])), place.x, place.y, alpha)


def _with_holes(data: bytes) -> bytes:
    """Say of a WebP that it can be seen through: where no picture paints it can, though its header may not say so.

    Source: RFC 9649, section 2.7 (VP8X, flag L).
    """
    if data[8:16] != b"WEBPVP8X":
        return data
    return b"".join((data[:20], bytes((data[20] | 0x10,)), data[21:]))
