from __future__ import annotations

import hashlib
import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engines.contract import Input
from engines.draft.video import DraftVideo
from engines.media.probe import probe
from runtime.errors import AssetInvalid, Cancelled, EngineUnavailable, InvalidRequest, Unsupported
from tests.engines.running import Work, generate
from tests.field import foreign_files as foreign
from tests.field.decoding import decode_check


class Notes:
    """A report that remembers, and that can cancel."""

    def __init__(self, cancel_at: int | None = None) -> None:
        self.steps: list[tuple[int, int]] = []
        self._cancel_at = cancel_at

    def step(self, done: int, total: int, stage: str) -> None:
        self.steps.append((done, total))
        if self._cancel_at is not None and done >= self._cancel_at:
            raise Cancelled

    def preview(self, path: Path) -> None:
        raise AssertionError("a draft is too quick for previews")


def photo(path: Path, width_px: int = 320, height_px: int = 200) -> Path:
    y = np.linspace(0, 1, height_px)[:, None, None]
    picture = np.where(y > 0.6, [80, 110, 50], [130, 170, 220]) + np.zeros((height_px, width_px, 1))
    cv2.circle(picture, (width_px // 2, height_px // 2), height_px // 5, (200, 40, 30), -1, cv2.LINE_AA)
    Image.fromarray(picture.astype(np.uint8)).save(path, "PNG")
    return path


def animation(source: Path, seed: int = 5, **params: Any) -> Work:
    return Work("t", "video-animation", {"image": "x", **params}, seed, {"/image": Input(source)})


def generation(prompt: str, seed: int = 5, **params: Any) -> Work:
    return Work("t", "video-generation", {"prompt": prompt, **params}, seed)


def make(task: Work, workdir: Path) -> Path:
    engine = DraftVideo()
    engine.load("cpu")
    workdir.mkdir(exist_ok=True)
    (result,) = generate(engine, [task], workdir, Notes())
    (product,) = result.products
    assert (product.role, product.media_type) == (None, "video/mp4")
    assert product.path.is_relative_to(workdir)
    return product.path


def frames(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("params", "count", "fps", "duration_s"),
    [
        ({}, 120, 24.0, 5.0),
        ({"duration_s": 1, "fps": 30}, 30, 30.0, 1.0),
        ({"duration_s": 0.49, "fps": 25, "motion": None}, 12, 25.0, 0.48),
        ({"duration_s": 0.001}, 1, 24.0, 1 / 24),
    ],
)
def test_a_clip_has_the_length_and_rate_that_were_asked_for(
    tmp_path: Path, params: dict[str, Any], count: int, fps: float, duration_s: float
) -> None:
    path = make(animation(photo(tmp_path / "a.png"), **params), tmp_path)
    found = decode_check(path)
    assert (found.frames, found.fps, found.width_px, found.height_px) == (count, fps, 320, 200)
    assert found.duration_s == pytest.approx(duration_s, abs=1e-4)
    assert (found.pix_fmt, found.colour, found.audio_codec) == ("yuv420p", (1, 1, 1, 1), None)
    assert found.comment is not None
    assert found.comment.startswith("reelbus draft")
    assert len(frames(path)) == count


def test_equal_tasks_give_equal_bytes_in_any_process(tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png")
    code = (
        "import sys, runpy, pathlib\n"
        f"names = runpy.run_path({str(Path(__file__))!r})\n"
        "folder = pathlib.Path(sys.argv[2])\n"
        "task = names['animation'](pathlib.Path(sys.argv[1]), duration_s=0.5, motion='orbit')\n"
        "path = names['make'](task, folder)\n"
        "print(names['hashlib'].sha256(path.read_bytes()).hexdigest())\n"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", code, str(source), str(tmp_path / "fresh")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    ).stdout.strip()
    task = animation(source, duration_s=0.5, motion="orbit")
    here = [hashlib.sha256(make(task, tmp_path / name).read_bytes()).hexdigest() for name in ("one", "two")]
    assert here == [fresh, fresh]


def test_another_seed_may_choose_another_motion(tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png", 64, 48)
    comments = {probe(make(animation(source, seed, duration_s=0.1), tmp_path)).comment for seed in range(12)}
    assert len(comments) > 3


def test_a_motion_is_taken_from_its_name_before_the_prompt(tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png", 64, 48)
    for params, motion in [
        ({"motion": "Pull Out", "prompt": "zoom in"}, "pull-out"),
        ({"prompt": "slowly zoom in"}, "push-in"),
    ]:
        path = make(animation(source, 5, duration_s=0.1, **params), tmp_path)
        assert probe(path).comment == f"reelbus draft: {motion}"


def test_a_pushed_in_picture_starts_as_it_is_and_grows(tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png")
    path = make(animation(source, duration_s=5, motion="push-in"), tmp_path)
    seen = frames(path)
    original = np.asarray(Image.open(source)).astype(int)
    assert np.abs(seen[0] - original).mean() < 3
    red = [
        int(((frame[..., 0] > 150) & (frame[..., 1] < 90)).sum()) for frame in (seen[0], seen[60], seen[-1])
    ]
    assert red[0] * 1.05 < red[1] < red[2]


def test_a_static_camera_stands_still(tmp_path: Path) -> None:
    seen = frames(make(animation(photo(tmp_path / "a.png"), duration_s=0.5, motion="static"), tmp_path))
    assert max(np.abs(frame.astype(int) - seen[0]).mean() for frame in seen) < 1.0


def test_a_large_picture_is_brought_down_to_1920(tmp_path: Path) -> None:
    path = make(animation(photo(tmp_path / "a.png", 3001, 1501), duration_s=0.05), tmp_path)
    assert (probe(path).width_px, probe(path).height_px) == (1920, 960)


def test_progress_counts_all_frames_of_each_task(tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png", 64, 48)
    notes = Notes()
    engine = DraftVideo()
    engine.load("cpu")
    results = generate(
        engine, [animation(source, duration_s=0.5), animation(source, duration_s=1)], tmp_path, notes
    )
    assert len({result.products[0].path for result in results}) == 2
    for total in (12, 24):
        said = [done for done, of in notes.steps if of == total]
        assert (said[0], said[-1]) == (0, total)
        assert sorted(said) == said
        assert max(b - a for a, b in itertools.pairwise(said)) <= 6


def test_cancelling_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    engine = DraftVideo()
    engine.load("cpu")
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(Cancelled):
        generate(engine, [animation(photo(tmp_path / "a.png"))], work, Notes(cancel_at=12))
    assert list(work.iterdir()) == []


def test_a_prompt_becomes_a_clip_of_the_size_asked_for(tmp_path: Path) -> None:
    task = generation("A lighthouse above the sea at sunset", width_px=321, height_px=180, duration_s=0.5)
    path = make(task, tmp_path / "one")
    found = decode_check(path)
    assert (found.width_px, found.height_px, found.frames) == (320, 180, 12)
    assert path.read_bytes() == make(task, tmp_path / "two").read_bytes()
    assert min(frame.std() for frame in frames(path)) > 10


def test_a_size_that_no_clip_can_have_is_said(tmp_path: Path) -> None:
    task = generation("A lighthouse", width_px=101, height_px=64, duration_s=0.1)
    (result,) = generate(DraftVideo(), [task], tmp_path, Notes())
    assert result.degraded == ("unsupported: H.264 4:2:0 has even sizes only, so the clip is 100x64",)


@pytest.mark.parametrize(("asked", "size"), [({"width_px": 320}, (320, 180)), ({"height_px": 90}, (160, 90))])
def test_of_a_single_side_the_other_follows(
    tmp_path: Path, asked: dict[str, int], size: tuple[int, int]
) -> None:
    (result,) = generate(
        DraftVideo(), [generation("A lighthouse", duration_s=0.1, **asked)], tmp_path, Notes()
    )
    found = probe(result.products[0].path)
    assert (found.width_px, found.height_px) == size
    assert result.degraded == ()


def test_a_picture_of_hdr_is_animated_in_sdr_and_that_is_told(tmp_path: Path) -> None:
    grey = np.full((96, 160, 3), 191, np.uint8)  # 75 % of HLG: reference white
    source = foreign.coded_avif(tmp_path / "a.avif", grey, 9, foreign.HLG)
    engine = DraftVideo()
    engine.load("cpu")
    (result,) = generate(engine, [animation(source, duration_s=0.1, motion="static")], tmp_path, Notes())
    assert abs(float(frames(result.products[0].path)[0].mean()) - 241) <= 4
    assert result.degraded == ("unsupported: /image: HDR was tone-mapped to SDR",)


def test_a_picture_of_our_own_is_animated_in_its_layers(tmp_path: Path) -> None:
    from engines.draft.image import DraftImage
    from engines.draft.parallax.layered import recalled_scene

    painter = DraftImage()
    painter.load("cpu")
    request = Work(
        "p",
        "image-generation",
        {"prompt": "A red fox in a snowy forest", "width_px": 320, "height_px": 192},
        3,
    )
    source = generate(painter, [request], tmp_path, Notes())[0].products[0].path
    assert recalled_scene(source) is not None
    original = np.asarray(Image.open(source).convert("RGB")).astype(int)
    still = frames(make(animation(source, duration_s=0.1, motion="static"), tmp_path / "still"))[0]
    assert still.shape == original.shape
    assert np.abs(still - original).mean() < 9


def test_a_scene_that_cannot_be_painted_is_only_a_picture(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    from engines.draft.scene.plan import plan_scene
    from engines.draft.scene.stamp import KEY

    source = photo(tmp_path / "a.png", 64, 48)
    broken = plan_scene("a fox", style=None, seed=1).to_json().replace('"horizon":', '"horizon":"x","_":')
    texts = PngInfo()
    texts.add_itxt(KEY, broken)
    Image.open(source).save(source, pnginfo=texts)
    assert decode_check(make(animation(source, duration_s=0.1), tmp_path)).frames == 2


def test_what_cannot_be_done_is_refused_in_plain_words(tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png", 64, 48)
    with pytest.raises(Unsupported, match='nearest is "push-in"'):
        make(animation(source, motion="push inn"), tmp_path)
    with pytest.raises(EngineUnavailable, match="silent"):
        make(generation("a harbour", audio=True), tmp_path)
    with pytest.raises(Unsupported):
        make(Work("t", "image-generation", {"prompt": "x"}, 1), tmp_path)
    with pytest.raises(Unsupported, match="4096"):
        make(generation("a harbour", width_px=8192), tmp_path)
    with pytest.raises(InvalidRequest):
        make(Work("t", "video-animation", {"image": "x"}, 1), tmp_path)
    broken = tmp_path / "broken.png"
    broken.write_bytes(source.read_bytes()[:-20])
    with pytest.raises(AssetInvalid):
        make(animation(broken), tmp_path)
    text = tmp_path / "text.png"
    text.write_text("hello")
    with pytest.raises(AssetInvalid):
        make(animation(text), tmp_path)
