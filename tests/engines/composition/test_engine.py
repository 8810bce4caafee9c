"""The composer makes files as the contract says, the same bytes every time, and names what it cannot read."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.composition.loudness import measure
from engines.composition.sound import RATE_HZ
from engines.contract import Result
from runtime.errors import AssetInvalid, AssetNotFound, Cancelled, InvalidRequest, Unsupported

RED, BLUE, GREY = (200, 30, 30), (30, 30, 200), (128, 128, 128)


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (320, 180)) -> Any:
    picture = np.full((size[1], size[0], 3), colour, np.uint8)
    return lambda number: picture


def tone(seconds: float, rate_hz: int = 48000, hz: float = 440.0, gain: float = 0.2) -> NDArray[np.float64]:
    return np.asarray(gain * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz))


def frames(result: Result) -> list[NDArray[np.uint8]]:
    with av.open(str(result.products[0].path)) as container:
        return [
            np.asarray(frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray(), np.uint8)
            for frame in container.decode(video=0)
        ]


def samples(result: Result) -> NDArray[np.float32]:
    with av.open(str(result.products[0].path)) as container:
        return np.concatenate([np.asarray(frame.to_ndarray()) for frame in container.decode(audio=0)], axis=1)


def near(pixels: NDArray[np.uint8], colour: tuple[int, int, int], slack: int = 6) -> bool:
    return bool(np.abs(pixels.reshape(-1, 3).mean(axis=0) - colour).max() <= slack)


def test_the_file_has_the_asked_format_length_and_tags(bench: Any) -> None:
    red, voice = bench.film("a.mp4", plain(RED), 48), bench.sound("v.wav", tone(3, 22050), 22050)
    result = bench.compose(
        [
            {"kind": "video", "clips": [{"file": red, "start_s": 0, "duration_s": 1.7}]},
            {"kind": "audio", "clips": [{"file": voice, "start_s": 0.2, "duration_s": 1.0}]},
        ],
        draft=True,
    )
    path = result.products[0].path
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert container.metadata["comment"] == "reelbus draft: made without models"
        assert not {"creation_time", "encoder"} & set(container.metadata)
        assert (video.codec_context.profile, video.codec_context.pix_fmt) == ("High", "yuv420p")
        assert (video.codec_context.colorspace, video.codec_context.color_range) == (1, 1)
        assert (video.codec_context.color_primaries, video.codec_context.color_trc) == (1, 1)
        assert (audio.codec_context.profile, audio.rate, audio.codec_context.layout.name) == (
            "LC",
            48000,
            "stereo",
        )
        assert abs(float(audio.duration * audio.time_base) - 41 / 24) < 0.005
        assert float(video.duration * video.time_base) == pytest.approx(41 / 24, abs=0.0005)
        pts = [packet.pts for packet in container.demux(video) if packet.pts is not None]
        assert len(pts) == 41
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert len(frames(result)) == 41


def test_the_same_timeline_gives_the_same_bytes_here_and_in_another_process(bench: Any) -> None:
    red, blue = bench.film("a.mp4", plain(RED), 60), bench.film("b.mp4", plain(BLUE), 60)
    sound = bench.sound("v.wav", tone(9))
    tracks = [
        {
            "kind": "video",
            "clips": [
                {"file": red, "start_s": 0.0, "duration_s": 5.0},
                {"file": blue, "start_s": 4.5, "duration_s": 5.0, "transition_in": {"type": "circle-open"}},
            ],
        },
        {"kind": "audio", "clips": [{"file": sound}]},
        {"kind": "caption", "clips": [{"source": {"text": "Hello, עולם"}, "start_s": 1, "duration_s": 8}]},
    ]
    first = bench.compose(tracks, output={"extras": ["poster", "contact_sheet"], "captions": "both"})
    again = bench.compose(tracks, output={"extras": ["poster", "contact_sheet"], "captions": "both"})
    assert [p.path.read_bytes() for p in first.products] == [p.path.read_bytes() for p in again.products]
    task = bench.task(tracks, output={"extras": ["poster"], "captions": "both"})
    paths = {pointer: str(given.path) for pointer, given in task.inputs.items()}
    script = f"""
import os
os.cpu_count = lambda: 1
import pathlib, sys
from engines.composition.engine import Composer
from engines.contract import Input
from tests.engines.running import Work, generate
class Q:
    def step(self, *a): pass
c = Composer(); c.load("cpu")
inputs = {{k: Input(pathlib.Path(v)) for k, v in {paths!r}.items()}}
r = generate(c, [Work("x", "composition", {task.params!r}, 1, inputs)], pathlib.Path(sys.argv[1]), Q())
print(r[0].products[0].path)
"""
    other = bench.folder / "other"
    done = subprocess.run(
        [sys.executable, "-c", script, str(other)], capture_output=True, text=True, check=True, timeout=100
    )
    assert Path(done.stdout.strip()).read_bytes() == first.products[0].path.read_bytes()


def test_by_products_come_with_their_roles_and_captions_with_their_text(bench: Any) -> None:
    red = bench.film("a.mp4", plain(RED), 24)
    result = bench.compose(
        [
            {"kind": "video", "clips": [{"file": red}]},
            {
                "kind": "caption",
                "clips": [{"source": {"text": "Tom & Jerry"}, "start_s": 0.25, "duration_s": 0.5}],
            },
        ],
        output={"extras": ["poster", "contact_sheet"], "captions": "sidecar"},
    )
    assert [(product.role, product.media_type) for product in result.products] == [
        (None, "video/mp4"),
        ("poster", "image/jpeg"),
        ("contact_sheet", "image/jpeg"),
        ("captions_srt", "application/x-subrip"),
        ("captions_vtt", "text/vtt"),
    ]
    assert result.products[3].text == "1\n00:00:00,250 --> 00:00:00,750\nTom & Jerry\n"
    assert "Tom &amp; Jerry" in (result.products[4].text or "")
    assert all(near(frame, RED) for frame in frames(result))


@pytest.mark.parametrize("count", [1, 2, 95, 96, 97, 98, 99, 194])
def test_every_length_has_an_even_pace(bench: Any, count: int) -> None:
    clip = {"source": {"colour": "#204060"}, "duration_s": count / 24, "fade_in_s": count / 24}
    result = bench.compose([{"kind": "video", "clips": [clip]}])
    with av.open(str(result.products[0].path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        ticks = 1 / (24 * packets[0].time_base)
        assert stream.average_rate == 24
        assert {after.dts - before.dts for before, after in itertools.pairwise(packets)} <= {ticks}
        assert sorted(packet.pts for packet in packets) == [number * ticks for number in range(count)]
        assert all(packet.dts <= packet.pts for packet in packets)
    assert len(frames(result)) == count


@pytest.mark.parametrize(("captions", "files"), [("burned", 0), ("sidecar", 2), ("both", 2), ("none", 0)])
def test_caption_files_come_only_when_they_are_asked_for(bench: Any, captions: str, files: int) -> None:
    words = {"source": {"text": "Tom and Jerry"}, "start_s": 0.1, "duration_s": 0.8}
    tracks = [{"kind": "video", "clips": [{"source": {"colour": "#204060"}, "duration_s": 1}]}]
    result = bench.compose([*tracks, {"kind": "caption", "clips": [words]}], output={"captions": captions})
    assert len(result.products) == 1 + files
    brightest = max(int(frame.max()) for frame in frames(result))
    assert (brightest > 200) == (captions in ("burned", "both"))


@pytest.mark.parametrize("size", [(640, 360), (202, 360), (360, 360), (288, 360), (840, 360)])
def test_burned_captions_stand_inside_the_safe_area_at_their_time(bench: Any, size: tuple[int, int]) -> None:
    text = "A caption that is long enough to need two whole lines of the picture."
    result = bench.compose(
        [
            {"kind": "video", "clips": [{"source": {"colour": "#808080"}, "duration_s": 0.5}]},
            {"kind": "caption", "clips": [{"source": {"text": text}, "start_s": 0.125, "duration_s": 0.25}]},
        ],
        size=size,
    )
    shown = frames(result)
    changed = [np.abs(frame.astype(int) - 128).max() > 60 for frame in shown]
    assert changed == [3 <= number < 9 for number in range(12)]
    rows, cols = np.nonzero(np.abs(shown[5].astype(int) - 128).max(axis=2) > 30)
    assert rows.min() >= 0.5 * size[1]
    assert rows.max() <= 0.95 * size[1]
    assert cols.min() >= 0.05 * size[0] - 1
    assert cols.max() <= 0.95 * size[0] + 1
    assert (shown[5] > 200).all(axis=2).sum() > 100


@pytest.mark.parametrize("target", [-14.0, -23.0])
def test_the_film_is_as_loud_as_asked_and_its_peaks_stay_below_one_decibel(bench: Any, target: float) -> None:
    rng = np.random.default_rng(5)
    bursts = tone(4, hz=180) * (np.sin(2 * np.pi * 3 * np.arange(4 * 48000) / 48000) > 0.3)
    bursts += 0.3 * rng.standard_normal(len(bursts)) * (np.arange(len(bursts)) % 9600 < 200)
    result = bench.compose(
        [
            {"kind": "video", "clips": [{"source": {"colour": "#204060"}, "duration_s": 4}]},
            {"kind": "audio", "clips": [{"file": bench.sound("b.wav", bursts)}]},
        ],
        output={"loudness_lufs": target},
    )
    level = measure(samples(result))
    assert level.integrated_lufs == pytest.approx(target, abs=0.5)
    assert level.true_peak_dbtp <= -1.0


def test_silence_stays_silence_and_a_film_without_sound_has_a_silent_track(bench: Any) -> None:
    picture = {"kind": "video", "clips": [{"source": {"colour": "#204060"}, "duration_s": 0.5}]}
    silent = bench.sound("s.wav", np.zeros(24000))
    for tracks in ([picture], [picture, {"kind": "audio", "clips": [{"file": silent}]}]):
        heard = samples(bench.compose(tracks))
        assert np.abs(heard).max() < 1e-4
        assert heard.shape[1] >= 24000


def test_a_flash_and_its_beep_come_together(bench: Any) -> None:
    def flash(number: int) -> NDArray[np.uint8]:
        return np.full((180, 320, 3), 255 if number % 24 == 12 else 0, np.uint8)

    beeps = np.zeros(4 * 44100)
    for second in range(4):
        at = round((second + 0.5) * 44100)
        beeps[at : at + 1837] = tone(0.0417, 44100, 1000, 0.6)[:1837]
    result = bench.compose(
        [
            {"kind": "video", "clips": [{"file": bench.film("f.mp4", flash, 96)}]},
            {"kind": "audio", "clips": [{"file": bench.sound("b.wav", beeps, 44100)}]},
        ]
    )
    with av.open(str(result.products[0].path)) as container:
        seen = [
            frame.time for frame in container.decode(video=0) if frame.to_ndarray(format="gray").mean() > 128
        ]
    with av.open(str(result.products[0].path)) as container:
        pieces = [(frame.time, np.asarray(frame.to_ndarray())) for frame in container.decode(audio=0)]
    heard = np.abs(np.concatenate([piece for _, piece in pieces], axis=1)).max(axis=0)
    offset_s = pieces[0][0]
    for moment in seen:
        around = slice(round((moment - offset_s - 0.2) * RATE_HZ), round((moment - offset_s + 0.2) * RATE_HZ))
        onset = around.start + int(np.argmax(heard[around] > 0.25))
        assert abs(onset / RATE_HZ + offset_s - moment) <= 0.005
    assert len(seen) == 4


def test_music_goes_down_under_the_voice_and_comes_back(bench: Any) -> None:
    voice = np.concatenate([np.zeros(96000), tone(2, hz=150, gain=0.3), np.zeros(144000)])
    result = bench.compose(
        [
            {"kind": "video", "clips": [{"source": {"colour": "#204060"}, "duration_s": 7}]},
            {"kind": "audio", "clips": [{"file": bench.sound("v.wav", voice)}]},
            {
                "kind": "audio",
                "clips": [
                    {"file": bench.sound("m.wav", tone(7, hz=2000)), "duck": {"by": 1, "amount_db": 15}}
                ],
            },
        ]
    )
    heard = samples(result)[0]
    spectrum = [
        np.abs(
            np.dot(
                heard[round(at * 48000) : round(at * 48000) + 9600],
                np.exp(2j * np.pi * 2000 * np.arange(9600) / 48000),
            )
        )
        for at in (1.0, 3.0, 6.5)
    ]
    assert 20 * np.log10(spectrum[1] / spectrum[0]) == pytest.approx(-15, abs=1.5)
    assert 20 * np.log10(spectrum[2] / spectrum[0]) == pytest.approx(0, abs=1)


class _Stopper:
    def step(self, done: int, total: int, stage: str) -> None:
        if stage == "rendering":
            raise Cancelled

    def preview(self, path: Path) -> None: ...


def test_a_cancelled_film_stops_and_leaves_no_thread(bench: Any) -> None:
    task = bench.task([{"kind": "video", "clips": [{"source": {"colour": "#204060"}, "duration_s": 60}]}])
    with pytest.raises(Cancelled):
        bench.run(task, _Stopper())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("compose")]


def test_text_without_a_font_is_reported_by_its_code_points(bench: Any) -> None:
    result = bench.compose(
        [
            {"kind": "video", "clips": [{"source": {"colour": "#204060"}, "duration_s": 0.2}]},
            {"kind": "caption", "clips": [{"source": {"text": "known 漢字 👍 and 𓀀"}, "duration_s": 0.2}]},
        ]
    )
    assert result.degraded == ("unsupported: no font has U+13000",)


def test_what_cannot_be_composed_is_refused_with_the_name_of_the_clip(bench: Any) -> None:
    broken = bench.folder / "broken.mp4"
    broken.write_bytes(b"ffconcat version 1.0\nfile 'a.mp4'\n")
    sound, film = bench.sound("s.wav", tone(0.2)), bench.film("a.mp4", plain(RED), 5)
    cut = bench.folder / "cut.mp4"
    cut.write_bytes(film.read_bytes()[:900])
    for track, clip, error in (
        ("video", {"file": broken}, AssetInvalid),
        ("video", {"file": cut}, AssetInvalid),
        ("video", {"file": sound}, AssetInvalid),
        ("audio", {"file": film}, AssetInvalid),
        ("video", {"source": "s3://media/nowhere"}, AssetNotFound),
        ("audio", {"source": {"colour": "#000000"}}, InvalidRequest),
        ("video", {"file": film, "transition_in": {"type": "disolve"}}, Unsupported),
        ("audio", {"file": sound, "duck": {"by": 7}}, InvalidRequest),
    ):
        with pytest.raises(error, match="/timeline/tracks/0/clips/0"):
            bench.compose([{"kind": track, "clips": [clip]}])
