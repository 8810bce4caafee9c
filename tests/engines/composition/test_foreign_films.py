"""Films as people have them: without a length, damaged, joined, with several sound tracks or one nobody reads."""

from __future__ import annotations

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
from engines.media.apart import Prober
from runtime.errors import AssetInvalid

TEXTURE = np.random.default_rng(3).integers(30, 220, (90, 160, 3), np.uint8)
TICKS = 25


def filmed(
    path: Path,
    seconds: float = 4.0,
    *,
    codec: str = "libx264",
    container: str | None = None,
    writing: dict[str, str] | None = None,
    tones_hz: tuple[int, ...] = (440,),
    shade: int = 0,
    default: int = 0,
) -> Path:
    """Write a film whose frames grow lighter, under a moving texture, with a track of sound for each tone."""
    with av.open(str(path), "w", format=container, options=writing or {}) as out:
        video: Any = out.add_stream(codec, rate=TICKS)
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        video.options = (
            {"g": "25", "preset": "ultrafast"} if codec == "libx264" else {"cpu-used": "8", "g": "25"}
        )
        video.codec_context.thread_count = 1
        tracks: list[Any] = []
        for number, _ in enumerate(tones_hz):
            track: Any = out.add_stream("libopus" if container == "webm" else "aac", rate=RATE_HZ)
            track.codec_context.layout = "stereo"
            track.disposition = av.stream.Disposition.default if number == default else 0
            tracks.append(track)
        out.start_encoding()
        count = round(seconds * TICKS)
        for number in range(count):
            picture = np.roll(TEXTURE, 2 * number, axis=1) // 4 + 160 * number // count + shade
            frame = av.VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), format="rgb24")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        clock = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        for track, hz in zip(tracks, tones_hz, strict=True):
            tone = np.tile((0.3 * np.sin(2 * np.pi * hz * clock)).astype(np.float32), (2, 1))
            sound = av.AudioFrame.from_ndarray(tone, format="fltp", layout="stereo")
            sound.sample_rate, sound.pts = RATE_HZ, 0
            context = track.codec_context
            resampler = av.AudioResampler(context.format, "stereo", RATE_HZ, context.frame_size)
            for made in [*resampler.resample(sound), *resampler.resample(None), None]:
                out.mux(track.encode(made))
    return path


def lightness(result: Any) -> list[float]:
    with av.open(str(result.products[0].path)) as container:
        return [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


def pitch_hz(path: Path) -> tuple[int, tuple[str, ...]]:
    losses = Losses()
    samples = np.concatenate(list(read(probe(path, "/clip"), 1.0, 1.0, losses=losses)), axis=1)[0]
    return int(np.abs(np.fft.rfft(samples)).argmax()), losses.notes()


async def test_a_recording_without_a_length_lasts_as_long_as_its_packets(bench: Any) -> None:
    path = filmed(bench.folder / "a.webm", 6.0, codec="libvpx", container="webm", writing={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    assert measured.probe(path).duration_s == pytest.approx(6.0, abs=0.05)
    prober = Prober()
    assert (await prober.probe(path)).duration_s == pytest.approx(6.0, abs=0.05)
    await prober.close()
    assert len(
        lightness(bench.compose([{"kind": "video", "clips": [{"file": path}]}], size=(160, 90), fps=25))
    ) in (
        150,
        151,
    )


def test_what_follows_a_recording_without_a_length_begins_where_it_ends(bench: Any) -> None:
    path = filmed(bench.folder / "a.webm", 2.0, codec="libvpx", container="webm", writing={"live": "1"})
    sound = bench.sound("a.wav", 0.1 * np.sin(np.arange(5 * RATE_HZ) / 20))
    clips = [{"file": path}, {"source": {"colour": "#0000ff"}, "start_s": 2.1, "duration_s": 1.0}]
    result = bench.compose(
        [{"kind": "video", "clips": clips}, {"kind": "audio", "clips": [{"file": sound}]}],
        size=(160, 90),
        fps=25,
    )
    found = lightness(result)
    assert len(found) == 125
    # The last picture is the lightest; it is gone at the end of the recording, and does not come back.
    assert found[48] > 150
    assert max(found[53:]) < 60
    assert max(found[80:]) < 20


@pytest.mark.parametrize(
    ("name", "container"), [("a.mp4", None), ("a.ts", "mpegts"), ("a.mkv", "matroska"), ("a.webm", "webm")]
)
def test_forty_bytes_lost_in_the_middle_of_a_film_are_borne_and_told(
    bench: Any, name: str, container: str | None
) -> None:
    codec = "libvpx" if container == "webm" else "libx264"
    path = filmed(bench.folder / name, codec=codec, container=container)
    data = path.read_bytes()
    middle = len(data) // 2
    if container in ("matroska", "mpegts"):
        path.write_bytes(data[:middle] + data[middle + 40 :])
    else:
        path.write_bytes(data[:middle] + b"\xa5" * 40 + data[middle + 40 :])
    result = bench.compose([{"kind": "video", "clips": [{"file": path}]}], size=(160, 90), fps=25)
    found = lightness(result)
    assert len(found) == pytest.approx(100, abs=2)
    assert found[10] < found[30] < found[70] < found[95]
    if container != "webm":  # VP8 shows whatever it reads
        assert any(
            "damaged or left out" in note or "bytes of the file are missing" in note
            for note in result.degraded
        )


def test_a_film_that_is_mostly_damaged_is_refused(bench: Any) -> None:
    path = filmed(bench.folder / "a.mp4")
    data = bytearray(path.read_bytes())
    start, end = data.index(b"mdat") + 3000, data.index(b"moov") - 4
    data[start:end] = np.random.default_rng(1).bytes(end - start)
    path.write_bytes(data)
    with pytest.raises(AssetInvalid, match=r"/timeline/tracks/0/clips/0: .*damaged"):
        bench.compose([{"kind": "video", "clips": [{"file": path}]}], size=(160, 90), fps=25)


@pytest.mark.parametrize(("default", "hz"), [(0, 440), (1, 880)])
def test_of_several_sound_tracks_the_default_is_heard_and_the_others_are_told(
    tmp_path: Path, default: int, hz: int
) -> None:
    path = filmed(tmp_path / "a.mkv", container="matroska", tones_hz=(440, 880), default=default)
    told = ("unsupported: /clip: only one of the 2 sound tracks of its file is heard",)
    assert pitch_hz(path) == (hz, told)


def test_a_film_with_one_sound_track_tells_nothing(tmp_path: Path) -> None:
    assert pitch_hz(filmed(tmp_path / "a.mp4")) == (440, ())


def test_a_sound_track_that_nobody_can_decode_leaves_the_film_silent_and_is_told(bench: Any) -> None:
    path = filmed(bench.folder / "a.mp4", 1.0)
    data = bytearray(path.read_bytes())
    for kind in (b"mp4a", b"esds"):
        at = data.rindex(kind)
        data[at : at + 4] = b"zzzz"
    path.write_bytes(data)
    assert measured.probe(path).channels is None
    result = bench.compose([{"kind": "video", "clips": [{"file": path}]}], size=(160, 90), fps=25)
    assert result.degraded == (
        "asset_invalid: /timeline/tracks/0/clips/0: its sound is of a kind that cannot be decoded, so it is silent",
    )
    with pytest.raises(AssetInvalid, match="holds no sound that can be decoded"):
        bench.compose([{"kind": "audio", "clips": [{"file": path}]}], size=(160, 90))


def test_joined_broadcasts_are_seen_and_heard_one_after_the_other(bench: Any) -> None:
    first = filmed(bench.folder / "a.ts", 4.0, container="mpegts")
    second = filmed(bench.folder / "b.ts", 4.0, container="mpegts", shade=60, tones_hz=(880,))
    path = bench.folder / "c.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    source = probe(path, "/clip")
    assert lasting_s(source, 100.0) == pytest.approx(8.0, abs=0.1)
    found = lightness(bench.compose([{"kind": "video", "clips": [{"file": path}]}], size=(160, 90), fps=25))
    assert found[10] < found[50] < found[90]
    assert found[115] < found[150] < found[190]
    assert found[115] - found[10] == pytest.approx(60, abs=8)
    for start_s, hz in ((1.0, 440), (6.0, 880)):
        samples = np.concatenate(list(read(source, start_s, 1.0)), axis=1)[0]
        assert int(np.abs(np.fft.rfft(samples)).argmax()) == hz


def test_a_bare_stream_of_pictures_is_shown_at_its_rate(bench: Any) -> None:
    path = filmed(bench.folder / "a.h264", 5.0, container="h264", tones_hz=())
    assert lasting_s(probe(path, "/clip"), 100.0) == pytest.approx(5.0, abs=0.1)
    found: NDArray[np.float64] = np.array(
        lightness(bench.compose([{"kind": "video", "clips": [{"file": path}]}], size=(160, 90), fps=25))
    )
    assert len(found) == pytest.approx(125, abs=2)
    assert found[10] < found[40] < found[80] < found[120]


def test_bytes_behind_a_whole_film_are_no_hindrance(bench: Any) -> None:
    path = filmed(bench.folder / "a.mp4", 1.0)
    path.write_bytes(path.read_bytes() + bytes(500))
    assert measured.probe(path).duration_s == pytest.approx(1.0, abs=0.05)
    assert len(lightness(bench.compose([{"kind": "video", "clips": [{"file": path}]}], fps=25))) == 25
