"""Stable Diffusion XL: pictures from words, from pictures, and inside a mask. Light: its libraries come with `load`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from catalog.weights.diffusion import SDXL_BASE
from engines.contract import Finished, Task
from engines.stepping import Stepped

if TYPE_CHECKING:
    from engines.local.diffusion.painting import Painting
    from engines.local.diffusion.sampling import Sample


class Sdxl:
    """SDXL base 1.0, many tasks at once. Takes image-generation and image-editing; no control, no references."""

    concurrent = True
    ahead: ClassVar = ("engines.local.diffusion.sdxl_network",)

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds the checkpoint in place of the one that the catalogue names."""
        self._folder = folder
        self._stepped: Stepped[Painting[Sample]] | None = None

    def load(self, device: str) -> None:
        """Load the checkpoint onto a device.

        Raises: EngineUnavailable, OutOfMemory.
        """
        from engines.local.diffusion.painting import Painter
        from engines.local.diffusion.sdxl_network import SdxlNetwork
        from engines.local.weights import folder_of

        folder = self._folder or folder_of(SDXL_BASE)
        self._stepped = Stepped(Painter(SdxlNetwork(folder), SDXL_BASE.revision))
        self._stepped.load(device)

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Make a picture for each task; tasks of other calls share the steps."""
        assert self._stepped is not None  # noqa: S101  # load() comes first
        return self._stepped.generate(tasks)

    def device_bytes(self) -> int:
        """Return how many bytes of its device the process holds; 0 on a CPU."""
        from engines.local.diffusion.loading import device_bytes

        return device_bytes()

    def unload(self) -> None:
        """Give all memory back."""
        if self._stepped is not None:
            self._stepped.unload()
        self._stepped = None
