"""How the draft image engine works: words become a scene, the scene a picture, and the file says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from catalog.styles import find_style, nearest_style
from engines.contract import Finished, Product, Result, Task, one_by_one
from runtime.errors import EngineFailed, EngineUnavailable, InvalidRequest, OutOfMemory, Unsupported

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.draft.scene.spec import SceneSpec

_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_STAGES = 10
_MOST_PAINTED_PX = 2_600_000
"""Larger pictures are painted at this many pixels, then enlarged: one sheet of 8192 x 8192 takes 268 MB."""
_LEAST_PAINTED_PX = 160
"""Smaller pictures are painted with this shorter side and made smaller, so that they keep their softness."""
_LONGEST_PX = 8192


class DraftImage:
    """Paints pictures from words with seeded procedures: no model, no weights, about a second on one core.

    Takes image-generation: prompt, negative_prompt, style, width_px, height_px, format; `steps` and
    `guidance` mean nothing to it. Products carry their scene
    (`engines.draft.scene.read_spec`) and the word draft in their metadata.
    """

    concurrent = True
    ahead: ClassVar = (
        "cv2",
        "engines.draft.scene.finish",
        "engines.draft.scene.layers",
        "engines.draft.scene.lexicon",
        "engines.draft.scene.plan",
        "engines.draft.scene.stamp",
    )

    def load(self, device: str) -> None:
        """Import the painter and read the names of the glyphs."""
        from engines.draft.scene.lexicon import lexicon

        lexicon()

    def unload(self) -> None:
        """Nothing to give back: what was imported stays."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Paint one picture for each task.

        Raises: EngineUnavailable for control and references; Unsupported, InvalidRequest.
        """
        return one_by_one(tasks, self._one)

    def _one(self, task: Task) -> Result:
        if task.capability != "image-generation":
            raise EngineUnavailable(f"The draft image engine makes new pictures only, not {task.capability}.")
        request = _request_of(task.params)

        def step(done: int, stage: str) -> None:
            task.report.step(done, _STAGES, stage)

        step(0, "planning")
        try:
            rgb, spec = _painted(request, task.seed, step)
            from engines.draft.scene.stamp import encode

            step(_STAGES - 1, "saving")
            data = encode(rgb, spec, request["format"])
        except MemoryError as error:
            raise OutOfMemory("The picture is too large for this machine's memory.") from error
        path = task.workdir / f"picture.{request['format']}"
        try:
            path.write_bytes(data)
        except OSError as error:
            raise EngineFailed("The picture could not be written to the work folder.") from error
        step(_STAGES, "done")
        return Result((Product(path, _MEDIA_TYPES[request["format"]]),))


def _request_of(params: Mapping[str, Any]) -> dict[str, Any]:
    if params.get("control"):
        raise EngineUnavailable(
            "Draft engines paint from words only: a control image needs an image model engine. "
            "Ask for quality standard or high where one is configured."
        )
    if params.get("references"):
        raise EngineUnavailable(
            "Draft engines paint from words only: reference images need an image model engine. "
            "Ask for quality standard or high where one is configured."
        )
    request: dict[str, Any] = {
        "prompt": params.get("prompt") or "",
        "negative_prompt": params.get("negative_prompt") or "",
        "style": params.get("style"),
        "width_px": int(params.get("width_px") or 1024),
        "height_px": int(params.get("height_px") or 1024),
        "format": params.get("format") or "png",
    }
    if request["style"] is not None:
        style = find_style(str(request["style"]))
        if style is None:
            raise Unsupported(
                f"There is no such style; the nearest is {nearest_style(str(request['style']))}."
            )
        request["style"] = style.id
    if request["format"] not in _MEDIA_TYPES:
        raise Unsupported(f"Pictures are made as {', '.join(_MEDIA_TYPES)}.")
    if not all(16 <= request[side] <= 8192 for side in ("width_px", "height_px")):
        raise InvalidRequest("width_px and height_px lie between 16 and 8192.")
    return request


def _painted(request: Mapping[str, Any], seed: int, step: Any) -> tuple[NDArray[np.uint8], SceneSpec]:
    import numpy as np

    from engines.draft.scene.finish import finish
    from engines.draft.scene.layers import each_layer, lay
    from engines.draft.scene.plan import plan_scene

    spec = plan_scene(
        request["prompt"], style=request["style"], seed=seed, negative_prompt=request["negative_prompt"]
    )
    width, height = painted_size(request["width_px"], request["height_px"])
    step(1, "painting")
    image = np.zeros((height, width, 3), np.uint8)
    for done, layer in enumerate(each_layer(spec, width, height, bleed=0.0)):
        lay(image, layer)
        step(min(2 + done, _STAGES - 3), "painting")
    image = finish(spec, image)
    step(_STAGES - 2, "finishing")
    return _resized(image, request["width_px"], request["height_px"], spec.style), spec


def painted_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Return the size at which a picture is painted, before it is made larger or smaller."""
    scale = 1.0
    if width_px * height_px > _MOST_PAINTED_PX:
        scale = (_MOST_PAINTED_PX / (width_px * height_px)) ** 0.5
    elif min(width_px, height_px) < _LEAST_PAINTED_PX:
        scale = min(_LEAST_PAINTED_PX / min(width_px, height_px), _LONGEST_PX / max(width_px, height_px))
        scale = max(1.0, min(scale, (_MOST_PAINTED_PX / (width_px * height_px)) ** 0.5))
    return max(16, round(width_px * scale)), max(16, round(height_px * scale))


def _resized(image: NDArray[np.uint8], width_px: int, height_px: int, style: str) -> NDArray[np.uint8]:
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    if (width, height) == (width_px, height_px):
        return image
    if width > width_px or height > height_px:
        return np.asarray(cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)
    kind = cv2.INTER_NEAREST if style == "pixel-art" else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width_px, height_px), interpolation=kind), np.uint8)
