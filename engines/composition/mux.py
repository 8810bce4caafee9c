"""How coded pictures and sound become one MP4 that plays while it loads."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from catalog.languagetags import UNDETERMINED
from engines.composition import aac
from engines.composition.aac import CodedSound
from engines.composition.encode import Chunk, EncoderSettings
from engines.composition.pcm import RATE_HZ
from runtime.errors import EngineFailed


def mux(
    path: Path,
    encoding: EncoderSettings,
    chunks: list[Chunk],
    sound: CodedSound,
    comment: str | None,
    language: str = UNDETERMINED,
) -> None:
    """Write the file: index first, no clock, no name of any tool; both tracks say `language` (ISO 639-2).

    Raises: EngineFailed when the chunks do not belong to one stream.
    """
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        if comment:
            container.metadata["comment"] = comment
        video = container.add_stream("libx264", rate=encoding.fps)
        encoding.apply(video.codec_context)
        video.time_base = 1 / encoding.fps
        audio = container.add_stream("aac", rate=RATE_HZ)
        aac.set_up(audio.codec_context)
        video.metadata["language"] = audio.metadata["language"] = language
        container.start_encoding()
        header = bytes(video.codec_context.extradata or b"")
        # The muxer writes its own encoder's parameter sets; other ones would make a file of garbage.
        if any(chunk.extradata != header for chunk in chunks):
            raise EngineFailed("the parts of the film do not belong together")
        if bytes(audio.codec_context.extradata or b"") != sound.extradata:
            raise EngineFailed("the sound does not belong to the film")
        pictures = _pictures(chunks, video, 1 / encoding.fps)
        for _, _, packet in heapq.merge(pictures, _sounds(sound, audio), key=lambda item: item[:2]):
            container.mux(packet)


def _pictures(
    chunks: list[Chunk], stream: av.VideoStream, time_base: Fraction
) -> Iterator[tuple[Fraction, int, av.Packet[Any]]]:
    with ExitStack() as stack:
        for chunk in chunks:
            file = stack.enter_context(chunk.path.open("rb"))
            for frame in chunk.frames:
                file.seek(frame.offset)
                packet = av.Packet(file.read(frame.size))
                packet.stream, packet.time_base = stream, time_base
                packet.pts, packet.dts, packet.duration = frame.pts, frame.dts, 1
                packet.is_keyframe = frame.is_key
                yield frame.dts * time_base, 0, packet
            stack.close()
            chunk.path.unlink()


def _sounds(sound: CodedSound, stream: av.AudioStream) -> Iterator[tuple[Fraction, int, av.Packet[Any]]]:
    time_base = Fraction(1, RATE_HZ)
    for coded in sound.packets():
        packet = av.Packet(coded.data)
        packet.stream, packet.time_base = stream, time_base
        packet.pts = packet.dts = coded.pts
        packet.duration = coded.duration
        packet.is_keyframe = True
        yield coded.pts * time_base, 1, packet
