"""How SDXL serves its capabilities: many tasks share the steps of one network, each with its own seed and schedule."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from engines.contract import Product, Result, Task
from engines.local.diffusion import pictures, resuming
from engines.local.diffusion.loading import Pipeline, give_back, load_pipeline
from engines.local.diffusion.prompts import Prompts, words_of
from engines.local.diffusion.sampling import Given, Sample, Wanted, predicted
from runtime.errors import EngineFailed, OutOfMemory, Unsupported

LARGEST_BATCH = 8
PREVIEW_EVERY_S = 2.0
WRITTEN_EVERY_S = 20.0
"""So much of a task's steps is done again at most when its worker dies."""
WRITTEN_SOON_S = 1.0
"""And so much where a worker that stops asks for it."""
EDIT_STEPS, EDIT_GUIDANCE = 30, 7.5


@dataclass(eq=False, slots=True)
class Painting:
    """One task on its way."""

    task: Task
    sample: Sample
    about: str
    size: tuple[int, int]
    degraded: tuple[str, ...]
    shown_s: float
    written_s: float
    begun_with: Image.Image | None = None
    mask: Image.Image | None = None
    views: int = 0


class Painter:
    """A stepping engine (`engines.stepping`) over one SDXL checkpoint."""

    def __init__(
        self,
        folder: Path,
        revision: str,
        *,
        largest_batch: int = LARGEST_BATCH,
        written_every_s: float = WRITTEN_EVERY_S,
    ) -> None:
        self._folder, self._revision = folder, revision
        self.largest_batch, self.written_every_s = largest_batch, written_every_s
        self._pipeline: Pipeline | None = None
        self._prompts: Prompts | None = None

    def load(self, device: str) -> None:
        """Load the checkpoint.

        Raises: EngineUnavailable, OutOfMemory.
        """
        self._pipeline = load_pipeline(self._folder, device)
        self._prompts = Prompts(self._pipeline)

    def unload(self) -> None:
        """Give the network's memory back."""
        self._pipeline = self._prompts = None
        give_back()

    def admit(self, task: Task) -> Painting:
        """Encode what a task says and what it gives, and begin with noise or where another attempt left off.

        Raises: Unsupported, AssetInvalid, OutOfMemory.
        """
        if task.capability not in {"image-generation", "image-editing"}:
            raise Unsupported(f"sdxl does not do {task.capability}")
        for name in ("control", "references"):
            if task.params.get(name):
                raise Unsupported(f"sdxl takes no {name}")
        assert self._pipeline is not None  # noqa: S101  # it was loaded
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
        sample = Sample(self._pipeline, wanted, encoded, self._latents(task, begun_with, mask, wanted))
        now_s = time.monotonic()
        degraded: tuple[str, ...] = ()
        if encoded.left_out:
            degraded = (
                f"the prompt is longer than sdxl reads: its last {encoded.left_out} tokens were left out",
            )
        about = _about(task, self._revision)
        painting = Painting(task, sample, about, size, degraded, now_s, now_s, begun_with, mask)
        if task.checkpoint is not None and resuming.go_on(sample, about, task.checkpoint):
            task.report.step(sample.done, sample.steps + 1, "going on")
        return painting

    def _latents(
        self, task: Task, begun_with: Image.Image | None, mask: Image.Image | None, wanted: Wanted
    ) -> Given | None:
        if begun_with is None:
            return None
        size = wanted.width_px, wanted.height_px
        latents = pictures.encoded(self._pipeline, pictures.padded(begun_with, size), task.seed)
        strength = float(task.params.get("strength", 0.75))
        inside = (
            pictures.latent_mask(self._pipeline, pictures.padded(mask, size)) if mask is not None else None
        )
        return Given(latents, strength, inside)

    def step(self, states: Sequence[Painting]) -> Sequence[bool]:
        """Take one step of each: those of one size share a call of the network.

        Raises: OutOfMemory when not even one has room.
        """
        by_size: defaultdict[tuple[int, ...], list[Painting]] = defaultdict(list)
        for state in states:
            by_size[tuple(state.sample.latents.shape)].append(state)
        for alike in by_size.values():
            self._step(alike)
        return [state.sample.done >= state.sample.steps for state in states]

    def _step(self, alike: list[Painting]) -> None:
        try:
            outputs = predicted(self._pipeline, [state.sample for state in alike])
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

    def _tell(self, state: Painting) -> None:
        """Say how far it is; a cancel is heard before the next step, by whoever steps."""
        report, sample, now_s = state.task.report, state.sample, time.monotonic()
        report.step(sample.done, sample.steps + 1, "painting")
        if sample.done == sample.steps:
            return
        if now_s - state.shown_s >= PREVIEW_EVERY_S:
            state.shown_s, state.views = now_s, state.views + 1
            report.preview(
                pictures.preview(sample.latents, state.task.workdir / f"view-{state.views % 2}.webp")
            )
        if now_s - state.written_s >= (WRITTEN_SOON_S if report.wants_checkpoint else self.written_every_s):
            state.written_s = now_s
            path = state.task.workdir / "standing.safetensors"
            resuming.write_down(sample, state.about, path)
            report.checkpoint(path)

    def finish(self, state: Painting) -> Result:
        """Decode and write the picture.

        Raises: EngineFailed when the network gave no numbers.
        """
        latents = state.sample.latents
        if not bool(torch.isfinite(latents).all()):
            raise EngineFailed("the network gave values that are no numbers")
        picture = pictures.decoded(self._pipeline, latents)
        left, top = (picture.width - state.size[0]) // 2, (picture.height - state.size[1]) // 2
        if state.begun_with is not None:
            left = top = 0
        picture = picture.crop((left, top, left + state.size[0], top + state.size[1]))
        if state.begun_with is not None and state.mask is not None:
            picture = pictures.only_inside(picture, state.begun_with, state.mask)
        kind = str(state.task.params.get("format", "png"))
        path = pictures.written(picture, state.task.workdir / f"picture.{kind}", kind)
        state.task.report.step(1, 1, "done")
        return Result((Product(path, pictures.MEDIA_TYPES[kind]),), state.degraded)


def _given(task: Task) -> tuple[Image.Image | None, Image.Image | None]:
    if "/image" not in task.inputs:
        return None, None
    picture = pictures.opened(task, "/image")
    mask = pictures.opened_mask(task, "/mask", picture.size) if "/mask" in task.inputs else None
    return picture, mask


def _about(task: Task, revision: str) -> str:
    """Name the very work: whatever decides its bytes."""
    said = json.dumps([task.capability, dict(task.params), task.seed, revision], sort_keys=True, default=str)
    digest = hashlib.sha256(said.encode())
    for _, given in sorted(task.inputs.items()):
        digest.update(hashlib.sha256(given.path.read_bytes()).digest())
    return digest.hexdigest()
