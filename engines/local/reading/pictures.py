"""A given picture, as an engine that cannot be confined may take it."""

from __future__ import annotations

from PIL import Image

from engines.contract import Task
from engines.local.reading.reader import READER, Reader
from runtime.errors import AssetInvalid

LARGEST_PX = 8192
"""No side is longer, unless the caller says so."""
_MODES = {3: "RGB", 4: "RGBA"}


def picture_of(
    task: Task,
    pointer: str,
    *,
    largest_px: int = LARGEST_PX,
    behind: tuple[int, int, int] = (255, 255, 255),
    reader: Reader = READER,
) -> Image.Image:
    """Return a given picture: RGB in sRGB, upright; `behind` is seen where it is transparent.

    Raises:
        AssetInvalid: it cannot be read, or has a longer side; the parameter is named.
        EngineFailed: nobody could be started to read it.
    """
    picture = layered_picture_of(task, pointer, largest_px=largest_px, reader=reader)
    if picture.mode == "RGB":
        return picture
    flat = Image.new("RGB", picture.size, behind)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def layered_picture_of(
    task: Task, pointer: str, *, largest_px: int = LARGEST_PX, reader: Reader = READER
) -> Image.Image:
    """Return a given picture as `picture_of`, and RGBA where it is transparent.

    Raises: as `picture_of`.
    """
    order = {"kind": "picture", "largest_px": largest_px}
    found = reader.read(task, pointer, order, largest_px * largest_px * 4)
    try:
        size = int(found.head["width_px"]), int(found.head["height_px"])
        mode = _MODES[found.head["channels"]]
        if not all(0 < side <= largest_px for side in size):
            raise ValueError("no size of a picture")
        return Image.frombytes(mode, size, bytes(found.content))
    except (KeyError, TypeError, ValueError):  # whoever reads foreign bytes may say anything
        raise AssetInvalid(f"{pointer}: it cannot be read: whoever tries says what cannot be") from None
