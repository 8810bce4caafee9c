"""Sound files as people have them: padded, joined, tagged, damaged, without a length, of any format."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.composition.hearing import read
from engines.composition.lengths import lasting_s
from engines.composition.losses import Losses
from engines.composition.pcm import RATE_HZ
from engines.composition.sources import probe
from engines.media import probe as measured
from runtime.errors import AssetInvalid

NOISE = np.random.default_rng(5)


def coded(
    path: Path,
    codec: str,
    seconds: float = 3.0,
    rate_hz: int = 44_100,
    layout: str = "stereo",
    *,
    beep_s: float = 1.0,
    gap_s: float = 0.0,
    container: str | None = None,
    options: dict[str, str] | None = None,
    bit_rate: int | None = None,
    writing: dict[str, str] | None = None,
    sample_format: str | None = None,
) -> Path:
    """Write half a second of 500 Hz at the left and 750 Hz at the right from `beep_s` on; the rest is silent.

    What is after the middle of the file is said to be `gap_s` later.
    """
    with av.open(str(path), "w", format=container, options=writing or {}) as out:
        stream: Any = out.add_stream(codec, rate=rate_hz)
        context = stream.codec_context
        context.layout = layout
        if sample_format:
            context.format = sample_format
        if bit_rate:
            context.bit_rate = bit_rate
        context.options = options or {}
        out.start_encoding()
        clock = np.arange(round(rate_hz * seconds)) / rate_hz
        is_heard = (clock >= beep_s) & (clock < beep_s + 0.5)
        channels = context.layout.nb_channels
        tones = [
            0.4 * np.sin(2 * np.pi * (500 if number % 2 == 0 else 750) * clock) * is_heard
            for number in range(channels)
        ]
        packed = np.ascontiguousarray((np.array(tones) * 32767).astype(np.int16).T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
        resampler = av.AudioResampler(
            format=context.format, layout=layout, rate=rate_hz, frame_size=context.frame_size or 1024
        )
        for made in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(made):
                if packet.pts * packet.time_base >= seconds / 2:
                    packet.pts += round(gap_s / packet.time_base)
                    packet.dts = packet.pts
                out.mux(packet)
    return path


def mp3(path: Path, seconds: float = 2.0, **options: Any) -> bytes:
    return coded(path, "libmp3lame", seconds, layout="mono", bit_rate=64_000, **options).read_bytes()


def heard(
    path: Path, start_s: float = 0.0, length_s: float = 60.0
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    losses = Losses()
    pieces = list(read(probe(path, "/clip"), start_s, length_s, losses=losses))
    return np.concatenate(pieces, axis=1), losses.notes()


def onsets_s(samples: NDArray[np.float32]) -> list[float]:
    loud = np.flatnonzero(np.abs(samples) > 0.05)
    return [float(at) / RATE_HZ for at in loud[np.diff(loud, prepend=-RATE_HZ) > RATE_HZ // 4]]


def pitch_hz(samples: NDArray[np.float32], onset_s: float) -> float:
    part = samples[round((onset_s + 0.1) * RATE_HZ) :][: RATE_HZ // 4]
    return float(np.abs(np.fft.rfft(part * np.hanning(len(part)), RATE_HZ)).argmax())


BEHIND = {
    "zeros": bytes(3000),
    "noise": NOISE.bytes(3000),
    "lyrics": b"LYRICSBEGIN" + b"words of a song " * 300 + b"004811LYRICS200" + b"TAG" + b"x" * 125,
    "id3v1": b"TAG" + b"x" * 125,
    "ape": b"APETAGEX\xd0\x07\0\0" + (2032).to_bytes(4, "little") + bytes(2032),
}


@pytest.mark.parametrize("behind", BEHIND)
def test_what_lies_behind_the_last_frame_of_an_mp3_hinders_nobody(tmp_path: Path, behind: str) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3(tmp_path / "whole.mp3") + BEHIND[behind])
    samples, notes = heard(path)
    assert onsets_s(samples[0]) == [pytest.approx(1.0, abs=0.002)]
    assert samples.shape[1] / RATE_HZ == pytest.approx(2.0, abs=0.03)
    assert lasting_s(probe(path, "/clip"), 100.0) == pytest.approx(2.0, abs=0.1)
    if behind in ("zeros", "noise", "lyrics"):
        assert notes == ("asset_invalid: /clip: parts of its sound cannot be decoded and are left out",)


def test_a_film_with_a_padded_mp3_is_made_and_says_what_was_left_out(bench: Any) -> None:
    path = bench.folder / "a.mp3"
    path.write_bytes(mp3(bench.folder / "whole.mp3") + bytes(3000))
    result = bench.compose([{"kind": "audio", "clips": [{"file": path}]}], size=(64, 36))
    assert result.degraded == (
        "asset_invalid: /timeline/tracks/0/clips/0: parts of its sound cannot be decoded and are left out",
    )
    with av.open(str(result.products[0].path)) as container:
        pieces = [np.asarray(frame.to_ndarray(), np.float32) for frame in container.decode(audio=0)]
    assert onsets_s(np.concatenate(pieces, axis=1)[0]) == [pytest.approx(1.0, abs=0.03)]


def id3(size: int) -> bytes:
    """Return a tag that holds a picture, in which there may be anything."""
    sizes = bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + sizes + np.random.default_rng(2).bytes(size)


@pytest.mark.parametrize("between", [b"", BEHIND["id3v1"], bytes(700), id3(60_000)])
def test_joined_mp3s_are_heard_one_after_the_other(tmp_path: Path, between: bytes) -> None:
    path = tmp_path / "a.mp3"
    whole = mp3(tmp_path / "whole.mp3")
    path.write_bytes(whole + between + whole)
    samples, _ = heard(path)
    first, second = onsets_s(samples[0])
    assert first == pytest.approx(1.0, abs=0.002)
    # The first has a frame that says what it is, and silence at its end that nobody hears alone.
    assert second == pytest.approx(3.0, abs=0.12)
    assert lasting_s(probe(path, "/clip"), 100.0) == pytest.approx(4.0, abs=0.7)


def test_bytes_lost_in_the_middle_are_silent_and_what_follows_is_in_its_place(tmp_path: Path) -> None:
    whole = coded(tmp_path / "whole.mka", "aac", 4.0, beep_s=3.0).read_bytes()
    path = tmp_path / "a.mka"
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + b"\xff" * 40 + whole[middle + 40 :])
    samples, notes = heard(path)
    assert onsets_s(samples[0]) == [pytest.approx(3.0, abs=0.01)]
    assert notes


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.mka"])
def test_a_file_that_is_mostly_damaged_is_refused(tmp_path: Path, name: str) -> None:
    codec = {"a.mp3": "libmp3lame", "a.flac": "flac", "a.mka": "aac"}[name]
    path = coded(tmp_path / name, codec, 4.0, layout="mono", sample_format="s16" if codec == "flac" else None)
    data = bytearray(path.read_bytes())
    data[2500:] = np.random.default_rng(1).bytes(len(data) - 2500)
    path.write_bytes(data)
    with pytest.raises(AssetInvalid, match=r"/clip: .*damaged"):
        heard(path)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("vbr.mp3", "libmp3lame", {"options": {"global_quality": "472", "flags": "+qscale"}, "writing": {"write_xing": "0"}}),
        ("a.aac", "aac", {"container": "adts", "bit_rate": 48_000}),
        ("a.webm", "libopus", {"rate_hz": 48_000, "writing": {"live": "1"}}),
        ("frag.m4a", "aac", {"container": "mp4", "writing": {"movflags": "frag_keyframe+empty_moov"}}),
    ],
)  # fmt: skip
def test_sound_without_a_stated_length_has_the_one_of_its_packets(
    tmp_path: Path, name: str, codec: str, options: dict[str, Any]
) -> None:
    path = coded(tmp_path / name, codec, 12.0, beep_s=11.0, **options)
    assert lasting_s(probe(path, "/clip"), 100.0) == pytest.approx(12.0, abs=0.06)
    assert onsets_s(heard(path)[0][0]) == [pytest.approx(11.0, abs=0.03)]
    if name != "a.aac":
        assert measured.probe(path).duration_s == pytest.approx(12.0, abs=0.06)


def test_an_mp3_whose_first_frame_lies_of_its_length_has_the_one_of_its_packets(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3(tmp_path / "whole.mp3", 4.0, beep_s=3.0))
    lying(path)
    assert lasting_s(probe(path, "/clip"), 100.0) == pytest.approx(4.0, abs=0.1)
    assert measured.probe(path).duration_s == pytest.approx(4.0, abs=0.1)


def lying(path: Path) -> Path:
    """Let the first frame of an MP3 say five times its length."""
    data = bytearray(path.read_bytes())
    at = data.index(b"Info") + 8
    data[at : at + 4] = (5 * int.from_bytes(data[at : at + 4], "big")).to_bytes(4, "big")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "kind", ["constant", "variable", "no table", "lies", "tagged", "adts", "webm", "opus"]
)
def test_a_cut_far_inside_a_file_is_heard_in_its_place(tmp_path: Path, kind: str) -> None:
    variable = {"global_quality": "472", "flags": "+qscale"}
    match kind:
        case "adts":
            path = coded(tmp_path / "a.aac", "aac", 30.0, beep_s=25.0, container="adts", bit_rate=48_000)
        case "webm" | "opus":
            path = coded(tmp_path / f"a.{kind}", "libopus", 30.0, 48_000, beep_s=25.0)
        case "variable":
            path = coded(tmp_path / "a.mp3", "libmp3lame", 30.0, beep_s=25.0, options=variable)
        case "no table":
            writing = {"write_xing": "0"}
            path = coded(
                tmp_path / "a.mp3", "libmp3lame", 30.0, beep_s=25.0, options=variable, writing=writing
            )
        case _:
            path = coded(tmp_path / "a.mp3", "libmp3lame", 30.0, beep_s=25.0, bit_rate=64_000)
    if kind == "lies":
        lying(path)
    if kind == "tagged":
        path.write_bytes(id3(50_000) + path.read_bytes() + b"LYRICSBEGIN" + bytes(60_000) + BEHIND["id3v1"])
    assert probe(path, "/clip").seeks
    # What the coder puts before the first sample is said by some files only, so it is the place in the whole.
    place_s = onsets_s(heard(path)[0][0])[0]
    assert place_s == pytest.approx(25.0, abs=0.03)
    assert onsets_s(heard(path, 24.3, 1.5)[0][0]) == [pytest.approx(place_s - 24.3, abs=0.0015)]


@pytest.mark.parametrize("name", ["a.mka", "a.webm"])
def test_a_gap_in_the_times_of_a_recording_is_silent(tmp_path: Path, name: str) -> None:
    codec, rate_hz = ("aac", 44_100) if name == "a.mka" else ("libopus", 48_000)
    path = coded(tmp_path / name, codec, 4.0, rate_hz, beep_s=3.0, gap_s=1.5)
    source = probe(path, "/clip")
    assert lasting_s(source, 100.0) == pytest.approx(5.5, abs=0.1)
    assert onsets_s(heard(path)[0][0]) == [pytest.approx(4.5, abs=0.005)]


ODD: list[tuple[str, str, dict[str, Any]]] = [
    ("mulaw.wav", "pcm_mulaw", {"rate_hz": 8000, "layout": "mono", "sample_format": "s16"}),
    ("ms.wav", "adpcm_ms", {"rate_hz": 22_050, "sample_format": "s16"}),
    ("ima.wav", "adpcm_ima_wav", {"rate_hz": 22_050, "layout": "mono", "sample_format": "s16p"}),
    ("float.wav", "pcm_f32le", {"sample_format": "flt"}),
    ("24.wav", "pcm_s24le", {"rate_hz": 96_000, "sample_format": "s32"}),
    ("u8.wav", "pcm_u8", {"rate_hz": 11_025, "layout": "mono", "sample_format": "u8"}),
    ("51.wav", "pcm_s16le", {"rate_hz": 48_000, "layout": "5.1", "sample_format": "s16"}),
    ("71.wav", "pcm_s24le", {"rate_hz": 48_000, "layout": "7.1", "sample_format": "s32"}),
    ("a.aiff", "pcm_s16be", {"sample_format": "s16"}),
    ("a.caf", "alac", {"sample_format": "s16p"}),
    ("a.au", "pcm_s16be", {"sample_format": "s16"}),
    ("51.ogg", "libopus", {"rate_hz": 48_000, "layout": "5.1", "sample_format": "flt"}),
    ("vorbis.ogg", "vorbis", {"options": {"strict": "-2"}}),
    ("a.amr", "libopencore_amrnb", {"rate_hz": 8000, "layout": "mono", "bit_rate": 12_200}),
    ("a.wma", "wmav2", {"bit_rate": 96_000, "container": "asf"}),
    ("a.mka", "libmp3lame", {"sample_format": "s16p"}),
    ("a.ac3", "ac3", {"rate_hz": 48_000, "bit_rate": 192_000}),
    ("a.wv", "wavpack", {"sample_format": "s16p"}),
    ("a.tta", "tta", {"sample_format": "s16"}),
    ("a.ts", "aac", {"container": "mpegts"}),
]


@pytest.mark.parametrize(("name", "codec", "options"), ODD, ids=[name for name, _, _ in ODD])
def test_sound_of_every_common_kind_is_heard_in_its_place_at_its_pitch(
    tmp_path: Path, name: str, codec: str, options: dict[str, Any]
) -> None:
    samples, notes = heard(coded(tmp_path / name, codec, **options))
    is_mono = options.get("layout") == "mono"
    for channel, hz in zip(samples, (500, 500 if is_mono else 750), strict=True):
        # Not every format says how many samples its coder put before the first.
        assert onsets_s(channel) == [pytest.approx(1.0, abs=0.05)]
        assert abs(pitch_hz(channel, onsets_s(channel)[0]) - hz) <= 4
        assert 0.3 <= np.abs(channel).max() <= 1.3
    assert samples.shape[1] / RATE_HZ == pytest.approx(3.0, abs=0.1)
    assert not notes


def test_a_cut_of_sound_of_eight_channels_is_heard(tmp_path: Path) -> None:
    path = coded(tmp_path / "a.m4a", "aac", 16.0, layout="7.1", beep_s=14.0, bit_rate=300_000)
    samples, _ = heard(path, 13.512345, 1.0)
    assert onsets_s(samples[0]) == [pytest.approx(14.0 - 13.512345, abs=0.001)]


def test_joined_oggs_are_heard_one_after_the_other_and_last_as_long_as_both(tmp_path: Path) -> None:
    whole = coded(tmp_path / "whole.ogg", "libopus", 2.0, 48_000).read_bytes()
    path = tmp_path / "a.ogg"
    path.write_bytes(whole + whole)
    assert onsets_s(heard(path)[0][0]) == [pytest.approx(1.0, abs=0.005), pytest.approx(3.0, abs=0.03)]
    assert lasting_s(probe(path, "/clip"), 100.0) == pytest.approx(4.0, abs=0.05)
    assert measured.probe(path).duration_s == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize("behind", [BEHIND["id3v1"], bytes(300)])
def test_a_tag_behind_an_m4a_is_no_hindrance_and_a_cut_one_is_refused(tmp_path: Path, behind: bytes) -> None:
    whole = coded(tmp_path / "whole.m4a", "aac").read_bytes()
    path = tmp_path / "a.m4a"
    path.write_bytes(whole + behind)
    assert onsets_s(heard(path)[0][0]) == [pytest.approx(1.0, abs=0.005)]
    path.write_bytes(whole[:-20])
    with pytest.raises(AssetInvalid, match="damaged or cut short"):
        heard(path)


def test_sound_that_ends_long_before_its_file_does_is_told(tmp_path: Path) -> None:
    path = coded(tmp_path / "a.ogg", "flac", 4.0, sample_format="s16", writing={"page_duration": "100000"})
    data = bytearray(path.read_bytes())
    start, end = round(len(data) * 0.8), data.rindex(b"OggS")
    data[start:end] = bytes(end - start)
    path.write_bytes(data)
    samples, notes = heard(path)
    assert onsets_s(samples[0]) == [pytest.approx(1.0, abs=0.005)]
    assert notes
