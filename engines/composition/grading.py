"""How a decoded frame becomes 8 bits of BT.709: by its matrix alone, or through a table where its light is another."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from engines.media.tonemap import cube, needs_mapping, shortfall_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN_MATRIX = "the film's colours are coded in a way that is not known here, so they are not exact"
_SPACES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""Matrix coefficients by their number in ITU-T H.273, table 4."""
_UNSAID = (2, 3)
_FINE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


class Grading:
    """Brings the frames of one film to BT.709; keeps the table that they share. FFmpeg reads it from a file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._graph: Graph | None = None
        self._shape: tuple[int, ...] = ()

    def yuv(self, frame: av.VideoFrame, size: tuple[int, int]) -> av.VideoFrame:
        """Return a frame as yuv420p, limited range, of a size."""
        if needs_mapping(*_light(frame)):
            return self._mapped(frame, size).reformat(
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
                interpolation=_FINE,
                threads=1,
            )
        ready = (
            frame.format.name == "yuv420p"
            and _range(frame) == ColorRange.MPEG
            and _space(frame) == Colorspace.ITU709
        )
        if ready and (frame.width, frame.height) == size:
            return frame
        return frame.reformat(
            width=size[0],
            height=size[1],
            format="yuv420p",
            src_colorspace=_space(frame),
            dst_colorspace=Colorspace.ITU709,
            src_color_range=_range(frame),
            dst_color_range=ColorRange.MPEG,
            interpolation=_FINE,
            threads=1,
        )

    def rgba(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Return a frame in its own size as uint8 (height, width, 4)."""
        made = frame.reformat(
            format="rgba",
            src_colorspace=_space(frame),
            src_color_range=_range(frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=_FINE,
            threads=1,
        )
        pixels = np.asarray(made.to_ndarray(), np.uint8)
        if not needs_mapping(*_light(frame)):
            return pixels
        toned = self._mapped(frame, (frame.width, frame.height))
        colours = toned.reformat(format="rgb24", src_color_range=ColorRange.JPEG, threads=1).to_ndarray()
        return np.dstack([colours, pixels[..., 3]])

    def _mapped(self, frame: av.VideoFrame, size: tuple[int, int]) -> av.VideoFrame:
        """Return a frame as gbrp16le, full range, BT.709."""
        signal = frame.reformat(
            width=size[0],
            height=size[1],
            format="gbrp16le",
            src_colorspace=_space(frame),
            src_color_range=_range(frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=_FINE,
            threads=1,
        )
        signal.pts, signal.time_base = 0, Fraction(1)
        shape = (*size, *_light(frame))
        if self._graph is None or shape != self._shape:
            self._graph, self._shape = _graph(size, *_light(frame), self._folder), shape
        self._graph.vpush(signal)
        return self._graph.vpull()


def shortfall(frame: av.VideoFrame) -> str | None:
    """Return what a viewer should know of how a frame's colours are shown."""
    lacks = shortfall_of(*_light(frame))
    if lacks is not None:
        return lacks
    known = frame.format.is_rgb or int(frame.colorspace) in (*_SPACES, *_UNSAID)
    return None if known else UNKNOWN_MATRIX


def _light(frame: av.VideoFrame) -> tuple[int, int]:
    return int(frame.color_trc), int(frame.color_primaries)


def _range(frame: av.VideoFrame) -> ColorRange:
    full = frame.color_range == ColorRange.JPEG or frame.format.is_rgb or frame.format.name.startswith("yuvj")
    return ColorRange.JPEG if full else ColorRange.MPEG


def _space(frame: av.VideoFrame) -> Colorspace:
    # Untagged video of standard definition is BT.601 by custom, larger video BT.709.
    custom = Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
    return _SPACES.get(int(frame.colorspace), custom)


def _graph(size: tuple[int, int], transfer: int, primaries: int, folder: Path) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add("buffer", f"video_size={size[0]}x{size[1]}:pix_fmt=gbrp16le:time_base=1/1:range=pc")
    with tempfile.NamedTemporaryFile("w", suffix=".cube", dir=folder) as file:
        file.write(_cube_text(transfer, primaries))
        file.flush()
        table = graph.add("lut3d", None, file=file.name, interp="tetrahedral")
        graph.link_nodes(source, table, graph.add("buffersink")).configure()
    return graph


@lru_cache(maxsize=4)
def _cube_text(transfer: int, primaries: int) -> str:
    """Return a table in the form of Adobe's Cube LUT specification 1.0: red runs fastest."""
    table = cube(transfer, primaries)
    rows = "\n".join(
        f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in table.reshape(-1, 3).tolist()
    )
    return f"LUT_3D_SIZE {len(table)}\n{rows}\n"
