"""How large a picture file says it is, and whether it is whole, read without decoding."""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

from engines.media.kinds import PICTURES, open_media
from runtime.errors import AssetInvalid

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TEXT_MAX_BYTES = 1_000_000
_IMAGE_DESCRIPTION = 0x010E


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """Declared size, number of frames, running time of an animation, and the comment in the metadata."""

    width_px: int
    height_px: int
    frames: int = 1
    duration_s: float | None = None
    comment: str | None = None


def read_header(path: Path, media_type: str) -> PictureHeader:
    """Return what a picture of one of `PICTURES` declares.

    Raises:
        AssetInvalid: the structure is broken, or the file ends before it is complete.
    """
    data = path.read_bytes()
    try:
        match media_type:
            case "image/png":
                return _png(data)
            case "image/jpeg":
                return _jpeg(data)
            case "image/webp":
                return _webp(data)
            case "image/gif":
                return _gif(data)
            case _:
                return _by_pillow(path, media_type)
    except (struct.error, IndexError, zlib.error) as error:
        raise AssetInvalid("The picture is cut short or damaged.") from error


def _by_pillow(path: Path, media_type: str) -> PictureHeader:
    """Ask Pillow, which reads no pixels for it; the pages of a TIFF are no animation."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=[PICTURES[media_type]]) as image:
                width, height = image.size
                frames = getattr(image, "n_frames", 1) if media_type == "image/avif" else 1
    except Image.DecompressionBombError as error:
        raise AssetInvalid("The file declares too many pixels.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise AssetInvalid("The picture cannot be read.") from error
    return PictureHeader(width, height, frames, _avif_length_s(path) if frames > 1 else None)


def _avif_length_s(path: Path) -> float | None:
    """An animated AVIF is a film to its container."""
    with open_media(path, "video/mp4") as container:
        return container.duration / 1_000_000 if container.duration else None


def _png(data: bytes) -> PictureHeader:
    """PNG (W3C, third edition), chunks as in section 5.3, text as in 11.3.3."""
    at, size, frames, comment = 8, None, 1, None
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if len(data) < at + 12 + length:
            raise AssetInvalid("The picture is cut short.")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", body)
        elif kind == b"acTL":
            frames = int(struct.unpack_from(">I", body)[0])
        elif kind in (b"tEXt", b"iTXt", b"zTXt"):
            comment = _png_comment(kind, body) or comment
        elif kind == b"IEND":
            break
        at += 12 + length
    if size is None:
        raise AssetInvalid("The picture declares no size.")
    return PictureHeader(size[0], size[1], frames=frames, comment=comment)


def _png_comment(kind: bytes, body: bytes) -> str | None:
    keyword, _, rest = body.partition(b"\0")
    if keyword.lower() not in (b"comment", b"description"):
        return None
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if kind == b"zTXt":
        return zlib.decompressobj().decompress(rest[1:], _TEXT_MAX_BYTES).decode("latin-1")
    packed, text = rest[0], rest[2:].split(b"\0", 2)[2]
    if packed:
        text = zlib.decompressobj().decompress(text, _TEXT_MAX_BYTES)
    return text.decode("utf-8", "replace")


def _jpeg(data: bytes) -> PictureHeader:
    """JPEG (ITU-T T.81), markers as in annex B."""
    at, size, comment = 2, None, None
    while True:
        if data[at] != 0xFF:
            raise AssetInvalid("The picture is damaged.")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        elif marker == 0xFE:
            comment = data[at + 4 : at + 2 + length].decode("utf-8", "replace")
        at += 2 + length
        if marker == 0xDA:
            at = _after_scan(data, at)
    if size is None:
        raise AssetInvalid("The picture declares no size.")
    return PictureHeader(size[0], size[1], comment=comment)


def _after_scan(data: bytes, at: int) -> int:
    """Return where the next marker after entropy-coded data stands; FF00 and restarts are data."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise AssetInvalid("The picture is cut short.")
        following = data[at + 1]
        if following not in (0x00, 0xFF) and not 0xD0 <= following <= 0xD7:
            return at
        at += 1 if following == 0xFF else 2


def _webp(data: bytes) -> PictureHeader:
    """WebP container (RFC 9649, section 2)."""
    (length,) = struct.unpack_from("<I", data, 4)
    if len(data) < 8 + length:
        raise AssetInvalid("The picture is cut short.")
    at, end, size, frames, duration_ms = 12, 8 + length, None, 0, 0
    comment = None
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if kind == b"VP8X":
            size = tuple(1 + int.from_bytes(body[i : i + 3], "little") for i in (4, 7))
        elif kind == b"VP8 " and size is None:
            size = tuple(side & 0x3FFF for side in struct.unpack_from("<HH", body, 6))
        elif kind == b"VP8L" and size is None:
            bits = struct.unpack_from("<I", body, 1)[0]
            size = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        elif kind == b"ANMF":
            frames += 1
            duration_ms += int.from_bytes(body[12:15], "little")
        elif kind == b"EXIF":
            comment = _tiff_description(body.removeprefix(b"Exif\0\0"))
        at += 8 + length + length % 2
    if size is None:
        raise AssetInvalid("The picture declares no size.")
    return PictureHeader(size[0], size[1], frames or 1, duration_ms / 1000 if frames > 1 else None, comment)


def _tiff_description(exif: bytes) -> str | None:
    """Return the ImageDescription of Exif data (TIFF 6.0, section 2), or None where it has none."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return None
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    try:
        (entries,) = struct.unpack_from(f"{order}H", exif, at)
        for entry in range(at + 2, at + 2 + 12 * entries, 12):
            tag, _, count, value = struct.unpack_from(f"{order}HHII", exif, entry)
            if tag == _IMAGE_DESCRIPTION:
                start = value if count > 4 else entry + 8
                return exif[start : start + count].rstrip(b"\0").decode("utf-8", "replace")
    except struct.error:
        return None  # metadata that is broken does not make the picture so
    return None


def _gif(data: bytes) -> PictureHeader:
    """GIF89a, blocks as in its appendix B."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames, duration, comment = 0, 0, None
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            frames += 1
            local = data[at + 9]
            at += 11 + (3 << (local & 7) + 1 if local & 0x80 else 0)
        elif data[at] == 0x21:
            if data[at + 1] == 0xF9:
                duration += struct.unpack_from("<H", data, at + 4)[0]
            elif data[at + 1] == 0xFE:
                comment = data[at + 3 : at + 3 + data[at + 2]].decode("utf-8", "replace")
            at += 2
        else:
            raise AssetInvalid("The picture is damaged.")
        while data[at]:
            at += 1 + data[at]
        at += 1
    return PictureHeader(width, height, max(1, frames), duration / 100 if frames > 1 else None, comment)
