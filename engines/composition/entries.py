"""Where an MP3 can be entered in the middle: found once by reading its packets, for all clips of it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

import av.error

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

_APART_S = 1.0
"""An entry for each second: 50 kB for an hour."""


class Misfit(Exception):
    """A file cannot be entered in the middle to the sample."""


class Entry(NamedTuple):
    """A packet that can be decoded from: its time in ticks of its stream, and where it lies in the file."""

    pts: int
    position_bytes: int


class Entries:
    """The entries of one file.

    FFmpeg seeks in an MP3 of a constant rate by its size, which tags and first frames that lie make wrong, and in
    others it reads everything before, for each clip anew.
    """

    def __init__(self) -> None:
        self._found: list[Entry] | None = None

    def enter(self, container: InputContainer, stream: av.AudioStream, pts: int) -> Entry:
        """Go to the last entry before a time.

        Raises: Misfit: there is none.
        """
        if self._found is None:
            self._found = _found(container, stream)
        at = bisect_right(self._found, pts, key=lambda entry: entry.pts) - 1
        if at < 0:
            raise Misfit
        entry = self._found[at]
        try:
            container.seek(entry.position_bytes, stream=stream, unsupported_byte_offset=True)
        except av.error.FFmpegError as error:
            raise Misfit from error
        return entry


def _found(container: InputContainer, stream: av.AudioStream) -> list[Entry]:
    found: list[Entry] = []
    apart = int(_APART_S / (stream.time_base or 1))
    following = -1
    try:
        for packet in container.demux(stream):
            pts = packet.pts
            if pts is not None and pts > following and packet.pos is not None:
                found.append(Entry(pts, packet.pos))
                following = pts + apart
    except av.error.FFmpegError:
        pass  # what lies behind is read from the last entry on
    return found
