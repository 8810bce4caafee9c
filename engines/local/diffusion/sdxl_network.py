"""How SDXL begins, predicts and decodes pictures: from words, from a picture, and inside a mask."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import torch
from PIL import Image

from engines.contract import Task
from engines.local.diffusion import pictures
from engines.local.diffusion.loading import Pipeline, load_pipeline
from engines.local.diffusion.network import Begun
from engines.local.diffusion.prompts import Prompts, words_of
from engines.local.diffusion.sampling import Given, Sample, Wanted, predicted
from runtime.errors import Unsupported

EDIT_STEPS, EDIT_GUIDANCE = 30, 7.5


class SdxlNetwork:
    """One SDXL checkpoint, as `engines.local.diffusion.network.Network`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pipeline: Pipeline | None = None
        self._prompts: Prompts | None = None

    def load(self, device: str) -> None:
        """Load the checkpoint."""
        self.pipeline = load_pipeline(self._folder, device)
        self._prompts = Prompts(self.pipeline)

    def unload(self) -> None:
        """Let go of the pipeline and of the prompts that were encoded by it."""
        self.pipeline = self._prompts = None

    def begin(self, task: Task) -> Begun[Sample]:
        """Encode what a task says and what it gives, and begin with noise."""
        if task.capability not in {"image-generation", "image-editing"}:
            raise Unsupported(f"sdxl does not do {task.capability}")
        for name in ("control", "references"):
            if task.params.get(name):
                raise Unsupported(f"sdxl takes no {name}")
        assert self.pipeline is not None  # noqa: S101  # it was loaded
        assert self._prompts is not None  # noqa: S101
        words = words_of(task.params)
        begun_with, mask = _given(task)
        if begun_with is not None:
            size = begun_with.size
        else:
            size = int(task.params.get("width_px", 1024)), int(task.params.get("height_px", 1024))
        width_px, height_px = pictures.canvas(*size)
        steps = int(task.params.get("steps", EDIT_STEPS))
        guidance = float(task.params.get("guidance", EDIT_GUIDANCE))
        wanted = Wanted(width_px, height_px, steps, guidance, task.seed)
        encoded = self._prompts.encoded(words)
        sample = Sample(self.pipeline, wanted, encoded, self._latents(task, begun_with, mask, wanted))
        degraded: tuple[str, ...] = ()
        if encoded.left_out:
            degraded = (
                f"the prompt is longer than sdxl reads: its last {encoded.left_out} tokens were left out",
            )
        return Begun(sample, size, degraded, begun_with, mask)

    def _latents(
        self, task: Task, begun_with: Image.Image | None, mask: Image.Image | None, wanted: Wanted
    ) -> Given | None:
        if begun_with is None:
            return None
        size = wanted.width_px, wanted.height_px
        latents = pictures.encoded(self.pipeline, pictures.padded(begun_with, size), task.seed)
        strength = float(task.params.get("strength", 0.75))
        inside = (
            pictures.latent_mask(self.pipeline, pictures.padded(mask, size)) if mask is not None else None
        )
        return Given(latents, strength, inside)

    def alike(self, sample: Sample) -> Hashable:
        """Return the size of its canvas: rows of one call have the same."""
        return tuple(sample.latents.shape)

    def predict(self, samples: list[Sample]) -> list[torch.Tensor]:
        """Show the network all samples at once."""
        return predicted(self.pipeline, samples)

    def decode(self, sample: Sample) -> Image.Image:
        """Return what a sample has come to as a picture."""
        return pictures.decoded(self.pipeline, sample.latents)

    def view(self, sample: Sample) -> Image.Image:
        """Return about what its picture looks like so far."""
        return pictures.view(sample.latents)


def _given(task: Task) -> tuple[Image.Image | None, Image.Image | None]:
    if "/image" not in task.inputs:
        return None, None
    picture = pictures.opened(task, "/image")
    mask = pictures.opened_mask(task, "/mask", picture.size) if "/mask" in task.inputs else None
    return picture, mask
