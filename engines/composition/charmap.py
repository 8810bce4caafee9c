"""Which characters a font file has: its character map, read as OpenType lays it down."""

from __future__ import annotations

import struct
from collections.abc import Iterator


def characters_of(data: bytes) -> Iterator[int]:
    """Yield the code points of a TrueType font (OpenType specification, `cmap` formats 4 and 12)."""
    tables = struct.unpack_from(">H", data, 4)[0]
    for entry in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * entry)
        if tag == b"cmap":
            count = struct.unpack_from(">H", data, offset + 2)[0]
            for record in range(count):
                place = struct.unpack_from(">I", data, offset + 4 + 8 * record + 4)[0]
                yield from _subtable(data, offset + place)


def _subtable(data: bytes, at: int) -> Iterator[int]:
    kind = struct.unpack_from(">H", data, at)[0]
    if kind == 12:
        groups = struct.unpack_from(">I", data, at + 12)[0]
        for group in range(groups):
            first, last, _ = struct.unpack_from(">III", data, at + 16 + 12 * group)
            yield from range(first, last + 1)
    elif kind == 4:
        segments = struct.unpack_from(">H", data, at + 6)[0] // 2
        ends = struct.unpack_from(f">{segments}H", data, at + 14)
        starts = struct.unpack_from(f">{segments}H", data, at + 16 + 2 * segments)
        deltas = struct.unpack_from(f">{segments}H", data, at + 16 + 4 * segments)
        ranges_at = at + 16 + 6 * segments
        ranges = struct.unpack_from(f">{segments}H", data, ranges_at)
        for number, (start, end, delta, jump) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
            for code in range(start, min(end, 0xFFFE) + 1):
                if jump:
                    place = ranges_at + 2 * number + jump + 2 * (code - start)
                    glyph = struct.unpack_from(">H", data, place)[0]
                else:
                    glyph = (code + delta) & 0xFFFF
                if glyph:
                    yield code
