"""Composing has a budget: too much work is refused before it begins, and memory does not grow with length."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.composer_memory import write_bomb
from engines.composition.costs import most_at_once
from engines.composition.engine import Composer
from engines.composition.frames import Turns
from engines.composition.memory import Watch, converted, held_bytes
from engines.composition.render_plan import Span
from engines.composition.stillcache import Stills, Want
from runtime.errors import AssetInvalid, EngineFailed, OutOfMemory, Unsupported
from schemas.budget import CompositionBudget
from schemas.timeline import Clip

_COMPOSE = """
import json, pathlib, sys
from engines.composition.engine import Composer
from engines.contract import Input
from tests.engines.running import Work, generate
class Quiet:
    def step(self, *said): pass
given = json.loads(sys.stdin.read())
composer = Composer()
composer.load("cpu")
inputs = {pointer: Input(pathlib.Path(path)) for pointer, path in given["inputs"].items()}
generate(composer, [Work("x", "composition", given["params"], 1, inputs)], pathlib.Path(given["folder"]), Quiet())
# Not `ru_maxrss`: that of whoever started this process counts there, too.
held = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(held.split()[1]) // 1024)
"""


def peak_mb(bench: Any, tracks: list[dict[str, Any]], **rest: Any) -> int:
    """Compose in a process of its own and return the most memory that it held."""
    task = bench.task(tracks, **rest)
    bench.runs += 1
    given = {
        "params": task.params,
        "folder": str(bench.folder / f"child-{bench.runs}"),
        "inputs": {pointer: str(one.path) for pointer, one in task.inputs.items()},
    }
    done = subprocess.run(
        [sys.executable, "-c", _COMPOSE],
        input=json.dumps(given), capture_output=True, text=True, check=True, timeout=600,
    )  # fmt: skip
    return int(done.stdout)


@pytest.fixture
def small(composer: Composer) -> Callable[..., Composer]:
    def made(**limits: Any) -> Composer:
        other = Composer(CompositionBudget(**limits))
        other._fonts = composer._fonts
        return other

    return made


def tone(seconds: float) -> Any:
    return 0.2 * np.sin(np.arange(round(seconds * 48_000)) / 20)


def test_memory_does_not_grow_with_the_length_of_the_sound(bench: Any) -> None:
    voice = bench.sound("v.wav", tone(140))
    peaks = [
        peak_mb(
            bench,
            [
                {"kind": "audio", "clips": [{"file": voice, "duration_s": seconds}]},
                {"kind": "audio", "clips": [{"file": voice, "duration_s": seconds, "duck": {"by": 0}}]},
            ],
            size=(64, 64),
            fps=1,
        )
        for seconds in (20, 140)
    ]
    # As a whole, 120 s more are 46 MB in each of several copies.
    assert peaks[1] - peaks[0] <= 30
    assert max(peaks) <= 500


def test_a_png_of_177_megapixels_is_shown_in_500_mb(bench: Any) -> None:
    path = bench.folder / "bomb.png"
    write_bomb(path)
    assert path.stat().st_size < 800_000
    motion = {
        "from": {"x": 0, "y": 0, "width": 1, "height": 1},
        "to": {"x": 0, "y": 0, "width": 0.5, "height": 0.5},
    }
    clips = [
        {"file": path, "start_s": start, "duration_s": 4, **({"motion": motion} if start else {})}
        for start in (0, 4)
    ]
    assert peak_mb(bench, [{"kind": "video", "clips": clips}], size=(640, 360), fps=12) <= 500


def test_a_still_is_decoded_once_for_all_threads_and_dropped_when_nobody_shows_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (900, 1600, 3), dtype=np.uint8)).save(path)
    stills = Stills((1920, 1080))
    want = Want(path, "cover", enlarged=True)
    found: list[Any] = []
    start = threading.Barrier(4)

    def paint() -> None:
        start.wait()
        found.append(stills.take(want, "/clip"))

    threads = [threading.Thread(target=paint) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(still) for still in found}) == 1
    # Fourteen others of 12 MB each: what is shown stays, what is not goes, the oldest first.
    others = []
    for number in range(14):
        copy = tmp_path / f"{number}.png"
        copy.symlink_to(path)
        others.append(Want(copy, "cover", enlarged=True))
        stills.take(others[-1], "/clip")
        stills.leave(others[-1])
    assert stills.take(want, "/clip") is found[0]
    assert stills.held_bytes <= 160 * 2**20
    path.unlink()
    with pytest.raises(AssetInvalid, match=r"^/clip: "):
        stills.take(others[0], "/clip")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"gigapixels": 0.0001}, "/timeline/canvas: .*gigapixels"),
        ({"film_s": 1.0}, "at most 1 s, and this one 3 s"),
        ({"sound_s": 4.0}, "at most 4 s of sound.* 6 s"),
        ({"input_bytes": 1000}, "at most 1000 bytes"),
    ],
)
def test_what_costs_more_is_refused_when_the_sources_are_known(
    bench: Any, small: Any, limits: dict[str, Any], words: str
) -> None:
    voice = bench.sound("v.wav", tone(3))
    tracks = [{"kind": "audio", "clips": [{"file": voice}]}] * 2
    bench.composer = small(**limits)
    with pytest.raises(Unsupported, match=words) as refused:
        bench.compose(tracks, size=(64, 64))
    assert not refused.value.retryable


def test_many_films_or_sounds_at_once_are_refused_and_one_after_the_other_are_not(bench: Any) -> None:
    film = bench.film("a.mp4", lambda number: np.full((36, 64, 3), 90, np.uint8), 6)
    with pytest.raises(Unsupported, match="64 films may run at once, not 65"):
        bench.compose([{"kind": "video", "clips": [{"file": film}]}] * 65, size=(64, 36))
    voice = bench.sound("v.wav", tone(0.2))
    with pytest.raises(Unsupported, match="256 clips may be heard at once, not 300"):
        bench.compose([{"kind": "audio", "clips": [{"file": voice}]}] * 300, size=(64, 36))
    clips = [{"file": voice, "start_s": number / 10, "duration_s": 0.1} for number in range(300)]
    assert bench.compose([{"kind": "audio", "clips": clips}], size=(16, 16), fps=1).products


def test_two_thousand_clips_keep_few_files_open(bench: Any) -> None:
    film = bench.film("a.mp4", lambda number: np.full((36, 64, 3), 90, np.uint8), 3)
    voice = bench.sound("v.wav", tone(0.1))
    most = 0

    class Counting:
        def step(self, done: int, total: int, stage: str) -> None:
            nonlocal most
            most = max(most, len(os.listdir("/proc/self/fd")))

    before = len(os.listdir("/proc/self/fd"))
    pictures, sounds = (
        [{"file": path, "start_s": number / 20, "duration_s": 0.05} for number in range(1000)]
        for path in (film, voice)
    )
    task = bench.task(
        [{"kind": "video", "clips": pictures}, {"kind": "audio", "clips": sounds}], size=(16, 16), fps=20
    )
    assert bench.run(task, Counting()).products
    assert most - before <= 250
    assert len(os.listdir("/proc/self/fd")) <= before + 2


def test_no_memory_is_told_as_such(bench: Any, small: Any) -> None:
    assert held_bytes() > 2**24
    bench.composer = small(memory_bytes=2**20)
    with pytest.raises(OutOfMemory, match="1 MB are allowed"):
        bench.compose([{"kind": "video", "clips": [{"source": {"colour": "#204060"}, "duration_s": 2}]}])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("compose")]
    Watch(2**50).look()
    assert isinstance(converted(MemoryError(), "a frame"), OutOfMemory)
    assert isinstance(converted(ValueError(), "a frame"), EngineFailed)
    assert isinstance(converted(Unsupported("x"), "a frame"), Unsupported)


def test_the_span_that_is_shown_is_the_last_that_has_begun_and_not_ended() -> None:
    clip = Clip.model_validate({"source": {"colour": "#000000"}})
    rng = np.random.default_rng(2)
    for _ in range(50):
        firsts = sorted(rng.integers(0, 40, rng.integers(0, 12)).tolist())
        spans = tuple(
            Span(str(n), clip, None, first, first + int(rng.integers(1, 30)), "cut", 0, False)
            for n, first in enumerate(firsts)
        )
        turns = Turns(spans)
        for frame in range(-1, 80):
            wanted = max((n for n, one in enumerate(spans) if one.first <= frame < one.last), default=None)
            assert turns.shown(frame) == wanted


def test_how_many_share_a_moment_is_counted() -> None:
    assert most_at_once([]) == 0
    assert most_at_once([(0, 5), (5, 9), (7, 7)]) == 1
    assert most_at_once([(0, 5), (4, 9), (4, 5), (9, 12)]) == 3
