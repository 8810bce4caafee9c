"""One picture of a flow-matching transformer on its way out of the noise, and what all such networks share."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image

from engines.contract import Task
from engines.local.diffusion import pictures
from engines.local.diffusion.loading import Pipeline, load_flow_pipeline
from engines.local.diffusion.network import Begun, Standing
from engines.local.diffusion.prompts import prompt_of
from runtime.errors import Unsupported

REMEMBERED = 64
"""So many encoded prompts are kept."""
VIEW_LATENTS = 32
"""A view is decoded from so many latent values a side at most."""
PATCH_PX = 16
"""Sides of a canvas are multiples of it: 8 pixels a latent value, and two values a patch."""


@dataclass(frozen=True, slots=True)
class Said:
    """One prompt as the network reads it: embeddings of its tokens (one row), and of the whole where it wants them."""

    embeddings: torch.Tensor
    pooled: torch.Tensor | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Canvas:
    """What is sampled: pixels a side, steps and guidance; 1 or less is none."""

    width_px: int
    height_px: int
    steps: int
    guidance: float

    @property
    def tokens(self) -> int:
        """How many patches the network sees."""
        return self.width_px // PATCH_PX * (self.height_px // PATCH_PX)


class FlowSample:
    """The state of one picture: its latents in the form that its network takes, and a schedule of its own."""

    def __init__(
        self, scheduler: Any, canvas: Canvas, latents: torch.Tensor, shift: float, said: tuple[Said, ...]
    ) -> None:
        self.canvas, self.latents, self.said = canvas, latents, said
        self.scheduler = copy.deepcopy(scheduler)
        sigmas = np.linspace(1.0, 1 / canvas.steps, canvas.steps)
        self.scheduler.set_timesteps(sigmas=sigmas, mu=shift, device=latents.device)
        self.scheduler.set_begin_index(0)
        self.done = 0

    @property
    def steps(self) -> int:
        """How many steps it takes in all."""
        return len(self.scheduler.timesteps)

    @property
    def timestep(self) -> torch.Tensor:
        """The timestep that comes next."""
        return self.scheduler.timesteps[self.done]

    def advance(self, predicted: torch.Tensor) -> None:
        """Take one step along what the network predicted."""
        self.latents = self.scheduler.step(predicted, self.timestep, self.latents, return_dict=False)[0]
        self.done += 1

    def standing(self) -> Standing:
        """Return its latents: the solver remembers nothing else."""
        return Standing(self.done, {"latents": self.latents}, {})

    def go_on_from(self, standing: Standing) -> None:
        """Stand where another sample of the same work stood."""
        latents = standing.tensors["latents"]
        if latents.shape != self.latents.shape:
            raise ValueError("the latents have another shape")
        self.done, self.latents = standing.done, latents.to(self.latents)
        self.scheduler.set_begin_index(standing.done)


class FlowNetwork(ABC):
    """A checkpoint in memory, as `engines.local.diffusion.network.Network`. A model says what is its own."""

    name: ClassVar[str]
    kind: ClassVar[str]
    """The class of diffusers that reads its checkpoint."""
    steps: ClassVar[int]
    """How many it was made for."""
    guidance: ClassVar[float] = 0.0
    """How strongly it is guided where nothing is said; at 0 it was distilled to need none, and takes none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pipeline: Pipeline | None = None
        self._remembered: OrderedDict[str, Said] = OrderedDict()

    @property
    def pipeline(self) -> Pipeline:
        """The loaded pipeline."""
        assert self._pipeline is not None  # noqa: S101  # it was loaded
        return self._pipeline

    def load(self, device: str) -> None:
        """Load the checkpoint."""
        self._pipeline = load_flow_pipeline(self._folder, device, self.kind)

    def unload(self) -> None:
        """Let go of the pipeline and of the prompts that were encoded by it."""
        self._pipeline = None
        self._remembered.clear()

    def begin(self, task: Task) -> Begun[FlowSample]:
        """Encode what a task says, and begin with noise."""
        if task.capability != "image-generation":
            raise Unsupported(f"{self.name} does not do {task.capability}")
        for name in ("control", "references"):
            if task.params.get(name):
                raise Unsupported(f"{self.name} takes no {name}")
        params = task.params
        size = int(params.get("width_px", 1024)), int(params.get("height_px", 1024))
        width_px, height_px = pictures.canvas(*size, multiple_px=PATCH_PX)
        guidance = float(params.get("guidance", self.guidance)) if self.guidance else 0.0
        canvas = Canvas(width_px, height_px, int(params.get("steps", self.steps)), guidance)
        prompt, negative = prompt_of(params), params.get("negative_prompt")
        said = [self._encoded(prompt)]
        degraded = []
        if said[0].left_out:
            degraded.append(
                f"the prompt is longer than {self.name} reads: its last {said[0].left_out} tokens were left out"
            )
        if guidance > 1.0:
            said.append(self._encoded(str(negative or " ")))
        elif negative:
            degraded.append(f"{self.name} is not guided here: the negative prompt was left out")
        with torch.inference_mode():
            generator = torch.Generator("cpu").manual_seed(task.seed % 2**63)
            latents = self.noise(canvas, said[0].embeddings.dtype, generator)
            sample = FlowSample(self.pipeline.scheduler, canvas, latents, self.shift(canvas), tuple(said))
        return Begun(sample, size, tuple(degraded))

    def _encoded(self, prompt: str) -> Said:
        found = self._remembered.pop(prompt, None)
        if found is None:
            with torch.inference_mode():
                found = self.encode(prompt)
        self._remembered[prompt] = found
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def alike(self, sample: FlowSample) -> Hashable:
        """Return the size of its canvas, and whether it is guided."""
        return sample.canvas.width_px, sample.canvas.height_px, len(sample.said)

    def decode(self, sample: FlowSample) -> Image.Image:
        """Return what a sample has come to as a picture."""
        return self._decoded(self.spatial(sample))

    def view(self, sample: FlowSample) -> Image.Image:
        """Return about what its picture looks like so far, from few latent values."""
        with torch.inference_mode():
            latents = self.spatial(sample)
            smaller = -(-max(latents.shape[-2:]) // VIEW_LATENTS)
            return self._decoded(latents[..., ::smaller, ::smaller])

    def _decoded(self, latents: torch.Tensor) -> Image.Image:
        with torch.inference_mode():
            pixels = self.pipeline.vae.decode(self.unscaled(latents), return_dict=False)[0]
            if pixels.ndim == 5:
                pixels = pixels[:, :, 0]
            processor = self.pipeline.image_processor
            picture: Image.Image = processor.postprocess(pixels.float(), output_type="pil")[0]
            return picture

    def left_out(self, tokenizer: Any, text: str, most: int) -> int:
        """Return how many tokens of a text are more than it reads."""
        ids = tokenizer(text, truncation=False, padding=False, verbose=False).input_ids
        return max(len(ids) - most, 0)

    @abstractmethod
    def encode(self, prompt: str) -> Said:
        """Return a prompt as the network reads it."""

    @abstractmethod
    def noise(self, canvas: Canvas, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
        """Return what a picture begins with."""

    @abstractmethod
    def shift(self, canvas: Canvas) -> float:
        """Return how much earlier noise is left for a canvas of this size."""

    @abstractmethod
    def predict(self, samples: list[FlowSample]) -> list[torch.Tensor]:
        """Show the network samples that are alike at once; return what it predicts for each."""

    @abstractmethod
    def spatial(self, sample: FlowSample) -> torch.Tensor:
        """Return latents as a grid: `[1, channels, height, width]`, or with one frame before the height."""

    @abstractmethod
    def unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        """Return a grid of latents in the numbers of the decoder."""
