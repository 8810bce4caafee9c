"""Small films, pictures and sounds made on the spot, and a way to compose and look at the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.composition.engine import Composer
from engines.contract import Input, Result
from tests.engines.running import Work, generate

SIZE = (320, 180)


class Quiet:
    """A report that nobody reads."""

    def step(self, done: int, total: int, stage: str) -> None:
        assert 0 <= done <= total

    def preview(self, path: Path) -> None:
        raise AssertionError("the composer has no previews")


@dataclass
class Bench:
    """Makes inputs and films in one folder."""

    folder: Path
    composer: Composer
    runs: int = 0

    def film(
        self,
        name: str,
        paint: Callable[[int], NDArray[np.uint8]],
        frames: int,
        fps: float = 24,
        **stream: Any,
    ) -> Path:
        """Write a film whose frame n is paint(n), uint8 RGB."""
        path = self.folder / name
        height, width = paint(0).shape[:2]
        with av.open(str(path), "w") as container:
            out = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
            out.width, out.height, out.pix_fmt = width, height, "yuv420p"
            out.options = {"crf": "8", "preset": "ultrafast"}
            out.codec_context.thread_count = 1
            for key, value in stream.items():
                setattr(out.codec_context, key, value)
            for number in range(frames):
                container.mux(out.encode(av.VideoFrame.from_ndarray(paint(number), format="rgb24")))
            container.mux(out.encode(None))
        return path

    def sound(self, name: str, samples: NDArray[np.float64], rate_hz: int = 48000) -> Path:
        """Write float samples (n,) or (2, n) as WAV."""
        path = self.folder / name
        channels = np.atleast_2d(samples)
        layout = "mono" if len(channels) == 1 else "stereo"
        with av.open(str(path), "w") as container:
            out = container.add_stream("pcm_s16le", rate=rate_hz)
            out.codec_context.layout = layout
            packed = np.ascontiguousarray(
                (np.clip(channels, -1, 1) * 32767).astype(np.int16).T.reshape(1, -1)
            )
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
            frame.sample_rate = rate_hz
            container.mux(out.encode(frame))
            container.mux(out.encode(None))
        return path

    def compose(
        self, tracks: list[dict[str, Any]], *, size: tuple[int, int] = SIZE, fps: float = 24, **rest: Any
    ) -> Result:
        """Compose a timeline whose clips name their files under `file`."""
        return self.run(self.task(tracks, size=size, fps=fps, **rest))

    def task(
        self, tracks: list[dict[str, Any]], *, size: tuple[int, int] = SIZE, fps: float = 24, **rest: Any
    ) -> Work:
        inputs: dict[str, Input] = {}
        sent = []
        for number, track in enumerate(tracks):
            clips = []
            for place, clip in enumerate(track["clips"]):
                rest_of_clip = {key: value for key, value in clip.items() if key != "file"}
                if "file" in clip:
                    rest_of_clip["source"] = "s3://media/input"
                    inputs[f"/timeline/tracks/{number}/clips/{place}/source"] = Input(clip["file"])
                clips.append(rest_of_clip)
            sent.append({"kind": track["kind"], "clips": clips})
        canvas = {"width_px": size[0], "height_px": size[1], "fps": fps}
        timeline = {"canvas": canvas, "tracks": sent, "output": rest.pop("output", {})}
        return Work("task", "composition", {"timeline": timeline, **rest}, 1, inputs)

    def run(self, task: Work, report: Any = None) -> Result:
        self.runs += 1
        folder = self.folder / f"run-{self.runs}"
        folder.mkdir()
        return generate(self.composer, [task], folder, report or Quiet())[0]


@pytest.fixture(scope="session")
def composer() -> Composer:
    made = Composer()
    made.load("cpu")
    return made


@pytest.fixture
def bench(tmp_path: Path, composer: Composer) -> Bench:
    return Bench(tmp_path, composer)
