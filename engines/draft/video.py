"""How drafts of clips are made: layered scenes and flat pictures, seen by a moving camera."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from catalog.motions import Motion, find_motion, motion_for_seed, motion_in, nearest_motion
from engines.contract import Finished, Product, Report, Result, Task, one_by_one
from runtime.errors import EngineUnavailable, InvalidRequest, Unsupported

if TYPE_CHECKING:
    from engines.draft.parallax.sheet import Sheet
    from engines.media.encode import Planes
    from engines.media.previews import Previews

_DURATION_S = 5.0
_FPS = 24
_SIZE_PX = (1280, 720)
_LONG_SIDE_MAX_PX = 4096  # H.264 level 5.2
_ANIMATED_SIDE_MAX_PX = 1920
_PRESET = "superfast"  # clips are drafts, and films encode them again
_FRAMES_PER_REPORT = 6
_SUBJECTS_MAX = 64


@dataclass(frozen=True, slots=True)
class Shot:
    """What a task asks for, settled: size in pixels, length in frames, and the camera's motion."""

    width_px: int
    height_px: int
    frames: int
    fps: Fraction
    motion: Motion

    @property
    def duration_s(self) -> float:
        """The length in seconds."""
        return float(self.frames / self.fps)


class DraftVideo:
    """Moves a camera through painted scenes (video-generation) and given pictures (video-animation).

    True parallax from layers in depth; H.264 in MP4, without sound. Equal tasks give equal bytes.
    """

    concurrent = True
    ahead: ClassVar = (
        "av",
        "engines.draft.parallax.camera",
        "engines.draft.parallax.layered",
        "engines.draft.parallax.photo",
        "engines.draft.parallax.picture",
        "engines.draft.parallax.render",
        "engines.draft.scene.plan",
        "engines.media.encode",
        "engines.media.profiles",
        "engines.media.tonemap",
    )

    def load(self, device: str) -> None:
        """Import what drawing needs, and keep OpenCV to one thread."""
        import cv2

        import engines.draft.parallax.render
        import engines.media.encode  # noqa: F401

        cv2.setNumThreads(1)

    def unload(self) -> None:
        """Nothing to give back: what was imported stays."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Make one clip for each task.

        Raises:
            Unsupported: the motion, the size or the capability is not one of ours.
            EngineUnavailable: sound was asked for.
            AssetInvalid: the picture cannot be read.
        """
        return one_by_one(tasks, self._make)

    def _make(self, task: Task) -> Result:
        from engines.media.previews import Previews

        previews = Previews(task.report, task.workdir)
        progress = _Progress(task.report, previews, total=_frames(task.params))
        path = task.workdir / "clip.mp4"
        if task.params.get("audio"):
            raise EngineUnavailable(
                "The draft engine makes silent clips. Use a model that makes pictures and sound together, "
                "or leave `audio` out and add speech, music or effects as audio tracks of a composition."
            )
        match task.capability:
            case "video-generation":
                sheets, shot = self._scene(task)
            case "video-animation":
                sheets, shot = self._picture(task)
            case other:
                raise Unsupported(f"The draft video engine does not make {other}.")
        try:
            _render(sheets, shot, task.seed, path, progress)
        finally:
            previews.close()
        return Result((Product(path=path, media_type="video/mp4"),), _degraded(task, shot))

    def _scene(self, task: Task) -> tuple[list[Sheet], Shot]:
        """Plan and paint the prompt's scene."""
        params = task.params
        shot = _shot(task, *_size(params))
        from engines.draft.parallax.layered import sheets_from_scene
        from engines.draft.scene.plan import plan_scene

        spec = plan_scene(
            params["prompt"],
            style=params.get("style"),
            seed=task.seed,
            negative_prompt=params.get("negative_prompt") or "",
        )
        return sheets_from_scene(spec, shot.width_px, shot.height_px), shot

    def _picture(self, task: Task) -> tuple[list[Sheet], Shot]:
        """Take the given picture apart, or paint it anew in layers when it is one of our own scenes."""
        from engines.draft.parallax.layered import recalled_scene, sheets_from_scene
        from engines.draft.parallax.photo import sheets_from_photo
        from engines.draft.parallax.picture import read_picture

        if "/image" not in task.inputs:
            raise InvalidRequest("An animation needs an input picture at /image.")
        source = task.inputs["/image"].path
        rgb = read_picture(source, long_side_max_px=_ANIMATED_SIDE_MAX_PX)
        height, width = rgb.shape[:2]
        shot = _shot(task, width, height)
        spec = recalled_scene(source)
        if spec is not None and len(spec.subjects) <= _SUBJECTS_MAX:
            # The scene is from a file that anybody may have written: what cannot be painted is a picture.
            with contextlib.suppress(ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                return sheets_from_scene(spec, width, height), shot
        return sheets_from_photo(rgb, whole=shot.motion.id == "static"), shot


class _Progress:
    """Counts the frames of a clip."""

    def __init__(self, report: Report, previews: Previews, total: int) -> None:
        self._report = report
        self._previews = previews
        self._total = total
        self._done = 0
        report.step(0, total, "drawing")

    def frame(self, planes: Planes) -> None:
        self._done += 1
        self._previews.see(planes.y, planes.u, planes.v)
        if self._done % _FRAMES_PER_REPORT == 0 or self._done == self._total:
            self._report.step(self._done, self._total, "drawing")


def _render(sheets: Sequence[Sheet], shot: Shot, seed: int, path: Path, progress: _Progress) -> None:
    from engines.draft.parallax.camera import camera_path
    from engines.draft.parallax.render import Renderer
    from engines.media.encode import VideoWriter

    renderer = Renderer(
        sheets,
        camera_path(shot.motion.id, shot.duration_s, seed),
        width_px=shot.width_px,
        height_px=shot.height_px,
        duration_s=shot.duration_s,
    )
    comment = f"reelbus draft: {shot.motion.id}"
    with VideoWriter(
        path, shot.width_px, shot.height_px, shot.fps, comment=comment, preset=_PRESET
    ) as writer:
        for index in range(shot.frames):
            planes = writer.planes()
            renderer.draw(index / max(1, shot.frames - 1), planes)
            progress.frame(planes)
            writer.push()


def _size(params: Mapping[str, Any]) -> tuple[int, int]:
    """Return the size that was asked for; of a single side, the other follows at 16:9."""
    width_px, height_px = params.get("width_px"), params.get("height_px")
    if width_px and height_px:
        return int(width_px), int(height_px)
    if width_px:
        return int(width_px), round(width_px * _SIZE_PX[1] / _SIZE_PX[0])
    if height_px:
        return round(height_px * _SIZE_PX[0] / _SIZE_PX[1]), int(height_px)
    return _SIZE_PX


def _degraded(task: Task, shot: Shot) -> tuple[str, ...]:
    from engines.media.profiles import coded_light
    from engines.media.tonemap import shortfall_of

    notes = []
    asked = (task.params.get("width_px") or shot.width_px, task.params.get("height_px") or shot.height_px)
    if asked != (shot.width_px, shot.height_px):
        size = f"{shot.width_px}x{shot.height_px}"
        notes.append(f"unsupported: H.264 4:2:0 has even sizes only, so the clip is {size}")
    given = task.inputs.get("/image")
    light = coded_light(given.path) if given is not None else None
    lacks = shortfall_of(*light) if light is not None else None
    if lacks is not None:
        notes.append(f"unsupported: /image: {lacks}")
    return tuple(notes)


def _shot(task: Task, width_px: int, height_px: int) -> Shot:
    width_px, height_px = max(16, width_px // 2 * 2), max(16, height_px // 2 * 2)
    if max(width_px, height_px) > _LONG_SIDE_MAX_PX:
        raise Unsupported(f"The draft engine makes clips up to {_LONG_SIDE_MAX_PX} px on the longer side.")
    return Shot(width_px, height_px, _frames(task.params), _rate(task.params), _motion(task))


def _rate(params: Mapping[str, Any]) -> Fraction:
    return Fraction(params.get("fps") or _FPS).limit_denominator(1001)


def _frames(params: Mapping[str, Any]) -> int:
    return max(1, round(float(params.get("duration_s") or _DURATION_S) * _rate(params)))


def _motion(task: Task) -> Motion:
    """Return the motion that was named, else the one the prompt speaks of, else one chosen by the seed."""
    name = task.params.get("motion")
    if name:
        motion = find_motion(name)
        if motion is None:
            raise Unsupported(f'There is no motion "{name[:40]}"; the nearest is "{nearest_motion(name)}".')
        return motion
    return motion_in(task.params.get("prompt") or "") or motion_for_seed(task.seed)
