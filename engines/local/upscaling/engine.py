"""How the upscaling engine works: a still is read, enlarged piece by piece, and written as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from engines.contract import Finished, Product, Result, Task, one_by_one
from engines.media.limits import FRAME_PIXELS_MAX
from engines.media.probe import Probe, probe
from runtime.errors import AssetInvalid, EngineFailed, EngineUnavailable, OutOfMemory, Unsupported

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.local.upscaling.network import Network

_POINTER = "/image"
_STAGE = "enlarging"


class Upscaler:
    """Makes a picture up to four times larger, drawn ones above all: edges become crisp, photos look painted.

    Takes image-upscaling: image, factor. The product is a PNG in sRGB, upright, with the transparency of what was
    given; a comment that calls that a draft goes with it.
    """

    ahead: ClassVar = ("numpy", "PIL.Image", "engines.media.stills")

    def __init__(self) -> None:
        self._network: Network | None = None

    def load(self, device: str) -> None:
        """Load the weights; whatever the device is, they run on the CPU.

        Raises:
            EngineUnavailable: ncnn is missing, or the weights are not those that were pinned.
        """
        from engines.local.upscaling.network import Network

        self._network = Network()

    def unload(self) -> None:
        """Let go of the weights."""
        if self._network is not None:
            self._network.close()
            self._network = None

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Enlarge one picture for each task.

        Raises: Unsupported where the result would be too large; AssetInvalid.
        """
        return one_by_one(tasks, self._one)

    def _one(self, task: Task) -> Result:
        given = task.inputs.get(_POINTER)
        if given is None:
            raise AssetInvalid(f"{_POINTER}: there is no picture to enlarge")
        found = probe(given.path)
        factor = float(task.params["factor"])
        _check(found, factor)
        try:
            path = self._enlarged(task, given.path, found, factor)
        except MemoryError as error:
            raise OutOfMemory("The picture is too large for this machine's memory.") from error
        degraded = ("of an animation only its first picture was enlarged",) if (found.frames or 1) > 1 else ()
        return Result((Product(path, "image/png"),), degraded)

    def _enlarged(self, task: Task, given: Path, found: Probe, factor: float) -> Path:
        import numpy as np

        from engines.local.upscaling.seethrough import enlarged_alpha, without_hidden
        from engines.local.upscaling.tiles import count_tiles, enlarge
        from engines.media.stills import read_still

        if self._network is None:
            raise EngineUnavailable("the engine that enlarges pictures is not loaded")
        tiles = count_tiles(found.width_px or 1, found.height_px or 1)
        task.report.step(0, tiles + 2, "reading")
        still = read_still(given, lambda size, see_through: 1)
        height, width = still.shape[:2]
        size = enlarged_size(width, height, factor)
        see_through = still.shape[2] == 4
        made = np.empty((size[1], size[0], 4 if see_through else 3), np.uint8)
        task.report.step(1, tiles + 2, _STAGE)
        rgb = without_hidden(still) if see_through else still
        for done, _ in enumerate(enlarge(rgb, made[..., :3], self._network.enlarged), 2):
            task.report.step(done, tiles + 2, _STAGE)
        if see_through:
            made[..., 3] = enlarged_alpha(np.ascontiguousarray(still[..., 3]), *size)
        path = task.workdir / "picture.png"
        _write(path, made, found.comment)
        task.report.step(tiles + 2, tiles + 2, "done")
        return path


def enlarged_size(width_px: int, height_px: int, factor: float) -> tuple[int, int]:
    """Return the size of a picture when it was enlarged."""
    return round(width_px * factor), round(height_px * factor)


def _check(found: Probe, factor: float) -> None:
    """Pass when a file is a picture whose result may be made; nothing of it was decoded yet."""
    if not found.media_type.startswith("image/") or not found.width_px or not found.height_px:
        raise AssetInvalid(f"{_POINTER}: {found.media_type} is no picture")
    width, height = enlarged_size(found.width_px, found.height_px, factor)
    if width * height > FRAME_PIXELS_MAX:
        raise Unsupported(
            f"/factor: {found.width_px}x{found.height_px} px would become {width}x{height} px; "
            f"{FRAME_PIXELS_MAX // 1_000_000} megapixels are allowed"
        )


def _write(path: Path, pixels: NDArray[np.uint8], comment: str | None) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    if comment and comment.startswith("reelbus draft"):
        notes.add_text("Comment", comment[:200])
    try:
        Image.fromarray(pixels).save(path, "PNG", pnginfo=notes, compress_level=3)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise EngineFailed("The picture could not be written to the work folder.") from error
