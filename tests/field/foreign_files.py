"""Files as strangers send them, made anew: telephones' films, broadcasts, browsers' recordings, cameras' pictures.

Each function writes one file and returns its path. What a file shows is said in its docstring, so that a test can
measure the right value.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

WIDTH_PX, HEIGHT_PX, FPS = 160, 96, 25
PQ, HLG = 16, 18
_BT2020 = (0.2627, 0.6780, 0.0593)


def video(
    path: Path,
    codec: str,
    frames: Iterable[av.VideoFrame],
    *,
    container: str | None = None,
    options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    mux: dict[str, str] | None = None,
    **context: Any,
) -> Path:
    """Write frames one after another; `context` sets fields of the encoder."""
    frames = list(frames)
    with av.open(str(path), "w", format=container, container_options=mux or {}) as out:
        stream: Any = out.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, frames[0].format.name
        stream.options = options or {}
        stream.codec_context.thread_count = 1
        stream.metadata.update(metadata or {})
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        for number, frame in enumerate(frames):
            if frame.pts is None:
                frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def columns(
    pattern: Sequence[Sequence[float]], width: int = WIDTH_PX, height: int = HEIGHT_PX
) -> NDArray[np.float64]:
    """Return upright bars of equal width as R'G'B' 0..1 (height, width, 3)."""
    edges = np.arange(width) * len(pattern) // width
    return np.broadcast_to(np.asarray(pattern, float)[edges], (height, width, 3))


def hdr(path: Path, bars: Sequence[Sequence[float]], transfer: int = HLG, frames: int = 3) -> Path:
    """A telephone's HDR film, 10 bit HEVC, BT.2020: bars of these R'G'B' signals under HLG or PQ (or SDR: 14)."""
    red, _, blue = _BT2020
    signal = columns(bars)
    luma = signal @ np.array(_BT2020)
    cb, cr = (signal[..., 2] - luma) / (2 - 2 * blue), (signal[..., 0] - luma) / (2 - 2 * red)
    planes = (64 + 876 * luma, (512 + 896 * cb)[::2, ::2], (512 + 896 * cr)[::2, ::2])

    def frame() -> av.VideoFrame:
        made = av.VideoFrame(WIDTH_PX, HEIGHT_PX, "yuv420p10le")
        for plane, values in zip(made.planes, planes, strict=True):
            rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)  # type: ignore[call-overload]
            rows[:, : plane.width] = np.rint(values)
        made.colorspace, made.color_primaries, made.color_trc, made.color_range = 9, 9, transfer, 1
        return made

    return video(
        path,
        "libx265",
        [frame() for _ in range(frames)],
        options={"preset": "ultrafast", "x265-params": "lossless=1:log-level=none"},
        color_primaries=9,
        color_trc=transfer,
        colorspace=9,
        color_range=1,
    )


def woven_luma(number: int, *, top_first: bool) -> Pixels:
    """Return a frame of two fields: a bar that goes 6 px to the right in each, from 10 px, 24 px wide."""
    luma = np.full((HEIGHT_PX, WIDTH_PX), 40, np.uint8)
    for field in (0, 1):
        left = 10 + 3 * (2 * number + field)
        luma[(field if top_first else 1 - field) :: 2, left : left + 24] = 200
    return luma


def grey(luma: Pixels, form: str = "yuv420p") -> av.VideoFrame:
    """Return a frame without colour whose luma is this."""
    height, width = luma.shape
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, values in zip(frame.planes, (luma, 128, 128), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)  # type: ignore[call-overload]
        rows[:, : plane.width] = values
    return frame if form == "yuv420p" else frame.reformat(format=form)


def woven(lumas: Sequence[Pixels], *, top_first: bool = True) -> list[av.VideoFrame]:
    """Return frames that say themselves that they are two fields, as a camera's do."""
    graph = av.filter.Graph()
    height, width = lumas[0].shape
    source = graph.add("buffer", f"video_size={width}x{height}:pix_fmt=yuv420p:time_base=1/{FPS}")
    mark = graph.add("setfield", "tff" if top_first else "bff")
    graph.link_nodes(source, mark, graph.add("buffersink")).configure()
    made = []
    for number, luma in enumerate(lumas):
        frame = grey(luma)
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        graph.vpush(frame)
        made.append(graph.vpull())
    return made


def interlaced(path: Path, *, top_first: bool = True, codec: str = "libx264", frames: int = 12) -> Path:
    """A broadcast of 25 frames of two fields, with `woven_luma` in each: H.264, MPEG-2 or FFV1 (whose container says it)."""
    options = {"flags": "+ilme+ildct"}
    context: dict[str, Any] = {}
    if codec == "libx264":
        options |= {"crf": "4", "preset": "ultrafast", "x264-params": "tff=1" if top_first else "bff=1"}
    elif codec == "mpeg2video":
        options |= {"qscale": "2", "global_quality": "236", "g": "6"}
        context = {"field_order": 2 if top_first else 3, "bit_rate": 8_000_000}
    else:
        options, context = {}, {"field_order": 2 if top_first else 3}
    pictures = woven(
        [woven_luma(number, top_first=top_first) for number in range(frames)], top_first=top_first
    )
    return video(path, codec, pictures, options=options, **context)


def holed(path: Path, codec: str, form: str, frames: int = 6, **rest: Any) -> Path:
    """A moving picture of (200, 40, 40) that can be seen through: opaque left, half in the middle, nothing right."""
    picture = np.empty((HEIGHT_PX, WIDTH_PX, 4), np.uint8)
    picture[..., :3] = (200, 40, 40)
    third = WIDTH_PX // 3
    picture[..., 3] = 0
    picture[:, :third, 3], picture[:, third : 2 * third, 3] = 255, 128
    if codec.startswith("libvpx"):
        rest["options"] = {
            "auto-alt-ref": "0",
            "deadline": "realtime",
            "cpu-used": "8",
            "crf": "10",
            "b": "1M",
        }

    def frame() -> av.VideoFrame:
        made = av.VideoFrame.from_ndarray(picture, format="rgba")
        return (
            made if form == "rgba" else made.reformat(format=form, dst_colorspace="ITU601", dst_color_range=1)
        )

    return video(path, codec, [frame() for _ in range(frames)], **rest)


def animation(path: Path, kind: str, frames: int = 4, duration_ms: int = 250) -> Path:
    """An animated GIF, WEBP, PNG or AVIF: its left half changes from red to blue half way, its right half is a hole."""
    pictures = []
    for number in range(frames):
        pixels = np.zeros((HEIGHT_PX, WIDTH_PX, 4), np.uint8)
        pixels[:, : WIDTH_PX // 2] = (200, 40, 40, 255) if number < frames // 2 else (40, 40, 200, 255)
        # A hair of difference, so that no writer joins two frames into one.
        pixels[number, 0] = (255, 255, 255, 255)
        pictures.append(Image.fromarray(pixels))
    options: dict[str, Any] = (
        {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "AVIF" else {}
    )
    if kind == "GIF":
        options["disposal"] = 2
    pictures[0].save(path, kind, save_all=True, append_images=pictures[1:], duration=duration_ms, **options)
    return path


def still(path: Path, kind: str, colour: tuple[int, int, int] = (200, 40, 40), **options: Any) -> Path:
    """A plain picture of one colour, as any format that Pillow writes."""
    Image.new("RGB", (WIDTH_PX, HEIGHT_PX), colour).save(path, kind, **options)
    return path


def plain(path: Path, codec: str = "libx264", form: str = "yuv420p", frames: int = 12, **rest: Any) -> Path:
    """A film of one colour, (200, 40, 40), in BT.601."""
    picture = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    picture[...] = (200, 40, 40)
    pictures = [
        av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
            format=form, dst_colorspace="ITU601", dst_color_range=1
        )
        for _ in range(frames)
    ]
    return video(path, codec, pictures, **rest)


def tone(
    path: Path,
    codec: str,
    *,
    container: str | None = None,
    rate_hz: int = 48_000,
    layout: str = "stereo",
    hz: float = 440,
) -> Path:
    """A second of sound."""
    with av.open(str(path), "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate_hz, layout=layout)
        channels = len(stream.layout.channels)
        wave = (0.3 * np.sin(2 * np.pi * hz * np.arange(rate_hz) / rate_hz)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.tile(wave, (channels, 1)), format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(
            format=stream.format, layout=layout, rate=rate_hz, frame_size=stream.frame_size or 0
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path


DISPLAY_P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
ADOBE_RGB = (0.640, 0.330, 0.210, 0.710, 0.150, 0.060)


def profile(primaries: Sequence[float], gamma: float = 2.2) -> bytes:
    """Return an ICC profile, version 2, of a screen with these primaries, D65 and one gamma."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d65, d50 = xyz(0.3127, 0.3290), np.array([0.9642, 1.0, 0.8249])
    adapt = np.linalg.inv(bradford) @ np.diag((bradford @ d50) / (bradford @ d65)) @ bradford
    columns = np.array([xyz(*primaries[at : at + 2]) for at in (0, 2, 4)]).T
    colorants = adapt @ (columns * np.linalg.solve(columns, d65))

    def fixed(values: Iterable[float]) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    name = b"Test\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + fixed(d50),
        **{
            channel + b"XYZ": b"XYZ \0\0\0\0" + fixed(colorants[:, n])
            for n, channel in enumerate((b"r", b"g", b"b"))
        },
        **{
            channel + b"TRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
            for channel in (b"r", b"g", b"b")
        },
    }
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + fixed(d50) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + body


def xyz(x: float, y: float) -> NDArray[np.float64]:
    """Return the XYZ of a chromaticity, Y = 1."""
    return np.array([x / y, 1.0, (1 - x - y) / y])


def coded_png(path: Path, pixels: Pixels, primaries: int, transfer: int) -> Path:
    """A PNG that says its light by code points (cICP), as HDR screenshots do."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    data = out.getvalue()
    chunk = b"cICP" + bytes((primaries, transfer, 0, 1))
    whole = struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(data[:33] + whole + data[33:])
    return path


def coded_avif(path: Path, pixels: Pixels, primaries: int, transfer: int) -> Path:
    """An AVIF whose container says its light by code points (nclx)."""
    Image.fromarray(pixels).save(path, "AVIF", quality=100, subsampling="4:4:4")
    data = bytearray(path.read_bytes())
    at = data.find(b"colrnclx")
    struct.pack_into(">HH", data, at + 8, primaries, transfer)
    path.write_bytes(data)
    return path


def pattern(number: int = 0) -> Pixels:
    """Return a picture with a white disc in the middle, a red left edge, and a bar that moves 2 px a frame."""
    rows, across = np.mgrid[:HEIGHT_PX, :WIDTH_PX]
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), 60, np.uint8)
    picture[(across - WIDTH_PX / 2) ** 2 + (rows - HEIGHT_PX / 2) ** 2 < (HEIGHT_PX / 3) ** 2] = 235
    picture[:, :16] = (200, 40, 40)
    picture[-10:, 20 + 2 * number : 30 + 2 * number] = (40, 180, 40)
    return picture


def moving(frames: int) -> list[av.VideoFrame]:
    """Return `pattern` frame by frame."""
    return [
        av.VideoFrame.from_ndarray(pattern(number), format="rgb24").reformat(format="yuv420p")
        for number in range(frames)
    ]


def rotated(path: Path, frames: int = 25) -> Path:
    """A telephone's upright film: `pattern` stored lying, with a quarter turn in the track's matrix."""
    video(path, "libx264", moving(frames), options={"preset": "ultrafast"})
    data = bytearray(path.read_bytes())
    at = data.find(
        b"\x00\x01\x00\x00" + bytes(12) + b"\x00\x01\x00\x00" + bytes(12) + b"\x40\0\0\0", data.find(b"tkhd")
    )
    matrix = (0, 0x10000, 0, -0x10000, 0, 0, HEIGHT_PX << 16, 0, 0x40000000)
    struct.pack_into(">9i", data, at, *matrix)
    path.write_bytes(data)
    return path


def anamorphic(path: Path, frames: int = 25) -> Path:
    """A film of PAL's shape whose pixels are wider than high, 16:11: the disc is to be seen as wide as the ratio says."""
    return video(
        path, "libx264", moving(frames), options={"preset": "ultrafast"}, sample_aspect_ratio=Fraction(16, 11)
    )


def variable_rate(path: Path) -> Path:
    """A telephone's film of 3 s: a second of 30 frames, a second of 5, a second of 30."""
    times_ms = [*range(0, 1000, 33), *range(1000, 2000, 200), *range(2000, 3000, 33)]
    frames = moving(len(times_ms))
    for frame, time_ms in zip(frames, times_ms, strict=True):
        frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
    return video(path, "libx264", frames, options={"preset": "ultrafast"}, time_base=Fraction(1, 1000))


def without_length(path: Path, frames: int = 50) -> Path:
    """A browser's recording: WebM that does not say how long it is, 2 s."""
    options = {"deadline": "realtime", "cpu-used": "8"}
    return video(path, "libvpx", moving(frames), options=options, mux={"live": "1"}, container="webm")


def joined_mp3(path: Path) -> Path:
    """Two MP3s of a second one behind the other, as `cat` leaves them, each with its own tag."""
    part = tone(path, "libmp3lame", container="mp3").read_bytes()
    path.write_bytes(part + tone(path, "libmp3lame", container="mp3", hz=880).read_bytes())
    return path
