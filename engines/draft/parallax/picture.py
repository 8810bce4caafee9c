"""How a given picture file is read for animation: sRGB, upright, of even and sensible size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engines.media.kinds import PICTURES
from engines.media.limits import check_frame
from engines.media.probe import probe
from engines.media.profiles import coded_light, in_bt709, in_srgb
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from PIL import Image

_SHORT_SIDE_MIN_PX = 16


def read_picture(path: Path, *, long_side_max_px: int) -> NDArray[np.uint8]:
    """Return a picture as uint8 (height, width, 3) sRGB of even size, its longer side limited.

    Camera orientation and colour profile are applied; what is transparent shows black.

    Raises:
        AssetInvalid: the file is none of `PICTURES`, is damaged, or declares over 67 megapixels.
    """
    from PIL import Image, ImageOps

    found = probe(path)
    if found.media_type not in PICTURES:
        raise AssetInvalid(f"The file is no picture but {found.media_type}.")
    check_frame(found.width_px or 0, found.height_px or 0)  # it is decoded as a whole
    try:
        with Image.open(path, formats=[PICTURES[found.media_type]]) as image:
            if image.format == "JPEG":
                image.draft("RGB", (long_side_max_px, long_side_max_px))
            upright = ImageOps.exif_transpose(image)
            rgb = _to_srgb(upright)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise AssetInvalid("The picture cannot be read.") from error
    width, height = _size(rgb.width, rgb.height, long_side_max_px)
    if abs(width - rgb.width) > 1 or abs(height - rgb.height) > 1:
        rgb = rgb.resize((width, height), Image.Resampling.LANCZOS)
    pixels = np.ascontiguousarray(np.asarray(rgb)[:height, :width])
    return in_bt709(pixels, coded_light(path))


def _to_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in 8-bit sRGB without transparency."""
    from PIL import Image

    if image.mode in ("I", "F", "I;16", "I;16B", "I;16L", "I;16N"):
        samples = np.asarray(image).astype(np.float64)
        image = Image.fromarray(
            np.clip(samples / (257.0 if samples.max() > 255 else 1.0), 0, 255).astype(np.uint8)
        )
    shown = in_srgb(image)
    if shown.mode == "RGBA":
        black = Image.new("RGB", shown.size)
        black.paste(shown, mask=shown.getchannel("A"))
        return black
    return shown


def _size(width: int, height: int, long_side_max_px: int) -> tuple[int, int]:
    """Return the even size of the clip of a picture."""
    scale = min(1.0, long_side_max_px / max(width, height))
    across, down = (max(_SHORT_SIDE_MIN_PX, round(side * scale) // 2 * 2) for side in (width, height))
    return across, down
