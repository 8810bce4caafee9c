"""What the fakes give: a picture of its own for each prompt, a tone for each text, and one film."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import wave
import zlib
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "media"
LARGEST_PX = 2048
TONE_HZ = 24_000


def picture(words: str, width_px: int = 1024, height_px: int = 1024) -> bytes:
    """Return a PNG in two colours that hang on the words."""
    width_px, height_px = min(width_px, LARGEST_PX), min(height_px, LARGEST_PX)
    digest = hashlib.sha256(words.encode()).digest()
    light, dark = digest[:3], digest[3:6]
    rows = bytearray()
    for y in range(height_px):
        edge = round(width_px * (y + 1) / height_px)
        rows += b"\0" + light * edge + dark * (width_px - edge)
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def samples(duration_s: float, rate_hz: int = TONE_HZ, tone_hz: float = 220.0) -> bytes:
    """Return a quiet tone as bare samples of 16 bits."""
    period = [round(3000 * math.sin(2 * math.pi * n / 100)) for n in range(100)]
    step = tone_hz * 100 / rate_hz
    count = round(duration_s * rate_hz)
    return struct.pack(f"<{count}h", *(period[int(n * step) % 100] for n in range(count)))


def sound(duration_s: float, rate_hz: int = TONE_HZ) -> bytes:
    """Return a tone as a WAV file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples(duration_s, rate_hz))
    return written.getvalue()


def spoken_s(text: str) -> float:
    """Return how long a text is spoken: half a second a word."""
    return max(len(text.split()), 1) * 0.5


@cache
def film() -> bytes:
    """Return ten seconds of film: a test card, H.264 in MP4."""
    return (_FOLDER / "film.mp4").read_bytes()


@cache
def mp3() -> bytes:
    """Return two seconds of a tone."""
    return (_FOLDER / "tone.mp3").read_bytes()
