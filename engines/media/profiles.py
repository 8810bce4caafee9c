"""Which colours the numbers of a picture mean, and how they become sRGB: ICC profiles, and the code points of H.273."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engines.media.tonemap import mapped, needs_mapping

if TYPE_CHECKING:
    from PIL.Image import Image

_HEAD_BYTES = 65_536
_ALIKE = 2
"""A profile that moves no colour further than this, of 255, is sRGB's own under another name."""


def coded_light(path: Path) -> tuple[int, int] | None:
    """Return transfer and primaries (H.273) that a PNG (cICP) or AVIF (nclx) declares, when they are not sRGB's.

    Sources: PNG third edition, 11.3.2.6; ISO/IEC 14496-12, 12.1.5.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    found = None
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        at = 8
        while at + 12 <= len(head) and head[at + 4 : at + 8] != b"IDAT":
            if head[at + 4 : at + 8] == b"cICP":
                found = head[at + 9], head[at + 8]
            at += 12 + int.from_bytes(head[at : at + 4], "big")
    elif head[4:8] == b"ftyp":
        at = head.find(b"colrnclx")
        if at >= 0 and at + 12 <= len(head):
            primaries, transfer = struct.unpack_from(">HH", head, at + 8)
            found = transfer, primaries
    return found if found is not None and needs_mapping(*found) else None


def in_srgb(image: Image) -> Image:
    """Return a picture as RGB or RGBA whose numbers mean sRGB; a profile that does not fit it is left out of account.

    Viewers do so as well. The picture is of any mode of 8 bits.
    """
    from PIL import ImageCms

    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    given = image if image.mode in ("RGB", "RGBA", "L", "CMYK") else image.convert(mode)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            transform = ImageCms.buildTransform(
                source, ImageCms.createProfile("sRGB"), given.mode, "RGBA" if given.mode == "RGBA" else "RGB"
            )
            if given.mode not in ("RGB", "RGBA") or not _changes_nothing(transform, given.mode):
                made = ImageCms.applyTransform(given, transform)
                if made is not None and mode in ("RGB", made.mode):
                    return made
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return given if given.mode == mode else image.convert(mode)


def in_bt709(pixels: NDArray[np.uint8], light: tuple[int, int] | None) -> NDArray[np.uint8]:
    """Return pixels (height, width, 3 or 4) of a picture with such `coded_light` as BT.709."""
    if light is None:
        return pixels
    colours = mapped(np.ascontiguousarray(pixels[..., :3]), *light)
    return colours if pixels.shape[2] == 3 else np.dstack([colours, pixels[..., 3]])


def _changes_nothing(transform: object, mode: str) -> bool:
    from PIL import Image as Pillow
    from PIL import ImageCms

    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    chart = Pillow.fromarray(grid).convert(mode)
    shown = ImageCms.applyTransform(chart, transform)  # type: ignore[arg-type]
    return (
        shown is not None
        and int(np.abs(np.asarray(shown, np.int16)[..., :3] - grid.astype(np.int16)).max()) <= _ALIKE
    )
