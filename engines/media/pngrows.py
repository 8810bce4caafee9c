"""How a PNG of any size is decoded a few rows at a time (W3C PNG, third edition)."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from runtime.errors import AssetInvalid

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_CARRIERS = {1: (8, 0), 2: (8, 4), 3: (8, 2), 4: (8, 6), 6: (16, 2), 8: (16, 6)}
"""For each number of bytes between a byte and its neighbour, a depth and colour type with as many."""
_READ_BYTES = 1 << 16
_ASIDE_MAX_BYTES = 4_000_000

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PngHead:
    """What a PNG says before its pixels; `aside` holds the chunks that say how they are meant."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    palette: bytes
    transparency: bytes
    aside: bytes

    @property
    def row_bytes(self) -> int:
        """Bytes of a row without its filter."""
        return (self.width * _CHANNELS[self.colour] * self.depth + 7) // 8

    @property
    def see_through(self) -> bool:
        """Whether a pixel may be transparent."""
        return self.colour in (4, 6) or bool(self.transparency)


def read_head(path: Path) -> PngHead:
    """Return what a PNG says of itself.

    Raises: AssetInvalid when its structure is broken.
    """
    found: dict[bytes, bytes] = {}
    aside = b""
    with path.open("rb") as file:
        for kind, length in _chunks(file):
            if kind in (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"iTXt", b"zTXt", b"tEXt"):
                body = file.read(min(length, _ASIDE_MAX_BYTES))
                found.setdefault(kind, body)
                if kind not in (b"IHDR", b"PLTE", b"tRNS") and len(aside) + len(body) < _ASIDE_MAX_BYTES:
                    aside += chunk(kind, body)
    try:
        width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", found[b"IHDR"])
    except (KeyError, struct.error) as error:
        raise AssetInvalid("The picture declares no size.") from error
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or (colour == 3 and not found.get(b"PLTE")):
        raise AssetInvalid("The picture is damaged.")
    return PngHead(
        width, height, depth, colour, interlaced != 0,
        found.get(b"PLTE", b""), found.get(b"tRNS", b""), aside,
    )  # fmt: skip


def rows(path: Path, head: PngHead, count: int) -> Iterator[Bytes]:
    """Yield strips of `count` rows, the last may have fewer: uint8 (rows, width, 3), or 4 when see-through.

    Raises: AssetInvalid when the picture is damaged or cut short.
    """
    before = b""
    with path.open("rb") as file:
        inflated = _Inflated(file)
        for top in range(0, head.height, count):
            strip = min(count, head.height - top)
            raw = _unfiltered(inflated.take(strip * (head.row_bytes + 1)), before, head)
            before = raw[-1].tobytes()
            yield _pixels(raw, head)


class _Inflated:
    """The filtered rows of a PNG, inflated only as they are asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packed = _image_data(file)
        self._inflater = zlib.decompressobj()
        self._ready = b""

    def take(self, size: int) -> bytes:
        parts: list[bytes] = []
        missing = size
        try:
            while missing:
                packed = self._inflater.unconsumed_tail or next(self._packed, b"")
                if not packed and self._inflater.eof:
                    break
                made = self._inflater.decompress(packed, missing)
                if not made and not packed:
                    break
                parts.append(made)
                missing -= len(made)
        except zlib.error as error:
            raise AssetInvalid("The picture is damaged.") from error
        if missing:
            raise AssetInvalid("The picture is cut short.")
        return b"".join(parts)


def _image_data(file: BinaryIO) -> Iterator[bytes]:
    for kind, length in _chunks(file):
        if kind != b"IDAT":
            continue
        check, left = zlib.crc32(kind), length
        while left:
            part = file.read(min(left, _READ_BYTES))
            if not part:
                raise AssetInvalid("The picture is cut short.")
            left -= len(part)
            check = zlib.crc32(part, check)
            yield part
        if file.read(4) != struct.pack(">I", check):
            raise AssetInvalid("The picture is damaged.")


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield the kind and length of each chunk, the file standing at its body."""
    file.seek(0)
    if file.read(8) != SIGNATURE:
        raise AssetInvalid("The file is no PNG.")
    while True:
        head = file.read(8)
        if len(head) < 8:
            raise AssetInvalid("The picture is cut short.")
        length, kind = struct.unpack(">I4s", head)
        body = file.tell()
        if kind == b"IEND":
            return
        yield kind, length
        file.seek(body + length + 4)


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and check sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _unfiltered(filtered: bytes, before: bytes, head: PngHead) -> Bytes:
    """Return rows without their filters: uint8 (rows, row bytes).

    Each filter refers to the row above, so a small PNG of the same stride, which begins with that row as it
    is, goes to a decoder in C.
    """
    import cv2
    from PIL import Image

    stride = max(1, _CHANNELS[head.colour] * head.depth // 8)
    depth, colour = _CARRIERS[stride]
    data = (b"\0" + before if before else b"") + filtered
    count = len(data) // (head.row_bytes + 1)
    size = struct.pack(">IIBBBBB", head.row_bytes // stride, count, depth, colour, 0, 0, 0)
    carrier = b"".join(
        (SIGNATURE, chunk(b"IHDR", size), chunk(b"IDAT", zlib.compress(data, 0)), chunk(b"IEND", b""))
    )
    if depth == 8:
        try:
            with Image.open(io.BytesIO(carrier), formats=("PNG",)) as image:
                made = np.asarray(image)
        except (OSError, ValueError, SyntaxError) as error:
            raise AssetInvalid("The picture is damaged.") from error
    else:
        deep = cv2.imdecode(np.frombuffer(carrier, np.uint8), cv2.IMREAD_UNCHANGED)
        if deep is None or deep.dtype != np.uint16 or deep.shape[0] != count:
            raise AssetInvalid("The picture is damaged.")
        order = [2, 1, 0, 3][: deep.shape[2]]
        made = np.ascontiguousarray(deep[..., order]).astype(">u2").view(np.uint8)
    plain = made.reshape(count, head.row_bytes)
    return plain[1:] if before else plain


def _pixels(raw: Bytes, head: PngHead) -> Bytes:
    """Return rows as 8 bit colours, uint8 (rows, width, 3 or 4)."""
    channels = _CHANNELS[head.colour]
    if head.depth == 16:
        deep = raw.view(">u2").reshape(len(raw), head.width, channels)
        samples = (deep >> 8).astype(np.uint8)
        key = deep
    elif head.depth == 8:
        samples = key = raw.reshape(len(raw), head.width, channels)
    else:
        bits = np.unpackbits(raw, axis=1).reshape(len(raw), -1, head.depth)[:, : head.width]
        samples = key = np.asarray(np.packbits(bits, axis=2) >> (8 - head.depth), np.uint8)
    if head.colour == 3:
        return _painted(samples[..., 0], head)
    if head.depth < 8:
        samples = np.asarray(samples * np.uint8(255 // (2**head.depth - 1)), np.uint8)
    colour = samples[..., :3] if channels >= 3 else np.repeat(samples[..., :1], 3, axis=2)
    if channels in (2, 4):
        return np.concatenate([colour, samples[..., -1:]], axis=2)
    if head.transparency:
        wanted = np.frombuffer(head.transparency[: 2 * channels], ">u2")
        hidden = (key == wanted).all(axis=2, keepdims=True)
        return np.concatenate([colour, np.where(hidden, np.uint8(0), np.uint8(255))], axis=2)
    return np.ascontiguousarray(colour)


def _painted(indices: Bytes, head: PngHead) -> Bytes:
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    colours = np.frombuffer(head.palette[: len(head.palette) // 3 * 3], np.uint8).reshape(-1, 3)[:256]
    table[: len(colours), :3] = colours
    alphas = np.frombuffer(head.transparency[:256], np.uint8)
    table[: len(alphas), 3] = alphas
    return table[indices] if head.transparency else np.ascontiguousarray(table[:, :3])[indices]
