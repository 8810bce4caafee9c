"""Sound is mixed, limited and coded in blocks, and is what it would be if it were made as a whole."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.composition import aac, ducking
from engines.composition.ducking import Duck
from engines.composition.hearing import read
from engines.composition.loudness import Limiter
from engines.composition.pcm import BLOCK, RATE_HZ, Pcm, cut
from engines.composition.render_plan import Sound
from engines.composition.sound import mix
from engines.composition.sources import Source, probe
from runtime.errors import Cancelled
from schemas.timeline import Clip


def go_on() -> None: ...


def coded(path: Path, codec: str, rate_hz: int, seconds: float, sample_format: str = "fltp") -> Path:
    """Write noise under a tone in stereo."""
    rng = np.random.default_rng(7)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate_hz)
        stream.codec_context.layout, stream.codec_context.format = "stereo", sample_format
        container.start_encoding()
        size = stream.codec_context.frame_size or 4096
        resampler = av.AudioResampler(format=sample_format, layout="stereo", rate=rate_hz, frame_size=size)
        for second in range(round(seconds)):
            clock = second + np.arange(rate_hz) / rate_hz
            tone = 0.3 * np.sin(2 * np.pi * 330 * clock) + 0.05 * rng.standard_normal((2, rate_hz))
            frame = av.AudioFrame.from_ndarray(tone.astype(np.float32), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, second * rate_hz, Fraction(1, rate_hz)
            for made in resampler.resample(frame):
                container.mux(stream.encode(made))
        for made in resampler.resample(None):
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return path


def heard(source: Source, trim_s: float, duration_s: float) -> NDArray[np.float32]:
    return np.concatenate(list(read(source, trim_s, duration_s, go_on)), axis=1)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "sample_format"),
    [
        ("a.wav", "pcm_s16le", 44_100, "s16"),
        ("b.wav", "pcm_s16le", 96_000, "s16"),
        ("a.flac", "flac", 44_100, "s16"),
        ("a.mp3", "libmp3lame", 44_100, "fltp"),
        ("a.m4a", "aac", 48_000, "fltp"),
        ("b.m4a", "aac", 44_100, "fltp"),
    ],
)
def test_a_trim_is_sought_and_gives_the_samples_that_decoding_from_the_beginning_gives(
    tmp_path: Path, name: str, codec: str, rate_hz: int, sample_format: str
) -> None:
    source = probe(coded(tmp_path / name, codec, rate_hz, 24, sample_format), "/clip")
    assert source.seeks
    whole = heard(source, 0.0, 24.0)
    for trim_s in (15.0, 20.123456):
        looks = 0

        def look() -> None:
            nonlocal looks
            looks += 1

        part = np.concatenate(list(read(source, trim_s, 1.5, look)), axis=1)
        first = round(trim_s * RATE_HZ)
        assert np.array_equal(part, whole[:, first : first + round(1.5 * RATE_HZ)])
        # Every 64 frames somebody may stop it; from the beginning there would be at least ten such frames.
        assert looks <= 4


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "sample_format"),
    [
        ("a.mkv", "aac", 44_100, "fltp"),
        ("a.webm", "libopus", 48_000, "flt"),
        ("a.ts", "aac", 44_100, "fltp"),
    ],
)
def test_a_file_whose_clock_does_not_count_samples_is_sought_to_the_millisecond(
    tmp_path: Path, name: str, codec: str, rate_hz: int, sample_format: str
) -> None:
    source = probe(coded(tmp_path / name, codec, rate_hz, 16, sample_format), "/clip")
    assert source.seeks
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1

    whole = heard(replace(source, seeks=False), 0.0, 16.0)[0]
    part = np.concatenate(list(read(source, 12.5, 1.0, look)), axis=1)[0]
    assert looks <= 3
    first = round(12.5 * RATE_HZ)
    likeness = np.correlate(whole[first - 480 : first + RATE_HZ + 480], part, "valid")
    assert abs(int(likeness.argmax()) - 480) <= 0.0012 * RATE_HZ


def reference(sounds: list[tuple[Sound, NDArray[np.float32]]], length: int) -> NDArray[np.float32]:
    """Mix as a whole: what is not turned down first, then the rest under the voice of its track."""
    mixed = np.zeros((2, length), np.float32)
    tracks: dict[int, NDArray[np.float32]] = {}
    for ducked in (False, True):
        for sound, samples in sounds:
            start = round(sound.start_s * RATE_HZ)
            count = min(round(sound.duration_s * RATE_HZ), length - start, samples.shape[1])
            ramp = np.arange(count, dtype=np.float32)
            placed = samples[:, :count] * np.float32(10 ** (sound.clip.gain_db / 20))
            if sound.fade_in_s:
                placed *= np.minimum(ramp / np.float32(sound.fade_in_s * RATE_HZ), 1)
            if sound.fade_out_s:
                left = min(round(sound.duration_s * RATE_HZ), length - start) - 1 - ramp
                placed *= np.clip(left / np.float32(sound.fade_out_s * RATE_HZ), 0, 1)
            here = slice(start, start + count)
            if not ducked:
                tracks.setdefault(sound.track, np.zeros((2, length), np.float32))[:, here] += placed
            duck = sound.clip.duck
            if ducked and duck is not None:
                voice = ducking.voiced(ducking.powers(tracks[duck.by]))
                mixed[:, here] += placed * whole_curve(voice, duck.amount_db, length)[here]
            elif not ducked and duck is None:
                mixed[:, here] += placed
    return mixed


def whole_curve(voice: NDArray[np.bool_], amount_db: float, length: int) -> NDArray[np.float32]:
    held = np.convolve(voice.astype(int), np.ones(6 + 25 + 1, int))[6 : 6 + len(voice)] > 0
    fall, rise = 1 - np.exp(-480 / RATE_HZ / 0.03), 1 - np.exp(-480 / RATE_HZ / 0.4)
    level, levels = 0.0, []
    for down in held.tolist():
        goal = -amount_db if down else 0.0
        level += (goal - level) * (fall if goal < level else rise)
        levels.append(level)
    gains = 10.0 ** (np.array(levels) / 20.0)
    at = np.arange(length, dtype=np.float64) / 480 - 0.5
    return np.interp(at, np.arange(len(gains)), gains).astype(np.float32)


def test_a_mix_in_blocks_is_the_mix_of_the_whole_bit_by_bit(tmp_path: Path) -> None:
    source = probe(coded(tmp_path / "a.wav", "pcm_s16le", 44_100, 12, "s16"), "/clip")

    def sound(
        track: int, start_s: float, length_s: float, fade_in_s: float, fade_out_s: float, **clip: Any
    ) -> Sound:
        made = Clip.model_validate({"source": "s3://media/a", "start_s": start_s, **clip})
        return Sound(source, made, track, start_s, length_s, fade_in_s, fade_out_s)

    sounds = (
        sound(0, 0.0, 7.3, 0.5, 1.7, trim_in_s=0.7),
        sound(1, 1.9, 5.0, 0.0, 0.0, duck={"by": 0, "amount_db": 9}, gain_db=-4.5),
        sound(0, 6.9, 12.0, 0.4, 0.4, gain_db=3),
        sound(1, 4.05, 0.35, 0.1, 0.1, duck={"by": 2}),
        sound(2, 9.0, 4.123456, 2.0, 3.0, trim_in_s=3.21),
    )
    length = 14 * RATE_HZ + 777
    samples = [
        (one, heard(source, one.clip.trim_in_s, min(one.duration_s, length / RATE_HZ - one.start_s)))
        for one in sounds
    ]
    mixed = mix(sounds, length, tmp_path / "mix.f32", go_on)
    found = np.concatenate(list(mixed.blocks(go_on)), axis=1)
    mixed.close()
    assert np.array_equal(found, reference(samples, length))
    assert length > 6 * BLOCK


def test_a_duck_followed_in_blocks_is_the_curve_of_the_whole() -> None:
    voice = np.random.default_rng(3).random(1500) > 0.995
    whole = whole_curve(voice, 15.0, 1500 * 480)
    duck = Duck(voice, 15.0)
    for start, count in ((0, 5000), (0, 9000), (96_000, 96_000), (500_000, 96_000), (672_000, 48_000)):
        assert np.array_equal(duck.curve(start, count), whole[start : start + count])


def test_a_limiter_in_blocks_gives_no_sample_that_depends_on_where_a_block_ends(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    length = 3 * BLOCK + 12_345
    loud = (0.5 * rng.standard_normal((2, length)) * (rng.random(length) > 0.9)).astype(np.float32)
    found = []
    for name, shift in (("a", 0), ("b", 48_000)):
        sound = Pcm(tmp_path / f"{name}.f32", length + shift)
        moved = np.concatenate([np.zeros((2, shift), np.float32), loud], axis=1)
        for start in sound.starts():
            sound.write(start, moved[:, start : start + BLOCK])
        limiter = Limiter(sound, go_on)
        found.append(np.concatenate(list(limiter.apply(6.0, -2.0)), axis=1)[:, shift:])
        limiter.close()
        sound.close()
    # At their very ends the two differ: one begins with silence.
    assert np.array_equal(found[0][:, 4800:], found[1][:, 4800:])
    assert np.abs(found[0]).max() <= 10 ** (-2 / 20)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1, 7, 1024, 4096])
def test_a_stream_is_cut_into_pieces_of_one_size_and_nothing_is_lost(size: int) -> None:
    whole = np.arange(20_000, dtype=np.float32).reshape(2, -1)
    pieces = [whole[:, at:end] for at, end in ((0, 3), (3, 3), (3, 2050), (2050, 2051), (2051, 10_000))]
    made = list(cut(pieces, size))
    assert np.array_equal(np.concatenate(made, axis=1), whole)
    assert {piece.shape[1] for piece in made[:-1]} <= {size}


def test_a_stop_is_looked_for_between_blocks_at_every_stage(tmp_path: Path) -> None:
    source = probe(coded(tmp_path / "a.wav", "pcm_s16le", 48_000, 20, "s16"), "/clip")
    clip = Clip.model_validate({"source": "s3://media/a"})
    looks = 0

    def stop_after(most: int) -> Any:
        nonlocal looks
        looks = 0

        def look() -> None:
            nonlocal looks
            looks += 1
            if looks > most:
                raise Cancelled

        return look

    sounds = (Sound(source, clip, 0, 0.0, 20.0, 0.0, 0.0),)
    with pytest.raises(Cancelled):
        mix(sounds, 20 * RATE_HZ, tmp_path / "x.f32", stop_after(5))
    mixed = mix(sounds, 20 * RATE_HZ, tmp_path / "x.f32", stop_after(1000))
    for most in (0, 5, 15, 25, 35):
        with pytest.raises(Cancelled):
            aac.master(mixed, -14.0, tmp_path / "x.aac", stop_after(most))
    mixed.close()
    assert {path.name for path in tmp_path.iterdir()} <= {"a.wav", "x.aac"}
