"""What a painter asks of a network: to begin a picture, to predict a step of several at once, and to decode one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from PIL import Image

from engines.contract import Task


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a sample stands after `done` steps: its tensors, and the counters of its solver."""

    done: int
    tensors: Mapping[str, torch.Tensor]
    counters: Mapping[str, int]


class Sample(Protocol):
    """One picture on its way out of the noise, with a schedule of its own."""

    latents: torch.Tensor
    done: int

    @property
    def steps(self) -> int:
        """How many steps it takes in all."""

    def advance(self, predicted: torch.Tensor) -> None:
        """Take one step with what the network predicted for it."""

    def standing(self) -> Standing:
        """Return all that another sample of the same work needs to go on from here."""

    def go_on_from(self, standing: Standing) -> None:
        """Stand where another sample of the same work stood.

        Raises:
            KeyError, ValueError: it lacks something, or something has another shape; then nothing has changed.
        """


S = TypeVar("S", bound=Sample)


@dataclass(frozen=True, slots=True)
class Begun(Generic[S]):
    """What a task has come to before its first step.

    - `size`: of the picture in pixels; it is cut from the middle of what was decoded, or from its upper left corner
      where there is a picture to begin with.
    - `mask`: white where that picture changes.
    - `degraded`: what had to be left out.
    """

    sample: S
    size: tuple[int, int]
    degraded: tuple[str, ...] = ()
    begun_with: Image.Image | None = None
    mask: Image.Image | None = None


class Network(Protocol[S]):
    """A checkpoint in memory. All of it is called by one thread at a time."""

    def load(self, device: str) -> None:
        """Load the checkpoint.

        Raises: EngineUnavailable, OutOfMemory.
        """

    def unload(self) -> None:
        """Let go of everything that `load` made."""

    def begin(self, task: Task) -> Begun[S]:
        """Encode what a task says and what it gives, and begin with noise.

        Raises: Unsupported, AssetInvalid, OutOfMemory.
        """

    def alike(self, sample: S) -> Hashable:
        """Return what must be equal among the samples of one call."""

    def predict(self, samples: list[S]) -> list[torch.Tensor]:
        """Show the network samples that are alike at once; return what it predicts for each."""

    def decode(self, sample: S) -> Image.Image:
        """Return what a sample has come to as a picture."""

    def view(self, sample: S) -> Image.Image:
        """Return about what a picture looks like so far, without the decoder."""
