"""How networks that make pictures in steps serve tasks: many share the steps of one, each with its own schedule."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic

import torch

from engines.contract import Product, Result, Task
from engines.local.diffusion import pictures, resuming
from engines.local.diffusion.loading import give_back
from engines.local.diffusion.network import Begun, Network, S
from runtime.errors import EngineFailed, OutOfMemory

LARGEST_BATCH = 8
PREVIEW_EVERY_S = 2.0
WRITTEN_EVERY_S = 20.0
"""So much of a task's steps is done again at most when its worker dies."""
WRITTEN_SOON_S = 1.0
"""And so much where a worker that stops asks for it."""


@dataclass(eq=False, slots=True)
class Painting(Generic[S]):
    """One task on its way."""

    task: Task
    begun: Begun[S]
    about: str
    shown_s: float
    written_s: float
    views: int = 0

    @property
    def sample(self) -> S:
        """Where its picture stands."""
        return self.begun.sample


class Painter(Generic[S]):
    """A stepping engine (`engines.stepping`) over one network: what does not depend on which network it is."""

    def __init__(
        self,
        network: Network[S],
        revision: str,
        *,
        largest_batch: int = LARGEST_BATCH,
        written_every_s: float = WRITTEN_EVERY_S,
    ) -> None:
        self.network, self._revision = network, revision
        self.largest_batch, self.written_every_s = largest_batch, written_every_s

    def load(self, device: str) -> None:
        """Load the checkpoint.

        Raises: EngineUnavailable, OutOfMemory.
        """
        self.network.load(device)

    def unload(self) -> None:
        """Give the network's memory back."""
        self.network.unload()
        give_back()

    def admit(self, task: Task) -> Painting[S]:
        """Begin a task with noise, or where another attempt left off.

        Raises: Unsupported, AssetInvalid, OutOfMemory.
        """
        begun = self.network.begin(task)
        about, now_s = _about(task, self._revision), time.monotonic()
        sample = begun.sample
        if task.checkpoint is not None and resuming.go_on(sample, about, task.checkpoint):
            task.report.step(sample.done, sample.steps + 1, "going on")
        return Painting(task, begun, about, now_s, now_s)

    def step(self, states: Sequence[Painting[S]]) -> Sequence[bool]:
        """Take one step of each: those that are alike share a call of the network.

        Raises: OutOfMemory when not even one has room.
        """
        groups: defaultdict[Hashable, list[Painting[S]]] = defaultdict(list)
        for state in states:
            groups[self.network.alike(state.sample)].append(state)
        for alike in groups.values():
            self._step(alike)
        return [state.sample.done >= state.sample.steps for state in states]

    def _step(self, alike: list[Painting[S]]) -> None:
        try:
            outputs = self.network.predict([state.sample for state in alike])
        except torch.OutOfMemoryError as error:
            give_back()
            if len(alike) == 1:
                raise OutOfMemory("the device has no room for a single picture of this size") from error
            half = len(alike) // 2
            self._step(alike[:half])
            self._step(alike[half:])
            return
        for state, output in zip(alike, outputs, strict=True):
            state.sample.advance(output)
            self._tell(state)

    def _tell(self, state: Painting[S]) -> None:
        """Say how far it is; a cancel is heard before the next step, by whoever steps."""
        report, sample, now_s = state.task.report, state.sample, time.monotonic()
        report.step(sample.done, sample.steps + 1, "painting")
        if sample.done == sample.steps:
            return
        if now_s - state.shown_s >= PREVIEW_EVERY_S:
            state.shown_s, state.views = now_s, state.views + 1
            path = state.task.workdir / f"view-{state.views % 2}.webp"
            report.preview(pictures.preview(self.network.view(sample), path))
        if now_s - state.written_s >= (WRITTEN_SOON_S if report.wants_checkpoint else self.written_every_s):
            state.written_s = now_s
            path = state.task.workdir / "standing.safetensors"
            resuming.write_down(sample, state.about, path)
            report.checkpoint(path)

    def finish(self, state: Painting[S]) -> Result:
        """Decode and write the picture.

        Raises: EngineFailed when the network gave no numbers.
        """
        begun = state.begun
        if not bool(torch.isfinite(begun.sample.latents).all()):
            raise EngineFailed("the network gave values that are no numbers")
        picture = self.network.decode(begun.sample)
        left, top = (picture.width - begun.size[0]) // 2, (picture.height - begun.size[1]) // 2
        if begun.begun_with is not None:
            left = top = 0
        picture = picture.crop((left, top, left + begun.size[0], top + begun.size[1]))
        if begun.begun_with is not None and begun.mask is not None:
            picture = pictures.only_inside(picture, begun.begun_with, begun.mask)
        kind = str(state.task.params.get("format", "png"))
        path = pictures.written(picture, state.task.workdir / f"picture.{kind}", kind)
        state.task.report.step(1, 1, "done")
        return Result((Product(path, pictures.MEDIA_TYPES[kind]),), begun.degraded)


def _about(task: Task, revision: str) -> str:
    """Name the very work: whatever decides its bytes."""
    said = json.dumps([task.capability, dict(task.params), task.seed, revision], sort_keys=True, default=str)
    digest = hashlib.sha256(said.encode())
    for _, given in sorted(task.inputs.items()):
        digest.update(hashlib.sha256(given.path.read_bytes()).digest())
    return digest.hexdigest()
