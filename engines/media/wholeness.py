"""Whether an audio or video file is all there, told from the lengths that its container declares."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from runtime.errors import AssetInvalid

_STREAMED = 0x7FFF0000
"""A writer that could not seek back leaves the length open, as large as it can be."""
_BOXES = frozenset(
    b"ftyp styp moov moof mdat mfra sidx ssix free skip wide uuid meta udta emsg prft pdin".split()
)
_LOST_PART = 100
"""A Matroska file may lack a hundredth: a few bytes lost in its middle, which players skip."""


def check_whole(path: Path, media_type: str) -> int:
    """Pass when the file is as long as it says, or nearly so where players bear that; return the bytes that it lacks.

    Raises:
        AssetInvalid: the file ends before the container does, or has no index.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if media_type in ("video/mp4", "audio/mp4", "video/quicktime", "video/3gpp"):
            _boxes(file, size)
        elif media_type == "audio/wav":
            _riff(file, size)
        elif media_type in ("video/webm", "video/x-matroska"):
            return _segment(file, size)
    return 0


def _boxes(file: BinaryIO, size: int) -> None:
    """Walk the top-level boxes of ISO/IEC 14496-12, section 4.2."""
    at = 0
    kinds: set[bytes] = set()
    while at + 8 <= size:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            length = int.from_bytes(file.read(8), "big")
        elif length == 0:
            length = size - at
        if length < 8 or at + length > size:
            if {b"moov", b"mdat"} <= kinds and (length < 8 or kind not in _BOXES):
                return  # what somebody wrote behind a whole film
            raise AssetInvalid("The file is cut short or damaged.")
        kinds.add(kind)
        at += length
    if b"moov" not in kinds:
        raise AssetInvalid("The file is cut short or damaged.")


def _riff(file: BinaryIO, size: int) -> None:
    """Compare the length of the RIFF data chunk with the file (RFC 2361 names its parts)."""
    at = 12
    while at + 8 <= size:
        file.seek(at)
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind == b"data":
            if 0 < length < _STREAMED and at + 8 + length > size:
                raise AssetInvalid("The sound is cut short.")
            return
        at += 8 + length + length % 2
    raise AssetInvalid("The sound is cut short.")


def _segment(file: BinaryIO, size: int) -> int:
    """Compare the length of the Matroska segment with the file (RFC 8794, section 6; RFC 9559)."""
    file.seek(0)
    head = file.read(4096)
    at = 4
    length, width = _vint(head, at)
    at += width + length
    if head[at : at + 4] != b"\x18\x53\x80\x67":
        return 0
    length, width = _vint(head, at + 4)
    if length == (1 << 7 * width) - 1:  # it is not said
        return 0
    missing = max(0, at + 4 + width + length - size)
    if missing * _LOST_PART > size:
        raise AssetInvalid("The file is cut short.")
    return missing


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Return the value and width of an EBML variable-size integer."""
    first = data[at] if at < len(data) else 0
    if first == 0:
        raise AssetInvalid("The file is damaged.")
    width = 9 - first.bit_length()
    return int.from_bytes(data[at : at + width], "big") & (1 << 7 * width) - 1, width
