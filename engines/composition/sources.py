"""What an input file is, and how it is opened without trusting its name or its content."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import av
import av.error

from engines.composition.animations import ends_s, plays
from engines.composition.entries import Entries
from engines.media.gaps import UNTIMED
from engines.media.kinds import PICTURES, judge, open_media
from engines.media.lasting import is_joined, packets_s
from engines.media.limits import FRAME_PIXELS_MAX, check_frame
from engines.media.probe import heard_stream
from engines.media.stills import formats
from engines.media.wholeness import check_whole
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from av.container import InputContainer

_MOVING = ("GIF", "PNG", "WEBP", "AVIF")
_TIMED = {"mov", "matroska", "mpegts", "asf", "flv"}
"""Formats that say the time of each packet, to a millisecond or better."""
_BROADCAST = {"mpegts", "mpeg"}
_LOOKED_THROUGH_BYTES = 256 * 1024 * 1024
"""A larger broadcast is not read through to see whether it was joined of several: that would take seconds."""
_ANIMATION_MAX_S = 7 * 24 * 3600.0
DECODER = {"max_pixels": str(FRAME_PIXELS_MAX)}
"""What a decoder may be made to hold, whatever the file says in its header and in the middle."""


@dataclass(frozen=True, slots=True)
class Source:
    """One input: where it is, what it holds and for how long it lasts (None for a still).

    `seeks` says that the clock of its sound is good enough to enter it in the middle, `is_guessed`
    that no header says the length. `plays` is how often an animation is played, 0 for ever; None for the rest.
    `remarks` are what is told of it in the result. `is_bare`: its times do not tell where in it something is.
    """

    name: str
    path: Path
    kind: Literal["still", "video", "audio"]
    duration_s: float | None
    has_sound: bool
    seeks: bool = False
    is_guessed: bool = False
    plays: int | None = None
    has_pages: bool = False
    remarks: tuple[str, ...] = ()
    is_bare: bool = False
    entries: Entries = field(default_factory=Entries, compare=False, repr=False)


def probe(path: Path, name: str) -> Source:
    """Look into a file.

    Raises: AssetInvalid, naming the clip, when it is no picture, film or sound.
    """
    try:
        media_type = judge(path)
    except AssetInvalid as error:
        raise AssetInvalid(f"{name}: {error.message[:1].lower()}{error.message[1:].rstrip('.')}") from error
    except OSError as error:
        raise AssetInvalid(f"{name}: the file cannot be read") from error
    picture = _pictured(path) if media_type in PICTURES else None
    if media_type in PICTURES and (picture is None or picture.plays is None):
        return Source(name, path, "still", None, False)
    if picture is not None and picture.has_pages:
        try:
            check_frame(*picture.size)
            length_s = ends_s(path)[-1]
        except AssetInvalid as error:
            raise AssetInvalid(f"{name}: {error.message}") from error
        return Source(name, path, "video", length_s, False, plays=picture.plays, has_pages=True)
    try:
        missing = check_whole(path, media_type)
    except (AssetInvalid, OSError) as error:
        raise AssetInvalid(f"{name}: the file is damaged or cut short") from error
    with opened(path, name) as container:
        pictures = [stream for stream in container.streams.video if not is_cover(stream)]
        for stream in pictures:
            _check_pictures(stream, name)
        sound = heard_stream(container)
        if not pictures and sound is None:
            kinds = "sound that can be decoded" if container.streams.audio else "sound"
            raise AssetInvalid(f"{name}: the file holds neither pictures nor {kinds}")
        if picture is not None:
            lasts_s = packets_s(container, pictures[:1], _ANIMATION_MAX_S)
            return Source(name, path, "video", lasts_s, False, plays=picture.plays)
        duration_s, broadcast = _duration_s(container), container.format.name in _BROADCAST
        bare = _is_bare(container, path, pictures[0] if pictures else container.streams.audio[0])
        remarks = []
        if missing:
            remarks.append(f"{missing} bytes of the file are missing")
        if container.streams.audio and sound is None:
            remarks.append("its sound is of a kind that cannot be decoded, so it is silent")
        return Source(
            name,
            path,
            "video" if pictures else "audio",
            duration_s,
            has_sound=sound is not None,
            seeks=_seeks(container, sound) and not (bare and broadcast),
            is_guessed=container.format.name in UNTIMED,
            remarks=tuple(remarks),
            is_bare=bare,
        )


def _check_pictures(stream: av.VideoStream, name: str) -> None:
    """Raise AssetInvalid, naming the clip, where pictures cannot be decoded or are larger than we bear."""
    if stream.codec_context is None:
        raise AssetInvalid(f"{name}: its pictures are of a kind that cannot be decoded")
    if stream.width <= 0 or stream.height <= 0:
        # So it is, too, where a decoder was not allowed to become as large as it wanted to.
        raise AssetInvalid(
            f"{name}: the film says no size, or more than {FRAME_PIXELS_MAX // 10**6} megapixels"
        )
    try:
        check_frame(stream.width, stream.height)
    except AssetInvalid as error:
        raise AssetInvalid(f"{name}: {error.message}") from error


def _is_bare(container: InputContainer, path: Path, stream: av.VideoStream | av.AudioStream) -> bool:
    """Say whether the file's times do not tell where in it something is: it has none, or was joined of several."""
    if container.format.name in UNTIMED:
        return True
    if container.format.name not in _BROADCAST or path.stat().st_size > _LOOKED_THROUGH_BYTES:
        return False
    return is_joined(container, stream)


@contextmanager
def opened(path: Path, name: str) -> Iterator[InputContainer]:
    """Open a media file; whatever FFmpeg says while it is open becomes ours.

    Raises: AssetInvalid, naming the clip.
    """
    try:
        container = open_media(path, judge(path), DECODER)
    except (AssetInvalid, OSError) as error:
        raise AssetInvalid(f"{name}: the file cannot be read as a picture, film or sound") from error
    with container:
        try:
            yield container
        except (av.error.FFmpegError, EOFError) as error:
            raise AssetInvalid(f"{name}: the file is damaged") from error


@dataclass(frozen=True, slots=True)
class _Pictured:
    """What Pillow knows of a file; `plays` is None for a still."""

    size: tuple[int, int]
    plays: int | None = None
    has_pages: bool = False


def _pictured(path: Path) -> _Pictured | None:
    """Return what a picture or animation is; None when the file is neither."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=formats()) as image:
                if getattr(image, "n_frames", 1) > 1 and image.format in _MOVING:
                    return _Pictured(image.size, plays(image), image.format in ("WEBP", "AVIF"))
                return _Pictured(image.size)
    except Image.DecompressionBombError:
        return _Pictured((0, 0))
    except (OSError, ValueError, SyntaxError):
        return None


def is_cover(stream: av.VideoStream) -> bool:
    """Say whether a video stream is only the cover picture of a sound file."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _duration_s(container: InputContainer) -> float | None:
    if container.duration:
        # Matroska's is where the file ends on its clock, which need not begin at 0.
        begins = max(0, container.start_time or 0) if "matroska" in container.format.name else 0
        return max(0, container.duration - begins) / av.time_base or None
    lengths = [
        float(stream.duration * stream.time_base)
        for stream in container.streams
        if stream.duration and stream.time_base
    ]
    return max(lengths, default=None)


def _seeks(container: InputContainer, sound: av.AudioStream | None) -> bool:
    """Say whether sound can be entered in the middle: its clock counts samples, or its packets have times."""
    if sound is None or not sound.sample_rate or not sound.time_base:
        return False
    counts = (1 / sound.time_base / sound.sample_rate).denominator == 1
    return counts or bool(set(container.format.name.split(",")) & _TIMED)
