"""Which pictures of a still, an animation or a film are looked at, and how they are had small."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engines.media.kinds import open_media
from engines.media.probe import Probe
from engines.media.stills import formats, read_still, upright
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from PIL.Image import Image

EVERY_S = 1.0
"""Pictures of a film are looked at no closer to each other than this."""
_MOST_SOUGHT = 600
"""So many pictures behind a key frame are decoded to reach a moment; then the one that was reached is taken."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture, uint8 (height, width, 3), what is transparent on white; and when it is shown, None for a still."""

    at_s: float | None
    rgb: NDArray[np.uint8]


def count_samples(found: Probe, most: int) -> int:
    """Return how many pictures of a file are looked at."""
    if not found.width_px:
        return 0
    if found.duration_s is None:
        return 1
    return max(1, min(most, found.frames or most, int(found.duration_s / EVERY_S) + 1))


def samples(path: Path, found: Probe, most: int, side_px: int) -> Iterator[Sample]:
    """Yield up to `most` pictures of a file, evenly spread over it, about `side_px` on the shorter side.

    Raises:
        AssetInvalid: it cannot be read, or holds no picture.
    """
    count = count_samples(found, most)
    if count == 1 and found.media_type.startswith("image/"):
        still = read_still(path, lambda size, see_through: max(1, min(size) // side_px))
        yield Sample(None, _on_white(still))
    elif found.media_type.startswith("image/"):
        yield from _of_animation(path, found, count, side_px)
    elif count:
        yield from _of_film(path, found, count, side_px)


def _of_animation(path: Path, found: Probe, count: int, side_px: int) -> Iterator[Sample]:
    from PIL import Image as Pillow

    frames, duration_s = found.frames or 1, found.duration_s or 0.0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            with Pillow.open(path, formats=formats()) as image:
                for n in range(count):
                    image.seek(frame := n * frames // count)
                    yield Sample(round(duration_s * frame / frames, 3), _on_white(_small(image, side_px)))
    except (OSError, ValueError, SyntaxError, EOFError, Pillow.DecompressionBombError) as error:
        raise AssetInvalid("The animation cannot be read.") from error


def _small(image: Image, side_px: int) -> NDArray[np.uint8]:
    factor = max(1, min(image.size) // side_px)
    whole = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return upright(whole.reduce(factor) if factor > 1 else whole)


def _of_film(path: Path, found: Probe, count: int, side_px: int) -> Iterator[Sample]:
    import av

    try:
        with open_media(path, found.media_type) as container:
            stream = next(one for one in container.streams.video if not int(one.disposition) & 0x400)
            stream.codec_context.thread_count = 1
            begins_s = (container.start_time or 0) / av.time_base
            last_s = -1.0
            for n in range(count):
                moment_s = (found.duration_s or 0.0) * n / count
                if n:
                    container.seek(int((begins_s + moment_s) * av.time_base))
                frame = _frame_at(container, stream, begins_s + moment_s)
                if frame is None or (frame.time is not None and frame.time <= last_s):
                    continue
                last_s = frame.time if frame.time is not None else last_s
                yield Sample(round(max(0.0, last_s - begins_s), 3), _rgb(frame, side_px))
            if last_s < 0:
                raise AssetInvalid("The film holds no picture that can be decoded.")
    except (av.FFmpegError, OSError, ValueError, EOFError, StopIteration) as error:
        raise AssetInvalid("The film cannot be read.") from error


def _frame_at(container: Any, stream: Any, moment_s: float) -> Any:
    """Return the first frame that is not before a moment, or the nearest that can be reached."""
    found = None
    for sought, frame in enumerate(container.decode(stream)):
        found = frame
        if frame.time is None or frame.time >= moment_s - 1e-6 or sought >= _MOST_SOUGHT:
            break
    return found


def _rgb(frame: Any, side_px: int) -> NDArray[np.uint8]:
    factor = max(1.0, min(frame.width, frame.height) / side_px)
    small = frame.reformat(
        width=max(1, round(frame.width / factor)), height=max(1, round(frame.height / factor)), format="rgb24"
    )
    return np.asarray(small.to_ndarray(), np.uint8)


def _on_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(pixels[..., :3] * alpha + 255 * (1 - alpha)), np.uint8)
