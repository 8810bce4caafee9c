"""Language models of transformers: new texts, worked-on texts, translations, better prompts. Light: its libraries come with `load`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from catalog.weights.words import QWEN3_4B
from engines.contract import Finished, Task
from engines.stepping import Stepped

if TYPE_CHECKING:
    from engines.local.writing.writer import Writing


class Qwen3:
    """Qwen3 4B Instruct 2507, many tasks at once. Takes text-generation, text-to-text and prompt-refinement."""

    concurrent = True
    ahead: ClassVar = ("engines.local.writing.writer",)

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds a checkpoint in place of the one that the catalogue names: any causal model with a chat template."""
        self._folder = folder
        self._stepped: Stepped[Writing] | None = None

    def load(self, device: str) -> None:
        """Load the checkpoint onto a device.

        Raises: EngineUnavailable, OutOfMemory.
        """
        from engines.local.weights import folder_of
        from engines.local.writing.writer import Writer

        self._stepped = Stepped(Writer(self._folder or folder_of(QWEN3_4B)))
        self._stepped.load(device)

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Write a text for each task; tasks of other calls share the steps."""
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
