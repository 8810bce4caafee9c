"""Pictures and films of any kind land where the timeline says, upright, in their colours, at their moment."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from catalog.transitions import TRANSITIONS
from engines.composition.blends import blend
from engines.composition.placing import moved
from engines.composition.planes import blank, from_rgb, to_rgb
from engines.composition.render_plan import frame_rate
from schemas.timeline import Motion

RED, GREEN, BLUE, YELLOW, MAGENTA = (
    (200, 40, 40),
    (40, 180, 40),
    (40, 40, 200),
    (200, 200, 40),
    (200, 40, 200),
)


def quarters(width: int, height: int) -> NDArray[np.uint8]:
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = RED, GREEN
    picture[height // 2 :, : width // 2], picture[height // 2 :, width // 2 :] = BLUE, YELLOW
    return picture


def shown(result: Any) -> list[NDArray[np.uint8]]:
    with av.open(str(result.products[0].path)) as container:
        return [
            np.asarray(frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray(), np.uint8)
            for frame in container.decode(video=0)
        ]


def corners(frame: NDArray[np.uint8], inset_x: int = 20, inset_y: int = 20) -> list[tuple[int, ...]]:
    return [
        tuple(int(v) for v in frame[y, x]) for y in (inset_y, -1 - inset_y) for x in (inset_x, -1 - inset_x)
    ]


def alike(found: Any, wanted: Any, slack: int = 14) -> bool:
    return bool(np.abs(np.asarray(found, int) - np.asarray(wanted, int)).max() <= slack)


def layered(clip: dict[str, Any]) -> list[dict[str, Any]]:
    below = {"source": {"colour": "#c828c8"}, "duration_s": 0.25}
    return [{"kind": "video", "clips": [below]}, {"kind": "video", "clips": [{**clip, "duration_s": 0.25}]}]


def test_fits_cover_contain_and_fill_the_canvas(bench: Any) -> None:
    path = bench.folder / "q.png"
    Image.fromarray(quarters(200, 200)).save(path)
    for fit in ("cover", "fill"):
        assert alike(
            corners(shown(bench.compose(layered({"file": path, "fit": fit})))[2]), [RED, GREEN, BLUE, YELLOW]
        )
    contained = shown(bench.compose(layered({"file": path, "fit": "contain"})))[2]
    assert alike(corners(contained), [MAGENTA] * 4)
    assert alike(corners(contained, 90), [RED, GREEN, BLUE, YELLOW])


def test_photos_are_turned_as_their_exif_says_and_holes_show_what_is_below(bench: Any) -> None:
    turned, holed = bench.folder / "t.jpg", bench.folder / "h.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise
    Image.fromarray(quarters(180, 320)).save(turned, exif=exif, quality=95, subsampling=0)
    assert alike(corners(shown(bench.compose(layered({"file": turned})))[2]), [BLUE, RED, YELLOW, GREEN])
    alpha = np.full((180, 320, 1), 255, np.uint8)
    alpha[60:120, 100:220] = 0
    Image.fromarray(np.concatenate([quarters(320, 180), alpha], axis=2)).save(holed)
    frame = shown(bench.compose(layered({"file": holed})))[2]
    assert alike(corners(frame), [RED, GREEN, BLUE, YELLOW])
    assert alike(frame[90, 160], MAGENTA)


def test_films_are_turned_as_their_matrix_says(bench: Any) -> None:
    path = bench.film("upright.mp4", lambda number: quarters(320, 180), 12)
    data = bytearray(path.read_bytes())
    plain = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    at = data.index(plain, data.index(b"tkhd"))
    data[at : at + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 180 * 65536, 0, 1 << 30)
    path.write_bytes(data)
    frame = shown(bench.compose(layered({"file": path, "fit": "fill"})))[2]
    assert alike(corners(frame), [BLUE, RED, YELLOW, GREEN])


@pytest.mark.parametrize(
    ("fps", "speed", "trim_s"), [(24, 1.0, 0.0), (30, 1.0, 0.5), (12, 2.0, 0.25), (50, 0.5, 1.0)]
)
def test_a_film_shows_the_picture_of_its_moment_and_holds_its_last(
    bench: Any, fps: float, speed: float, trim_s: float
) -> None:
    def bar(number: int) -> NDArray[np.uint8]:
        picture = np.full((90, 160, 3), 20, np.uint8)
        picture[:, 4 * (number % 40) : 4 * (number % 40) + 4] = 230
        return picture

    path = bench.film("bar.mp4", bar, round(2 * fps), fps)
    clip = {"file": path, "duration_s": 2.5, "speed": speed, "trim_in_s": trim_s}
    found = shown(bench.compose([{"kind": "video", "clips": [clip]}], size=(160, 90)))
    for number, frame in enumerate(found):
        source = min(int((trim_s + number / 24 * speed + 0.002) * fps), round(2 * fps) - 1)
        assert int(frame[..., 1].mean(axis=0).reshape(40, 4).mean(axis=1).argmax()) == source % 40


def test_the_camera_moves_from_one_crop_to_the_other(bench: Any) -> None:
    path = bench.folder / "q.png"
    Image.fromarray(quarters(640, 360)).save(path)
    motion = {
        "from": {"x": 0.0, "y": 0.0, "width": 0.4, "height": 0.4},
        "to": {"x": 0.6, "y": 0.6, "width": 0.4, "height": 0.4},
    }
    clip = {"file": path, "duration_s": 1.0, "motion": motion}
    found = shown(bench.compose([{"kind": "video", "clips": [clip]}]))
    assert alike(corners(found[0]), [RED] * 4)
    assert alike(corners(found[-1]), [YELLOW] * 4)
    assert alike(corners(found[12], 10, 10), [RED, GREEN, BLUE, YELLOW])


def test_a_camera_move_does_not_jitter() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3)).astype(np.uint8)
    planes = from_rgb(cv2.GaussianBlur(noise, (0, 0), 6) * 4)
    motion = Motion.model_validate(
        {
            "from": {"x": 0.0, "y": 0.1, "width": 0.8, "height": 0.8},
            "to": {"x": 0.2, "y": 0.1, "width": 0.8, "height": 0.8},
        }
    )
    views = [moved(planes, None, motion, step / 99, (640, 360))[0].y.astype(np.float32) for step in range(30)]
    window = cv2.createHanningWindow((640, 360), cv2.CV_32F)
    steps = [cv2.phaseCorrelate(a, b, window)[0][0] for a, b in itertools.pairwise(views)]
    assert np.mean(steps) == pytest.approx(-0.2 / 0.8 * 640 / 99, abs=0.15)  # its centroid is biased to 0
    assert np.std(steps) < 0.02


@pytest.mark.parametrize("name", [name for name in TRANSITIONS if name != "cut"])
def test_every_transition_begins_with_the_old_picture_and_ends_with_the_new(name: str) -> None:
    noise = np.random.default_rng(1).integers(60, 200, (9, 16, 3)).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    old, new, out = from_rgb(quarters(64, 36)), from_rgb(noise), blank(64, 36)
    blend(name, old, new, 0.0, out)
    assert alike(to_rgb(out)[4:-4:5, 4:-4:5], to_rgb(old)[4:-4:5, 4:-4:5])
    blend(name, old, new, 1.0, out)
    assert alike(to_rgb(out)[4:-4:5, 4:-4:5], to_rgb(new)[4:-4:5, 4:-4:5])
    last = None
    for step in range(1, 8):
        blend(name, old, new, step / 8, out)
        frame = to_rgb(out)
        assert last is None or np.abs(frame.astype(int) - last).max() > 10
        last = frame.astype(int)


def test_a_transition_lies_over_the_end_of_the_clip_before(bench: Any) -> None:
    clips = [
        {"source": {"colour": "#c82828"}, "start_s": 0.0, "duration_s": 0.75},
        {
            "source": {"colour": "#2828c8"}, "start_s": 0.5, "duration_s": 0.75,
            "transition_in": {"type": "dissolve", "duration_s": 0.25},
        },
    ]  # fmt: skip
    red = [int(frame[90, 160, 0]) for frame in shown(bench.compose([{"kind": "video", "clips": clips}]))]
    assert all(value > 190 for value in red[:12])
    assert all(before > after for before, after in itertools.pairwise(red[11:19]))
    assert all(value < 50 for value in red[18:])


def test_opacity_and_fades_mix_with_what_is_below(bench: Any) -> None:
    half = shown(bench.compose(layered({"source": {"colour": "#000000"}, "opacity": 0.5})))[3]
    assert alike(half[90, 160], (100, 20, 100))
    faded = shown(bench.compose(layered({"source": {"colour": "#000000"}, "fade_in_s": 0.25})))
    assert all(a[90, 160, 0] > b[90, 160, 0] for a, b in itertools.pairwise(faded))


def test_an_odd_canvas_grows_to_even_sizes_and_says_so(bench: Any) -> None:
    clip = {"source": {"colour": "#c82828"}, "duration_s": 0.2}
    result = bench.compose([{"kind": "video", "clips": [clip]}], size=(161, 91), fps=29.97)
    assert shown(result)[0].shape == (92, 162, 3)
    assert "162x92" in result.degraded[0]


@pytest.mark.parametrize(
    ("fps", "exact"), [(23.976, "24000/1001"), (29.97, "30000/1001"), (25.0, "25"), (12.5, "25/2")]
)
def test_broadcast_rates_are_exact(fps: float, exact: str) -> None:
    assert str(frame_rate(fps)) == exact
