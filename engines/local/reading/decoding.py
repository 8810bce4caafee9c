"""What a foreign picture, sound or film is in plain numbers; only a confined process may ask."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.local.reading import wire
from engines.media.kinds import PICTURES, has_streams, judge, open_media
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from av.container import InputContainer

_COVER = 0x400
"""AV_DISPOSITION_ATTACHED_PIC of FFmpeg: the cover of a sound."""


def decode(path: Path, order: dict[str, Any], pipe: int) -> None:
    """Write what a file holds into a pipe, as the order asks: head, data, end.

    Raises:
        AssetInvalid: it is of another kind, damaged, or larger than the order allows.
    """
    match order["kind"]:
        case "picture":
            _picture(path, int(order["largest_px"]), pipe)
        case "sound":
            _sound(path, int(order["rate_hz"]), float(order["longest_s"]), pipe)
        case "film":
            _film(path, int(order["most"]), int(order["largest_px"]), int(order["most_bytes"]), pipe)
        case _:
            raise AssetInvalid("nothing like that is read")


def _picture(path: Path, largest_px: int, pipe: int) -> None:
    from engines.media.stills import read_still

    def whole(size: tuple[int, int], _: bool) -> int:
        _must_fit(*size, largest_px)
        return 1

    if (media_type := judge(path)) not in PICTURES:
        raise AssetInvalid(f"a picture is needed, and this is {media_type}")
    pixels = read_still(path, whole)
    height_px, width_px, channels = pixels.shape
    wire.put_words(pipe, wire.HEAD, {"width_px": width_px, "height_px": height_px, "channels": channels})
    wire.put_data(pipe, memoryview(pixels.tobytes()))
    wire.put(pipe, wire.END)


def _sound(path: Path, rate_hz: int, longest_s: float, pipe: int) -> None:
    import av
    import numpy as np

    from engines.media.probe import heard_stream

    count = 0
    try:
        with _opened(path, "a sound") as container:
            stream = heard_stream(container)
            if stream is None:
                raise AssetInvalid("the file has no sound")
            stream.codec_context.thread_count = 1
            wire.put_words(pipe, wire.HEAD, {"rate_hz": rate_hz})
            resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
            for frame in _then_none(container.decode(stream)):
                for made in resampler.resample(frame):
                    samples = np.ascontiguousarray(made.to_ndarray().reshape(-1), np.float32)
                    count += len(samples)
                    if count > longest_s * rate_hz:
                        raise AssetInvalid(f"the sound is longer than {longest_s:g} s, which is the most")
                    wire.put_data(pipe, samples.tobytes())
    except (av.FFmpegError, OSError, ValueError, EOFError) as error:
        raise AssetInvalid("the sound cannot be read") from error
    if not count:
        raise AssetInvalid("the file has no sound that can be decoded")
    wire.put(pipe, wire.END)


def _film(path: Path, most: int, largest_px: int, most_bytes: int, pipe: int) -> None:
    import av
    import numpy as np

    size: tuple[int, ...] = ()
    try:
        with _opened(path, "a film") as container:
            found = [each for each in container.streams.video if not int(each.disposition) & _COVER]
            if not found:
                raise AssetInvalid("the file has no pictures that follow each other")
            stream = found[0]
            stream.codec_context.thread_count = 1
            _must_fit(stream.codec_context.width, stream.codec_context.height, largest_px)
            fps = float(stream.average_rate or stream.guessed_rate or 0)
            for count, frame in enumerate(container.decode(stream)):
                _must_fit(frame.width, frame.height, largest_px)
                if count == most:
                    raise AssetInvalid(f"the film has more than {most} pictures, which are the most")
                turned = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90) % 4)
                if not size:
                    size = turned.shape
                    wire.put_words(
                        pipe,
                        wire.HEAD,
                        {"width_px": size[1], "height_px": size[0], "channels": 3, "fps": fps},
                    )
                if turned.shape != size:
                    raise AssetInvalid("the pictures of the film change their size")
                if (count + 1) * turned.size > most_bytes:
                    raise AssetInvalid(
                        f"its pictures take more than {most_bytes >> 20} MiB, which is the most"
                    )
                wire.put_data(pipe, np.ascontiguousarray(turned, np.uint8).tobytes())
    except (av.FFmpegError, OSError, ValueError, EOFError) as error:
        raise AssetInvalid("the film cannot be read") from error
    if not size:
        raise AssetInvalid("the film holds no picture that can be decoded")
    wire.put(pipe, wire.END)


def _opened(path: Path, wanted: str) -> InputContainer:
    media_type = judge(path)
    if not has_streams(media_type):
        raise AssetInvalid(f"{wanted} is needed, and this is {media_type}")
    return open_media(path, media_type)


def _then_none(frames: Iterator[Any]) -> Iterator[Any]:
    """Yield all frames, and None, by which a resampler gives what it has kept."""
    yield from frames
    yield None


def _must_fit(width_px: int, height_px: int, largest_px: int) -> None:
    if max(width_px, height_px) > largest_px:
        raise AssetInvalid(
            f"it has {width_px} x {height_px} px, and a side of at most {largest_px} px is read here"
        )


def prepare() -> None:
    """Import what decodes, as far as this environment has it, before the first file waits."""
    for name in (
        "numpy",
        "PIL.Image",
        "PIL.ImageCms",
        "PIL.ImageOps",
        "av",
        "engines.media.stills",
        "engines.media.probe",
    ):
        try:
            __import__(name)
        except ImportError:  # an environment of voices may have no pictures
            continue
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import av.logging

            from engines.media.stills import formats
        except ImportError:
            return
        av.logging.set_level(None)
        formats()
