"""What an input file is, and how it is opened without trusting its name or its content."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import av
import av.error

from engines.media.sniff import sniff
from engines.media.wholeness import check_whole
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from av.container import InputContainer
    from PIL.Image import Image

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,gif,apng,h264,hevc,"
    "wav,w64,mp3,flac,ogg,aac,aiff,caf,amr,au"
)
"""What FFmpeg may take a file for: no playlists and no lists of other files."""
_OPEN = {"format_whitelist": _FORMATS, "protocol_whitelist": "file", "max_streams": "64"}
_PICTURES = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
"""What Pillow may take a file for: nothing that starts another program."""
_MAX_PIXELS = 200_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One input: where it is, what it holds and for how long it lasts (None for a still)."""

    name: str
    path: Path
    kind: Literal["still", "video", "audio"]
    duration_s: float | None
    has_sound: bool


def probe(path: Path, name: str) -> Source:
    """Look into a file.

    Raises: AssetInvalid, naming the clip, when it is no picture, film or sound.
    """
    if _is_still(path):
        return Source(name, path, "still", None, False)
    try:
        check_whole(path, sniff(path) or "")
    except (AssetInvalid, OSError) as error:
        raise AssetInvalid(f"{name}: the file is damaged or cut short") from error
    with opened(path, name) as container:
        pictures = [stream for stream in container.streams.video if not _is_cover(stream)]
        if any(stream.width * stream.height > _MAX_PIXELS for stream in pictures):
            raise AssetInvalid(f"{name}: the film is larger than {_MAX_PIXELS // 10**6} megapixels")
        kind: Literal["video", "audio"] = "video" if pictures else "audio"
        sounds = container.streams.audio
        if not pictures and not sounds:
            raise AssetInvalid(f"{name}: the file holds neither pictures nor sound")
        duration_s = _duration_s(container)
        return Source(name, path, kind, duration_s, bool(sounds))


@contextmanager
def opened(path: Path, name: str) -> Iterator[InputContainer]:
    """Open a media file; whatever FFmpeg says while it is open becomes ours.

    Raises: AssetInvalid, naming the clip.
    """
    try:
        container = av.open(f"file:{path}", options=_OPEN, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise AssetInvalid(f"{name}: the file cannot be read as a picture, film or sound") from error
    with container:
        try:
            yield container
        except (av.error.FFmpegError, EOFError) as error:
            raise AssetInvalid(f"{name}: the file is damaged") from error


def load_still(path: Path, name: str) -> Image:
    """Return a picture as RGB or RGBA, upright.

    Raises: AssetInvalid, naming the clip.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=_pictures()) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise AssetInvalid(
                        f"{name}: the picture is larger than {_MAX_PIXELS // 10**6} megapixels"
                    )
                upright = ImageOps.exif_transpose(image)
                if upright.mode.startswith(("I", "F")):
                    return _from_deep(upright)
                seen_through = upright.has_transparency_data
                return upright.convert("RGBA" if seen_through else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise AssetInvalid(f"{name}: the picture cannot be read") from error


def _from_deep(image: Image) -> Image:
    """Bring 16 bit and float greys to 8 bit; Pillow's own conversion would clip them."""
    import numpy as np
    from PIL import Image as Pillow

    grey = np.asarray(image, np.float64)
    top = 65535.0 if grey.max(initial=0) > 255 else 255.0 if grey.max(initial=0) > 1 else 1.0
    return Pillow.fromarray(np.clip(grey * 255 / top + 0.5, 0, 255).astype(np.uint8)).convert("RGB")


@lru_cache
def _pictures() -> tuple[str, ...]:
    from PIL import Image

    Image.init()
    return tuple(name for name in _PICTURES if name in Image.OPEN)


def _is_still(path: Path) -> bool:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=_pictures()) as image:
                moving = getattr(image, "n_frames", 1) > 1
                return not (moving and image.format in ("GIF", "PNG"))
    except Image.DecompressionBombError:
        return True
    except (OSError, ValueError, SyntaxError):
        return False


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _duration_s(container: InputContainer) -> float | None:
    if container.duration:
        return container.duration / av.time_base
    lengths = [
        float(stream.duration * stream.time_base)
        for stream in container.streams
        if stream.duration and stream.time_base
    ]
    return max(lengths, default=None)
