"""Ten timelines of files as strangers send them: `python -m tests.field.timelines FOLDER` composes them, to be looked at.

Each gets a film, a contact sheet, and a line that says what was told and how loud each second is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from engines.composition.engine import Composer
from engines.contract import Input
from runtime.errors import AssetInvalid
from tests.engines.running import Work, generate
from tests.field import foreign_files as foreign

SIZE = (480, 288)
FPS = 25
BLUE = {"source": {"colour": "#1e1edc"}}

Timeline = list[dict[str, Any]]


def _over_blue(path: Path, duration_s: float, **clip: Any) -> Timeline:
    above = {"file": path, "duration_s": duration_s, "fit": "contain", **clip}
    return [
        {"kind": "video", "clips": [{**BLUE, "duration_s": duration_s}]},
        {"kind": "video", "clips": [above]},
    ]


def _heard(path: Path) -> Timeline:
    return [
        {"kind": "video", "clips": [{**BLUE, "duration_s": 2}]},
        {"kind": "audio", "clips": [{"file": path}]},
    ]


HDR_BARS = [(v, v, v) for v in (0.0, 0.25, 0.5, 0.75, 1.0)] + [
    (0.75, 0.0, 0.0),
    (0.0, 0.75, 0.0),
    (0.0, 0.0, 0.75),
]

TIMELINES: dict[str, Callable[[Path], Timeline]] = {
    "rotated": lambda folder: _over_blue(foreign.rotated(folder / "rotated.mp4"), 1),
    "hlg": lambda folder: _over_blue(foreign.hdr(folder / "hlg.mp4", HDR_BARS, frames=25), 1),
    "pq": lambda folder: _over_blue(foreign.hdr(folder / "pq.mp4", HDR_BARS, foreign.PQ, frames=25), 1),
    "interlaced": lambda folder: _over_blue(foreign.interlaced(folder / "interlaced.ts"), 0.48),
    "alpha": lambda folder: _over_blue(
        foreign.holed(folder / "alpha.webm", "libvpx-vp9", "yuva420p", frames=25), 1
    ),
    "without length": lambda folder: _over_blue(foreign.without_length(folder / "recording.webm"), 2),
    "joined": lambda folder: _heard(foreign.joined_mp3(folder / "joined.mp3")),
    "surround": lambda folder: _heard(foreign.tone(folder / "surround.ac3", "ac3", layout="5.1")),
    "variable rate": lambda folder: _over_blue(foreign.variable_rate(folder / "variable.mp4"), 3),
    "anamorphic and AVIF": lambda folder: [
        *_over_blue(foreign.anamorphic(folder / "anamorphic.mp4"), 1),
        {
            "kind": "video",
            "clips": [
                {"file": foreign.animation(folder / "moving.avif", "AVIF"), "start_s": 1, "fit": "contain"}
            ],
        },
    ],
}


class Quiet:
    """A report that nobody reads."""

    def step(self, done: int, total: int, stage: str) -> None:
        """Take a step."""

    def preview(self, path: Path) -> None:
        """See a preview."""


def compose(name: str, folder: Path, composer: Composer) -> tuple[list[Path], tuple[str, ...]]:
    """Compose one of `TIMELINES` in a folder; return the film, its contact sheet, and what was told."""
    inputs: dict[str, Input] = {}
    tracks = []
    for number, track in enumerate(TIMELINES[name](folder)):
        clips = []
        for place, clip in enumerate(track["clips"]):
            rest = {key: value for key, value in clip.items() if key != "file"}
            if "file" in clip:
                rest["source"] = "s3://media/uploads/default/file"
                inputs[f"/timeline/tracks/{number}/clips/{place}/source"] = Input(clip["file"])
            clips.append(rest)
        tracks.append({**track, "clips": clips})
    canvas = {"width_px": SIZE[0], "height_px": SIZE[1], "fps": FPS}
    timeline = {"canvas": canvas, "tracks": tracks, "output": {"extras": ["contact_sheet"]}}
    (result,) = generate(
        composer, [Work(name, "composition", {"timeline": timeline}, 1, inputs)], folder, Quiet()
    )
    return [product.path for product in result.products], result.degraded


def loudness_db(path: Path) -> list[int]:
    """Return how loud each second of a film is, in dB of full scale; -99 is silence."""
    with av.open(str(path)) as container:
        heard = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    seconds = [heard[:, at : at + 48_000] for at in range(0, heard.shape[1], 48_000)]
    return [round(20 * np.log10(max(float(np.sqrt((part**2).mean())), 10**-4.95))) for part in seconds]


def main(folder: Path) -> None:
    """Compose all of them."""
    composer = Composer()
    composer.load("cpu")
    for name in TIMELINES:
        place = folder / name.replace(" ", "-")
        place.mkdir(parents=True, exist_ok=True)
        try:
            (film, sheet, *_), told = compose(name, place, composer)
        except AssetInvalid as error:
            print(f"{name}: refused: {error.message}")
            continue
        print(f"{name}: {sheet}; dB by second {loudness_db(film)}; {'; '.join(told) or 'nothing told'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
