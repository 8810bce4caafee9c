"""FLUX.1-schnell, FLUX.2-klein, Z-Image-Turbo and Qwen-Image as engines. Light: their libraries come with `load`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from catalog.weights.flow import FLOW
from engines.contract import Finished, Task
from engines.stepping import Stepped

if TYPE_CHECKING:
    from engines.local.diffusion.flow import FlowSample
    from engines.local.diffusion.painting import Painting

LARGEST_BATCH = 4


class FlowModel:
    """One of these models, many tasks at once. Takes image-generation; no control, no references."""

    concurrent = True
    ahead: ClassVar = ("engines.local.diffusion.painting", "engines.local.diffusion.flow_networks")

    def __init__(self, name: str, folder: Path | None = None) -> None:
        """`name` is that of its row; `folder` holds the checkpoint in place of the one that the catalogue names."""
        self._name, self._folder = name, folder
        self._stepped: Stepped[Painting[FlowSample]] | None = None

    def load(self, device: str) -> None:
        """Load the checkpoint onto a device.

        Raises: EngineUnavailable, OutOfMemory.
        """
        from engines.local.diffusion.flow_networks import NETWORKS
        from engines.local.diffusion.painting import Painter
        from engines.local.weights import folder_of, resolved

        revision = "" if self._folder else resolved(FLOW[self._name]).revision
        folder = self._folder or folder_of(FLOW[self._name])
        network = NETWORKS[self._name](folder)
        self._stepped = Stepped(Painter(network, f"{self._name} {revision}", largest_batch=LARGEST_BATCH))
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
