"""One picture on its way out of the noise: where it stands, and how a step of the network takes it further."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch

from engines.local.diffusion.loading import Pipeline
from engines.local.diffusion.network import Standing
from engines.local.diffusion.prompts import Encoded

LATENT_PX = 8
"""A value of the latent picture stands for so many pixels on each side."""


@dataclass(frozen=True, slots=True)
class Given:
    """A picture to begin with, as latents: how strongly it is changed, and where (`mask` is 1 there, of latent size)."""

    latents: torch.Tensor
    strength: float
    mask: torch.Tensor | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is sampled: canvas in pixels (multiples of 8), number of steps, guidance and seed."""

    width_px: int
    height_px: int
    steps: int
    guidance: float
    seed: int

    @property
    def guided(self) -> bool:
        """Whether each step also asks the network what to keep away from."""
        return self.guidance > 1.0


class Sample:
    """The state of one picture: latents, a schedule of its own, and what the solver remembers of earlier steps.

    It is what diffusers' pipelines for SDXL do with one picture, cut between its steps: text to picture, picture to
    picture (`given`), and inside a mask.
    """

    def __init__(
        self, pipeline: Pipeline, wanted: Wanted, encoded: Encoded, given: Given | None = None
    ) -> None:
        self.wanted, self.encoded = wanted, encoded
        device, dtype = pipeline.device, pipeline.unet.dtype
        self.scheduler: Any = copy.deepcopy(pipeline.scheduler)
        self.scheduler.set_timesteps(wanted.steps, device=device)
        self._first = _first_step(wanted.steps, given.strength if given is not None else 1.0)
        self.scheduler.set_begin_index(self._first)
        generator = torch.Generator("cpu").manual_seed(wanted.seed % 2**63)
        shape = (
            1,
            pipeline.unet.config.in_channels,
            wanted.height_px // LATENT_PX,
            wanted.width_px // LATENT_PX,
        )
        self._noise = torch.randn(shape, generator=generator, dtype=dtype).to(device)
        self._given = given
        if given is None:
            self.latents = self._noise * self.scheduler.init_noise_sigma
        else:
            self.latents = self.scheduler.add_noise(given.latents, self._noise, self._at(self._first))
        size = (wanted.height_px, wanted.width_px)
        ids = torch.tensor([[*size, 0, 0, *size]], dtype=dtype, device=device)
        self.time_ids = ids.repeat(2 if wanted.guided else 1, 1)
        self.done = 0

    @property
    def steps(self) -> int:
        """How many steps it takes in all: fewer where it begins with a picture."""
        return len(self.scheduler.timesteps) - self._first

    @property
    def rows(self) -> int:
        """How many rows of the network's batch it takes."""
        return 2 if self.wanted.guided else 1

    @property
    def timestep(self) -> torch.Tensor:
        """The timestep that comes next."""
        return self.scheduler.timesteps[self._first + self.done]

    def network_input(self) -> torch.Tensor:
        """Return what the network is shown, a row each for what is kept away from and what is wanted."""
        return self.scheduler.scale_model_input(torch.cat([self.latents] * self.rows), self.timestep)

    def advance(self, predicted: torch.Tensor) -> None:
        """Take one step with what the network predicted for its rows."""
        if self.wanted.guided:
            away, towards = predicted.chunk(2)
            predicted = away + self.wanted.guidance * (towards - away)
        self.latents = self.scheduler.step(predicted, self.timestep, self.latents, return_dict=False)[0]
        self.done += 1
        if self._given is not None and self._given.mask is not None:
            self._keep_outside(self._given, self._given.mask)

    def standing(self) -> Standing:
        """Return its latents and what its solver remembers of earlier steps."""
        outputs = {
            f"model_output.{number}": output
            for number, output in enumerate(self.scheduler.model_outputs)
            if output is not None
        }
        counters = {"lower_order_nums": self.scheduler.lower_order_nums}
        return Standing(self.done, {"latents": self.latents, **outputs}, counters)

    def go_on_from(self, standing: Standing) -> None:
        """Stand where another sample of the same work stood."""
        place = {"device": self.latents.device, "dtype": self.latents.dtype}
        latents, lower = standing.tensors["latents"], standing.counters["lower_order_nums"]
        if any(tensor.shape != self.latents.shape for tensor in standing.tensors.values()):
            raise ValueError("a tensor has another shape")
        self.done, self.latents = standing.done, latents.to(**place)
        self.scheduler.model_outputs = [
            standing.tensors[name].to(**place)
            if (name := f"model_output.{number}") in standing.tensors
            else None
            for number in range(len(self.scheduler.model_outputs))
        ]
        self.scheduler.lower_order_nums = lower
        self.scheduler._step_index = self._first + standing.done

    def _keep_outside(self, given: Given, mask: torch.Tensor) -> None:
        outside = given.latents
        if self.done < self.steps:
            outside = self.scheduler.add_noise(outside, self._noise, self._at(self._first + self.done))
        self.latents = (1 - mask) * outside + mask * self.latents

    def _at(self, index: int) -> torch.Tensor:
        return self.scheduler.timesteps[index : index + 1]


def _first_step(steps: int, strength: float) -> int:
    """Return at which step a picture is met that is changed so strongly: never after the last one."""
    return min(max(steps - max(int(steps * strength), 1), 0), steps - 1)


def predicted(pipeline: Pipeline, samples: list[Sample]) -> list[torch.Tensor]:
    """Show the network all samples, which have one size, at once; return what it predicts for the rows of each."""
    with torch.inference_mode():
        output = pipeline.unet(
            torch.cat([sample.network_input() for sample in samples]),
            torch.cat([sample.timestep.reshape(1).repeat(sample.rows) for sample in samples]),
            encoder_hidden_states=torch.cat([sample.encoded.embeddings for sample in samples]),
            added_cond_kwargs={
                "text_embeds": torch.cat([sample.encoded.pooled for sample in samples]),
                "time_ids": torch.cat([sample.time_ids for sample in samples]),
            },
            return_dict=False,
        )[0]
        return list(output.split([sample.rows for sample in samples]))
