"""How a still is read no larger than it is shown: scaled by its decoder, or reduced row by row."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engines.media import pngrows
from engines.media.kinds import PICTURES
from engines.media.limits import STILL_PIXELS_MAX, check_frame, check_still
from engines.media.pngrows import PngHead
from engines.media.profiles import coded_light, in_bt709, in_srgb
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from PIL.Image import Image

_WHOLE_PIXELS = 16_000_000
"""A PNG above this is read in strips, and any picture is reduced before it is turned."""
_STRIP_BYTES = 4_000_000
_ORIENTATION = 0x0112

Pixels = NDArray[np.uint8]
Reduction = Callable[[tuple[int, int], bool], int]
"""From the upright size, and whether it is see-through, the whole number a side may be divided by."""


def read_still(path: Path, reduction: Reduction) -> Pixels:
    """Return a picture upright, divided by at most `reduction`: uint8 (height, width, 3), or 4 when see-through.

    Small pictures come as they are, but for JPEG, whose decoder scales by powers of two for nothing.

    Raises: AssetInvalid when it cannot be read, or is larger than `limits` allow.
    """
    from PIL import Image as Pillow

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            with Pillow.open(path, formats=formats()) as image:
                width, height = image.size
                check_still(width, height)
                if image.format == "PNG" and width * height > _WHOLE_PIXELS:
                    head = pngrows.read_head(path)
                    if not head.interlaced:
                        return _coloured(_in_strips(path, head, reduction), image, path)
                if image.format != "JPEG" or image.info.get("progressive"):
                    check_frame(width, height)
                return in_bt709(_by_pillow(image, reduction), coded_light(path))
    except Pillow.DecompressionBombError as error:
        allowed = f"{STILL_PIXELS_MAX // 1_000_000} megapixels are allowed"
        raise AssetInvalid(f"The picture is too large; {allowed}.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise AssetInvalid("The picture cannot be read.") from error


@lru_cache
def formats() -> tuple[str, ...]:
    """Return the formats that Pillow may try here: nothing that starts another program."""
    from PIL import Image as Pillow

    Pillow.init()
    return tuple(name for name in PICTURES.values() if name in Pillow.OPEN)


def _by_pillow(image: Image, reduction: Reduction) -> Pixels:
    turned = image.getexif().get(_ORIENTATION, 1) >= 5 if image.format == "JPEG" else False
    width, height = image.size
    factor = reduction((height, width) if turned else (width, height), image.has_transparency_data)
    if image.format == "JPEG":
        image.draft(None, (width // factor, height // factor))
        factor //= max(1, width // image.width)
    if width * height > _WHOLE_PIXELS and factor > 1:
        # Plain colours are averaged as they are; what they mean is asked of the few that stay.
        image = (image if image.mode in ("RGB", "L", "CMYK") else _plain(image)).reduce(factor)
    return upright(image)


def upright(image: Image) -> Pixels:
    """Return an open picture as its orientation and its profile want it: sRGB, (height, width, 3 or 4)."""
    from PIL import ImageOps

    return np.asarray(_plain(ImageOps.exif_transpose(image)))


def _plain(image: Image) -> Image:
    """Return a picture as RGB or RGBA, sRGB."""
    return _from_deep(image) if image.mode.startswith(("I", "F")) else in_srgb(image)


def _coloured(pixels: Pixels, image: Image, path: Path) -> Pixels:
    """Bring pixels that were read beside Pillow to sRGB by what the file says of them."""
    from PIL import Image as Pillow

    made = Pillow.fromarray(pixels)
    made.info["icc_profile"] = image.info.get("icc_profile")
    return in_bt709(np.asarray(in_srgb(made)), coded_light(path))


def _from_deep(image: Image) -> Image:
    """Bring 16 bit and float greys to 8 bit; Pillow's own conversion would clip them."""
    from PIL import Image as Pillow

    grey = np.asarray(image)
    highest = grey.max(initial=0)
    top = 65535.0 if highest > 255 else 255.0 if highest > 1 else 1.0
    made = np.empty(grey.shape, np.uint8)
    for start in range(0, len(grey), 64):
        strip = grey[start : start + 64].astype(np.float64)
        made[start : start + 64] = np.clip(strip * 255 / top + 0.5, 0, 255)
    return Pillow.fromarray(made).convert("RGB")


def _in_strips(path: Path, head: PngHead, reduction: Reduction) -> Pixels:
    orientation = _orientation(head)
    upright = (head.height, head.width) if orientation >= 5 else (head.width, head.height)
    factor = reduction(upright, head.see_through)
    count = max(1, _STRIP_BYTES // (head.width * 4) // factor) * factor
    channels = 4 if head.see_through else 3
    made = np.empty((-(-head.height // factor), -(-head.width // factor), channels), np.uint8)
    at = 0
    for strip in pngrows.rows(path, head, count):
        small = _divided(strip, factor)
        made[at : at + len(small)] = small
        at += len(small)
    return _turned(made, orientation)


def _divided(strip: Pixels, factor: int) -> Pixels:
    """Average squares of `factor` pixels; those at the edges may be smaller."""
    import cv2

    if factor == 1:
        return strip
    down, across = -len(strip) % factor, -strip.shape[1] % factor
    if down or across:
        strip = np.pad(strip, ((0, down), (0, across), (0, 0)), mode="edge")
    size = (strip.shape[1] // factor, len(strip) // factor)
    if strip.shape[2] == 3:
        return np.asarray(cv2.resize(strip, size, interpolation=cv2.INTER_AREA), np.uint8)
    # Colours of transparent pixels must not bleed into their neighbours.
    weight = strip[..., 3:].astype(np.float32)
    flat = np.concatenate([strip[..., :3] * weight, weight], axis=2)
    small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
    colour = small[..., :3] / np.maximum(small[..., 3:], np.float32(1 / 255))
    return np.asarray(np.rint(np.clip(np.concatenate([colour, small[..., 3:]], axis=2), 0, 255)), np.uint8)


def _orientation(head: PngHead) -> int:
    """Return how a PNG is turned: Exif or XMP, as Pillow finds it in a PNG of one pixel with the same notes."""
    from PIL import Image as Pillow

    pixel = b"".join(
        (
            pngrows.SIGNATURE,
            pngrows.chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
            head.aside,
            pngrows.chunk(b"IDAT", zlib.compress(b"\0\0")),
            pngrows.chunk(b"IEND", b""),
        )
    )
    with Pillow.open(io.BytesIO(pixel), formats=("PNG",)) as image:
        found = image.getexif().get(_ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """Turn a picture upright (Exif 2.32, tag 0112)."""
    if orientation in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(pixels, turns))
