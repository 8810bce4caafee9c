"""How a picture carries its scene: `reelbus:scene` as PNG iTXt, or EXIF user comment in JPEG and WebP."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.draft.scene.spec import SceneSpec
from engines.media.exif import exif

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY = "reelbus:scene"
COMMENT = "reelbus draft: procedural picture, no model"
_USER_COMMENT, _EXIF = 0x9286, 0x8769
_MARK = b"ASCII\x00\x00\x00"


def encode(rgb: NDArray[np.uint8], spec: SceneSpec, kind: str) -> bytes:
    """Return a picture as png, jpeg or webp bytes that name it a draft and hold its scene."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    picture = Image.fromarray(rgb)
    target = io.BytesIO()
    if kind == "png":
        texts = PngInfo()
        texts.add_text("Comment", COMMENT)
        texts.add_itxt(KEY, spec.to_json())
        picture.save(target, "PNG", pnginfo=texts, compress_level=3)
        return target.getvalue()
    height, width = rgb.shape[:2]
    notes = exif(
        width,
        height,
        description=COMMENT,
        software="reelbus draft",
        comment=f"{KEY}={spec.to_json()}",
    )
    if kind == "jpeg":
        picture.save(target, "JPEG", quality=92, subsampling=0, exif=notes, comment=COMMENT)
    else:
        picture.save(target, "WEBP", quality=90, method=2, exif=notes)
    return target.getvalue()


def read_spec(path: Path) -> SceneSpec | None:
    """Return the scene that a picture file carries, or None when it carries none that we can read."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            text = getattr(picture, "text", {}).get(KEY) if picture.format == "PNG" else _from_exif(picture)
        return SceneSpec.from_json(text) if text else None
    except (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError):
        return None


def _from_exif(picture: Any) -> str | None:
    value = picture.getexif().get_ifd(_EXIF).get(_USER_COMMENT, b"")
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    raw = raw.removeprefix(_MARK)
    start = f"{KEY}=".encode()
    return raw[len(start) :].decode("ascii", "replace") if raw.startswith(start) else None
