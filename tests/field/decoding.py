"""Whether a media file can be decoded from the first sample to the last."""

from __future__ import annotations

from pathlib import Path

from engines.media.kinds import PICTURES, open_media
from engines.media.probe import Probe, probe
from runtime.errors import AssetInvalid


def decode_check(path: Path) -> Probe:
    """Decode everything in a file and return its probe.

    Raises:
        AssetInvalid: `probe` refuses it, or some part cannot be decoded.
    """
    found = probe(path)
    if found.media_type.startswith("image/"):
        _decode_picture(path, found.media_type)
    elif found.media_type.startswith(("video/", "audio/")):
        _decode_streams(path, found)
    return found


def _decode_picture(path: Path, media_type: str) -> None:
    from PIL import Image, ImageSequence

    try:
        with Image.open(path, formats=[PICTURES[media_type]]) as image:
            for frame in ImageSequence.Iterator(image):
                frame.load()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise AssetInvalid(f"The file cannot be decoded as {media_type}.") from error


def _decode_streams(path: Path, found: Probe) -> None:
    import av

    try:
        with open_media(path, found.media_type) as container:
            streams = [*container.streams.video, *container.streams.audio]
            for stream in streams:
                stream.codec_context.options = {"err_detect": "explode"}
                stream.codec_context.thread_count = 1  # with more, H.264 forgets which frames it concealed
            decoded = 0
            for packet in container.demux(streams):
                if packet.is_corrupt:
                    raise AssetInvalid(f"A part of the file cannot be decoded as {found.media_type}.")
                for frame in packet.decode():
                    if (
                        isinstance(frame, av.VideoFrame | av.AudioFrame) and frame.is_corrupt
                    ):  # concealed by the decoder without an error
                        raise AssetInvalid(f"A part of the file cannot be decoded as {found.media_type}.")
                    decoded += 1
            if decoded == 0:
                raise AssetInvalid("The file holds neither pictures nor sound.")
    except (av.FFmpegError, ValueError, EOFError) as error:
        raise AssetInvalid(f"A part of the file cannot be decoded as {found.media_type}.") from error
