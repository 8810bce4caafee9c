"""How samples become a file: WAV by hand, MP3 by LAME; equal samples give equal bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from engines.draft.sounds.signal import Samples
from runtime.errors import EngineFailed, EngineUnavailable, Unsupported

COMMENT = "reelbus draft: synthetic audio, made without a trained model"
MEDIA_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}
_MP3_BIT_RATE = {1: 96_000, 2: 192_000}


def write_audio(
    samples: Samples, sample_rate_hz: int, path: Path, audio_format: str, comment: str = COMMENT
) -> str:
    """Write float samples, (n,) or (2, n), as 16-bit audio that says what made it; return the media type.

    Raises: Unsupported for a format that is neither wav nor mp3, EngineFailed when the disk or encoder fails.
    """
    frames = np.atleast_2d(samples)
    pcm = np.empty(frames.shape[::-1], "<i2")
    for start in range(0, len(pcm), 1 << 20):
        part = np.clip(frames[:, start : start + (1 << 20)], -1.0, 1.0)
        pcm[start : start + (1 << 20)] = np.round(part * np.float32(32767.0)).T
    if audio_format == "wav":
        _write_wav(pcm.tobytes(), frames.shape[0], sample_rate_hz, path, comment)
    elif audio_format == "mp3":
        _write_mp3(pcm.reshape(1, -1), frames.shape[0], sample_rate_hz, path, comment)
    else:
        raise Unsupported(f"audio format {audio_format!r} is not offered; wav and mp3 are")
    return MEDIA_TYPES[audio_format]


def _write_wav(pcm: bytes, channels: int, sample_rate_hz: int, path: Path, said: str) -> None:
    """RIFF WAVE, PCM 16 bit, with a LIST/INFO chunk (Multimedia Programming Interface 1.0, section 2)."""
    comment = said.encode("ascii") + b"\0"
    comment += b"\0" * (len(comment) % 2)
    info = b"INFOICMT" + struct.pack("<I", len(comment)) + comment
    block = 2 * channels
    form = struct.pack("<HHIIHH", 1, channels, sample_rate_hz, sample_rate_hz * block, block, 16)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"LIST" + struct.pack("<I", len(info)) + info
    size = 4 + len(chunks) + 8 + len(pcm)
    try:
        with path.open("wb") as file:
            file.write(
                b"RIFF" + struct.pack("<I", size) + b"WAVE" + chunks + b"data" + struct.pack("<I", len(pcm))
            )
            file.write(pcm)
    except OSError as error:
        raise EngineFailed("the audio file cannot be written") from error


def _write_mp3(
    pcm: np.ndarray[tuple[int, int], np.dtype[np.int16]],
    channels: int,
    rate_hz: int,
    path: Path,
    comment: str,
) -> None:
    try:
        import av
    except ImportError as error:
        raise EngineUnavailable("MP3 needs the package av; wav does not") from error
    layout = "mono" if channels == 1 else "stereo"
    try:
        with av.open(str(path), "w", format="mp3", container_options={"fflags": "+bitexact"}) as file:
            file.metadata["comment"] = comment
            stream = file.add_stream("libmp3lame", rate=rate_hz)
            stream.layout = layout
            stream.bit_rate = _MP3_BIT_RATE[channels]
            stream.codec_context.flags |= av.codec.context.Flags.bitexact
            step = rate_hz * channels
            for start in range(0, pcm.shape[1], step):
                frame = av.AudioFrame.from_ndarray(pcm[:, start : start + step], format="s16", layout=layout)
                frame.sample_rate = rate_hz
                frame.pts = start // channels
                for packet in stream.encode(frame):
                    file.mux(packet)
            for packet in stream.encode(None):
                file.mux(packet)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise EngineFailed("the MP3 encoder failed") from error
