"""Streams that change on the way, and headers that lie, are noticed: what the packets have counts."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engines.composition.engine import Composer
from engines.composition.hearing import read
from engines.composition.lengths import lasting_s
from engines.composition.pcm import RATE_HZ
from engines.composition.sources import probe
from runtime.errors import AssetInvalid, Unsupported
from schemas.budget import CompositionBudget

RED, BLUE = (200, 40, 40), (40, 40, 200)


def halves(width: int, height: int) -> NDArray[np.uint8]:
    picture = np.empty((height, width, 3), np.uint8)
    picture[:, : width // 2], picture[:, width // 2 :] = RED, BLUE
    return picture


def changing_film(path: Path, sizes: list[tuple[int, int]], frames: int, pix_fmts: list[str]) -> Path:
    """Write one stream whose parts have sizes and formats of their own, parameter sets before each."""
    with av.open(str(path), "w", format="mpegts") as container:
        stream: Any = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = *sizes[0], pix_fmts[0]
        container.start_encoding()
        number = 0
        for (width, height), pix_fmt in zip(sizes, pix_fmts, strict=True):
            encoder: Any = av.CodecContext.create("libx264", "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, pix_fmt
            encoder.framerate, encoder.time_base = Fraction(24), Fraction(1, 24)
            encoder.options = {"crf": "8", "preset": "ultrafast", "tune": "zerolatency"}
            packets = []
            for _ in range(frames):
                frame = av.VideoFrame.from_ndarray(halves(width, height), format="rgb24")
                packets += encoder.encode(frame.reformat(format=pix_fmt))
            for made in [*packets, *encoder.encode(None)]:
                packet = av.Packet(bytes(made))
                packet.stream, packet.time_base = stream, Fraction(1, 24)
                packet.pts = packet.dts = number
                packet.is_keyframe = made.is_keyframe
                container.mux(packet)
                number += 1
    return path


def shown(result: Any) -> list[NDArray[np.uint8]]:
    with av.open(str(result.products[0].path)) as container:
        return [
            np.asarray(frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray(), np.uint8)
            for frame in container.decode(video=0)
        ]


def test_a_film_that_changes_its_size_and_format_on_the_way_stays_in_its_place(bench: Any) -> None:
    path = changing_film(
        bench.folder / "a.ts",
        [(320, 180), (640, 360), (160, 160)],
        12,
        ["yuv420p", "yuv444p", "yuv420p"],
    )
    frames = shown(
        bench.compose([{"kind": "video", "clips": [{"file": path, "fit": "fill", "duration_s": 1.5}]}])
    )
    assert len(frames) == 36
    for frame in frames:
        assert np.abs(frame[20:-20, 20:140].reshape(-1, 3).mean(axis=0) - RED).max() <= 10
        assert np.abs(frame[20:-20, 180:-20].reshape(-1, 3).mean(axis=0) - BLUE).max() <= 10


def test_a_film_that_becomes_huge_on_the_way_is_not_decoded_there(bench: Any) -> None:
    path = changing_film(bench.folder / "a.ts", [(320, 180), (16_384, 4352)], 1, ["yuv420p"] * 2)
    clip = {"file": path, "fit": "fill", "duration_s": 0.25}
    with pytest.raises(AssetInvalid, match=r"/timeline/tracks/0/clips/0: .*(67 megapixels|damaged)"):
        bench.compose([{"kind": "video", "clips": [clip]}])


def adts(rate_hz: int, layout: str, seconds: float, hz: float) -> bytes:
    """Return AAC with a header before each packet, which may follow another of another kind."""
    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.format, encoder.layout = rate_hz, "fltp", layout
    channels = {"mono": 1, "stereo": 2}[layout]
    rates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000]
    tone = (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)
    packets = []
    for start in range(0, len(tone) // 1024 * 1024, 1024):
        samples = np.tile(tone[start : start + 1024], (channels, 1))
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, start
        packets += encoder.encode(frame)
    made = b""
    for packet in [*packets, *encoder.encode(None)]:
        body = bytes(packet)
        size = len(body) + 7
        head = (0xFFF1 << 40) | (1 << 38) | (rates.index(rate_hz) << 34) | (channels << 30)
        head |= (size << 13) | (0x7FF << 2)
        made += head.to_bytes(7, "big") + body
    return made


def test_sound_that_changes_its_rate_and_channels_on_the_way_is_heard_at_its_pitch(tmp_path: Path) -> None:
    path = tmp_path / "a.aac"
    path.write_bytes(
        adts(44_100, "stereo", 2, 440) + adts(22_050, "mono", 2, 660) + adts(48_000, "stereo", 2, 880)
    )
    samples = np.concatenate(list(read(probe(path, "/clip"), 0.0, 10.0)), axis=1)
    assert abs(samples.shape[1] / RATE_HZ - 6) <= 0.3
    for at_s, hz in ((1.0, 440), (3.0, 660), (5.0, 880)):
        part = samples[0, round(at_s * RATE_HZ) - 4800 : round(at_s * RATE_HZ) + 4800]
        loudest = np.abs(np.fft.rfft(part * np.hanning(9600))).argmax() * RATE_HZ / 9600
        assert abs(loudest - hz) <= 6
        assert np.abs(part).max() == pytest.approx(0.3, abs=0.05)


def lying_wav(path: Path, seconds: float) -> Path:
    """Write a WAV whose writer left the length open, as one that streams does: its header says six hours."""
    body = (np.sin(np.arange(round(seconds * 48_000)) / 20) * 9000).astype("<i2").tobytes()
    head = b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 48_000, 96_000, 2, 16)
    path.write_bytes(head + b"data\xff\xff\xff\xff" + body)
    return path


def lying_mp4(path: Path, film: Path, said_s: float) -> Path:
    """Copy an MP4 with another length in its headers of film, track and media."""
    data = bytearray(film.read_bytes())
    for kind, scale_at, length_at in ((b"mvhd", 12, 16), (b"mdhd", 12, 16), (b"tkhd", None, 20)):
        at = data.index(kind) + 4
        scale = struct.unpack_from(">I", data, at + scale_at)[0] if scale_at else 1000
        struct.pack_into(">I", data, at + length_at, min(round(said_s * scale), 2**32 - 1))
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("said_s", [57_600.0, 0.2])
def test_a_clip_without_a_length_lasts_as_long_as_its_packets(bench: Any, said_s: float) -> None:
    film = bench.film("a.mp4", lambda number: halves(64, 36), 48)
    liar = lying_mp4(bench.folder / "b.mp4", film, said_s)
    clip = {"file": liar}
    assert len(shown(bench.compose([{"kind": "video", "clips": [clip]}], size=(64, 36)))) == 48


def test_a_sound_whose_header_says_six_hours_lasts_what_it_has(bench: Any) -> None:
    path = lying_wav(bench.folder / "a.wav", 1.5)
    source = probe(path, "/clip")
    assert lasting_s(source, 10**6) == pytest.approx(1.5, abs=0.05)
    result = bench.compose([{"kind": "audio", "clips": [{"file": path}]}], size=(64, 36))
    assert len(shown(result)) == 36


def test_what_really_is_too_long_is_refused_though_its_header_says_otherwise(
    bench: Any, composer: Composer
) -> None:
    film = bench.film("a.mp4", lambda number: halves(64, 36), 72)
    liar = lying_mp4(bench.folder / "b.mp4", film, 0.2)
    bench.composer = Composer(CompositionBudget(film_s=1.0))
    bench.composer._fonts = composer._fonts
    with pytest.raises(Unsupported, match="at most 1 s, and this one 3 s"):
        bench.compose([{"kind": "video", "clips": [{"file": liar}]}], size=(64, 36))


def test_honest_headers_are_believed_to_the_last_frame(bench: Any) -> None:
    film = bench.film("a.mp4", lambda number: halves(64, 36), 31)
    source = probe(film, "/clip")
    assert lasting_s(source, 100.0) == source.duration_s


@pytest.mark.parametrize("kind", ["gif", "png"])
def test_an_animation_on_a_huge_canvas_is_refused(bench: Any, kind: str) -> None:
    path = bench.folder / f"a.{kind}"
    one, two = (Image.new("L", (9000, 8000), shade) for shade in (0, 255))
    one.save(path, save_all=True, append_images=[two], duration=100)
    with pytest.raises(AssetInvalid, match=r"/timeline/tracks/0/clips/0: .*67 megapixels"):
        bench.compose([{"kind": "video", "clips": [{"file": path, "duration_s": 0.1}]}])


@pytest.mark.parametrize(("channels", "fits"), [(8, True), (9, False), (64, False)])
def test_sound_of_many_channels_is_mixed_or_unsupported_and_never_retried(
    bench: Any, channels: int, fits: bool
) -> None:
    path = bench.folder / "a.wav"
    body = np.repeat(np.sin(np.arange(24_000) / 20)[:, None] * 9000, channels, axis=1).astype("<i2").tobytes()
    head = struct.pack("<IHHIIHH", 16, 1, channels, 48_000, 96_000 * channels, 2 * channels, 16)
    data = b"WAVEfmt " + head + b"data" + struct.pack("<I", len(body)) + body
    path.write_bytes(b"RIFF" + struct.pack("<I", len(data)) + data)
    tracks = [{"kind": "audio", "clips": [{"file": path}]}]
    if fits:
        assert bench.compose(tracks, size=(64, 36)).products
        return
    with pytest.raises(Unsupported, match=f"{channels} channels") as refused:
        bench.compose(tracks, size=(64, 36))
    assert not refused.value.retryable


def test_sound_of_384_khz_is_heard_at_its_pitch(bench: Any) -> None:
    path = bench.sound("a.wav", 0.3 * np.sin(2 * np.pi * 1000 * np.arange(384_000) / 384_000), 384_000)
    samples = np.concatenate(list(read(probe(path, "/clip"), 0.0, 1.0)), axis=1)
    assert samples.shape[1] == RATE_HZ
    assert np.abs(np.fft.rfft(samples[0])).argmax() == 1000
