"""Sound that is played faster or slower keeps its pitch, its place and its channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.composition.pcm import RATE_HZ
from engines.composition.render_plan import Sound
from engines.composition.sound import mix
from engines.composition.sources import probe
from engines.composition.tempo import at_speed
from schemas.timeline import Clip

SPEEDS = [0.25, 0.5, 0.8, 1.5, 2.0, 3.3, 4.0]


def clock(seconds: float, rate_hz: int = RATE_HZ) -> NDArray[np.float64]:
    return np.arange(round(seconds * rate_hz)) / rate_hz


def tones(seconds: float) -> NDArray[np.float64]:
    """Return 440 Hz at the left, 880 Hz at the right."""
    return 0.3 * np.sin(2 * np.pi * np.array([[440], [880]]) * clock(seconds))


def beep(seconds: float, at_s: float) -> NDArray[np.float64]:
    made = np.zeros((2, round(seconds * RATE_HZ)))
    start = round(at_s * RATE_HZ)
    made[:, start : start + 4800] = 0.5 * np.sin(2 * np.pi * 1000 * clock(0.1))
    return made


def pitch_hz(samples: NDArray[np.float32]) -> float:
    padded = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * RATE_HZ))
    return float(padded.argmax() / 8)


def middle_s(samples: NDArray[np.float32]) -> float:
    """Return where the middle of a beep is, by its energy."""
    power = np.square(samples, dtype=np.float64)
    return float((power * np.arange(len(power))).sum() / power.sum() / RATE_HZ)


def heard(result: Any) -> NDArray[np.float32]:
    with av.open(str(result.products[0].path)) as container:
        pieces = [np.asarray(frame.to_ndarray(), np.float32) for frame in container.decode(audio=0)]
    return np.concatenate(pieces, axis=1)


def played(
    path: Path, folder: Path, length_s: float, fade_in_s: float = 0.0, **clip: Any
) -> NDArray[np.float32]:
    """Return one clip as it is mixed, before its loudness is set."""
    made = Clip.model_validate({"source": "s3://media/a", **clip})
    sound = Sound(probe(path, "/clip"), made, 0, 0.0, length_s, fade_in_s, 0.0)
    mixed = mix((sound,), round(length_s * RATE_HZ), folder / "mix.f32", lambda: None)
    found = np.concatenate(list(mixed.blocks(lambda: None)), axis=1)
    mixed.close()
    return found


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_clip_at_another_speed_keeps_its_pitch_and_its_channels(bench: Any, speed: float) -> None:
    path = bench.sound("a.wav", tones(4.0))
    length_s = 4.0 / speed
    found = played(path, bench.folder, length_s, speed=speed)
    for samples, hz in zip(found, (440, 880), strict=True):
        whole = samples[2400 : round((length_s - 0.05) * RATE_HZ)]
        assert abs(pitch_hz(whole) - hz) <= 2
        assert np.sqrt(np.mean(np.square(whole))) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
        # To its very end, and no other tone in it.
        assert np.sqrt(np.mean(np.square(samples[-4800:-1200]))) > 0.15
        power = np.square(np.abs(np.fft.rfft(whole * np.hanning(len(whole)))))
        far = np.abs(np.fft.rfftfreq(len(whole), 1 / RATE_HZ) - hz) > 40
        assert power[far].sum() / power.sum() < 0.001


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_beep_is_heard_at_its_place_whatever_the_speed(bench: Any, speed: float) -> None:
    path = bench.sound("a.wav", beep(4.0, 2.0))
    found = played(path, bench.folder, 4.0 / speed, speed=speed)
    assert abs(middle_s(found[0]) - 2.05 / speed) <= 0.035
    if speed >= 0.5:
        onset = int(np.flatnonzero(np.abs(found[0]) > 0.1)[0]) / RATE_HZ
        assert abs(onset - 2.0 / speed) <= 0.03


def test_a_cut_at_another_speed_begins_and_ends_where_it_says(bench: Any) -> None:
    path = bench.sound("a.wav", np.concatenate([tones(1.0), beep(2.0, 1.0), tones(1.0)], axis=1))
    found = played(path, bench.folder, 1.0, trim_in_s=1.0, speed=2.0, gain_db=-6.0, fade_in_s=0.2)
    assert abs(middle_s(found[0]) - 0.525) <= 0.01
    assert np.abs(found[0]).max() == pytest.approx(0.25, abs=0.03)


def test_sound_of_any_format_is_heard_at_another_speed(tmp_path: Path) -> None:
    for number, (codec, sample_format, layout) in enumerate(
        [
            ("pcm_u8", "u8", "mono"),
            ("pcm_s24le", "s32", "stereo"),
            ("pcm_f64le", "dbl", "stereo"),
            ("pcm_s32le", "s32", "5.1"),
        ]
    ):
        path = tmp_path / f"{number}.wav"
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(codec, rate=32_000)
            stream.codec_context.layout, stream.codec_context.format = layout, sample_format
            channels = stream.codec_context.layout.nb_channels
            tone = np.tile(0.4 * np.sin(2 * np.pi * 500 * clock(2.0, 32_000)), (channels, 1)).astype(
                np.float32
            )
            frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout=layout)
            frame.sample_rate = 32_000
            resampler = av.AudioResampler(format=sample_format, layout=layout, rate=32_000)
            for made in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(stream.encode(made))
            container.mux(stream.encode(None))
        found = played(path, tmp_path, 1.0, speed=2.0)
        for samples in found:
            assert abs(pitch_hz(samples[2400:-2400]) - 500) <= 2
            assert np.abs(samples[2400:-2400]).max() > 0.2


def test_a_film_at_another_speed_is_heard_under_a_voice_and_faded(bench: Any) -> None:
    music, voice = bench.sound("a.wav", tones(6.0)), bench.sound("b.wav", np.zeros((2, 48_000)))
    voice = bench.sound("b.wav", np.concatenate([np.zeros((2, 48_000)), 0.3 * tones(1.0)], axis=1))
    result = bench.compose(
        [
            {"kind": "audio", "clips": [{"file": voice}]},
            {
                "kind": "audio",
                "clips": [
                    {
                        "file": music,
                        "speed": 1.5,
                        "trim_in_s": 0.6,
                        "duration_s": 3.0,
                        "fade_out_s": 0.5,
                        "duck": {"by": 0, "amount_db": 24},
                    }
                ],
            },
        ],
        size=(64, 36),
    )
    found = heard(result)

    def level(start_s: float, end_s: float) -> float:
        part = found[1, round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        return float(np.sqrt(np.mean(np.square(part))))

    assert level(2.95, 3.0) < 0.2 * level(0.2, 0.7)
    assert abs(pitch_hz(found[0, 4800:38_400]) - 440) <= 2
    assert abs(pitch_hz(found[1, 4800:38_400]) - 880) <= 2
    # The music is 24 dB down, so what is left is the voice, about 10 dB below what the music was.
    assert 0.2 <= level(1.3, 1.7) / level(0.2, 0.7) <= 0.5


def test_what_is_played_at_another_speed_does_not_depend_on_how_it_is_cut() -> None:
    whole = tones(3.0).astype(np.float32)
    made = [
        np.concatenate(
            list(at_speed([whole[:, at : at + size] for at in range(0, 144_000, size)], 0.7)), axis=1
        )
        for size in (144_000, 777)
    ]
    assert np.array_equal(made[0], made[1])
    assert made[0].shape[1] == round(144_000 / 0.7)
    assert sum(piece.shape[1] for piece in at_speed([], 2.0)) == 0
    assert sum(piece.shape[1] for piece in at_speed([whole[:, :1]], 0.25)) == 4
