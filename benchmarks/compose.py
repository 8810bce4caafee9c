"""How long composing takes against the floor: encoding finished frames from memory, nothing else.

`python -m benchmarks.compose` renders a film of six clips with dissolves, captions, narration, ducked music,
and encodes as many ready frames with an x264 of as many threads as it likes, in turns. It writes medians to
`benchmarks/results/compose.json`: [{name, runs, wall_s, cpu_s, wall_ratio, cpu_ratio, frames, load}].
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.composition import aac
from engines.composition.engine import Composer
from engines.contract import Input
from engines.media.encode import VideoWriter
from tests.engines.running import Work, generate

_SIZE, _FPS, _CLIPS, _OVERLAP_S = (1280, 720), 24, 6, 0.5
_KEPT_FRAMES = 240
_RATE_HZ = 48_000


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "compose.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), asked.seconds, asked.runs)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(f"{row['name']:<10} wall {row['wall_s']:6.2f} s  cpu {row['cpu_s']:6.2f} s  "
              f"x floor: wall {row['wall_ratio']:.2f}, cpu {row['cpu_ratio']:.2f}")  # fmt: skip


def measure(folder: Path, seconds: float, runs: int) -> list[dict[str, Any]]:
    """Return one row for the floor and one for the composer, measured in turns."""
    task = _task(folder, seconds)
    composer = Composer()
    composer.load("cpu")
    film = generate(composer, [task], folder / "first")[0].products[0].path
    frames, sound = _finished(film)
    count = round(seconds * _FPS)
    taken: dict[str, list[tuple[float, float]]] = {"floor": [], "composer": []}
    for run in range(runs):
        taken["floor"].append(_timed(lambda: _floor(frames, sound, count, folder / "floor.aac")))
        taken["composer"].append(
            _timed(lambda run=run: generate(composer, [task], folder / f"run-{run}"))  # type: ignore[misc]
        )
    medians = {
        name: (statistics.median(wall for wall, _ in times), statistics.median(cpu for _, cpu in times))
        for name, times in taken.items()
    }
    floor_wall_s, floor_cpu_s = medians["floor"]
    return [
        {
            "name": name,
            "runs": runs,
            "wall_s": round(wall_s, 3),
            "cpu_s": round(cpu_s, 3),
            "wall_ratio": round(wall_s / floor_wall_s, 3),
            "cpu_ratio": round(cpu_s / floor_cpu_s, 3),
            "frames": count,
            "load": round(os.getloadavg()[0], 2),
        }
        for name, (wall_s, cpu_s) in medians.items()
    ]


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def _floor(frames: list[NDArray[np.uint8]], sound: NDArray[np.float32], count: int, path: Path) -> None:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *_SIZE, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(_FPS), Fraction(1, _FPS)
    encoder.gop_size, encoder.options = 2 * _FPS, {"preset": "veryfast", "crf": "20"}
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(frames[number % len(frames)], format="yuv420p")
        frame.pts = number
        encoder.encode(frame)
    encoder.encode(None)
    aac.encode([sound], path)


def _finished(film: Path) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32]]:
    with av.open(str(film)) as container:
        frames: list[NDArray[np.uint8]] = []
        for frame in container.decode(video=0):
            frames.append(np.asarray(frame.to_ndarray(), np.uint8))
            if len(frames) == _KEPT_FRAMES:
                break
    with av.open(str(film)) as container:
        pieces = [np.asarray(frame.to_ndarray(), np.float32) for frame in container.decode(audio=0)]
    return frames, np.concatenate(pieces, axis=1)


def _task(folder: Path, seconds: float) -> Work:
    step_s = seconds / _CLIPS
    video, captions, inputs = [], [], {}
    for number in range(_CLIPS):
        length_s = step_s + (_OVERLAP_S if number + 1 < _CLIPS else 0.0)
        path = folder / f"clip-{number}.mp4"
        _clip(path, number, round(length_s * _FPS))
        clip: dict[str, Any] = {
            "source": "s3://bench/clip",
            "start_s": number * step_s,
            "duration_s": length_s,
        }
        if number:
            clip["transition_in"] = {"type": "dissolve", "duration_s": _OVERLAP_S}
        video.append(clip)
        inputs[f"/timeline/tracks/0/clips/{number}/source"] = path
        words = f"This is what the voice says in scene {number + 1},\nand it takes two lines to say it."
        captions.append(
            {"source": {"text": words}, "start_s": number * step_s + 0.2, "duration_s": step_s - 0.4}
        )
    clock = np.arange(round(seconds * _RATE_HZ)) / _RATE_HZ
    voice = 0.2 * np.sin(2 * np.pi * 160 * clock) * (np.sin(2 * np.pi * 0.4 * clock) > 0)
    music = 0.1 * (np.sin(2 * np.pi * 220 * clock) + np.sin(2 * np.pi * 277 * clock))
    for track, samples in ((1, voice), (2, music)):
        path = folder / f"sound-{track}.wav"
        _sound(path, samples)
        inputs[f"/timeline/tracks/{track}/clips/0/source"] = path
    timeline = {
        "canvas": {"width_px": _SIZE[0], "height_px": _SIZE[1], "fps": _FPS},
        "tracks": [
            {"kind": "video", "clips": video},
            {"kind": "audio", "clips": [{"source": "s3://bench/voice"}]},
            {"kind": "audio", "clips": [{"source": "s3://bench/music", "duck": {"by": 1}}]},
            {"kind": "caption", "clips": captions},
        ],
        "output": {"captions": "both"},
    }
    given = {pointer: Input(path) for pointer, path in inputs.items()}
    return Work("bench", "composition", {"timeline": timeline}, 1, given)


def _clip(path: Path, seed: int, frames: int) -> None:
    """Write a slow pan over soft noise with hard-edged shapes: neither trivial nor hopeless to encode."""
    rng = np.random.default_rng(seed)
    width, height = _SIZE
    wide = cv2.resize(
        rng.integers(0, 256, (18, 36, 3), dtype=np.uint8), (width + 400, height), interpolation=2
    )
    for _ in range(30):
        corner = rng.integers(0, (width + 300, height - 100))
        colour = rng.integers(0, 256, 3).tolist()
        cv2.rectangle(wide, corner.tolist(), (corner + rng.integers(10, 120, 2)).tolist(), colour, -1)
    grain = rng.integers(-6, 7, wide.shape, dtype=np.int16)
    scene = np.clip(wide.astype(np.int16) + grain, 0, 255).astype(np.uint8)
    with VideoWriter(path, width, height, _FPS) as writer:
        for number in range(frames):
            left = number * 2 % 400
            writer.write_rgb(np.ascontiguousarray(scene[:, left : left + width]))


def _sound(path: Path, samples: NDArray[np.float64]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=_RATE_HZ)
        stream.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(
            (samples[None] * 32767).astype(np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = _RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main()
