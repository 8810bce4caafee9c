"""What the catalogue says of one engine: the columns of its row."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models.frames import FramesRule
from catalog.weights.source import Source
from schemas.choices import Family, Lifecycle, Quality, RunsIn


@dataclass(frozen=True, slots=True)
class Model:
    """One engine of the catalogue: what it can do, where its code is, and on which terms it may be used.

    `target` is an import string `module:Class`, so that only the worker that runs it imports it. `revision` is part
    of every fingerprint: raise it whenever the same request would give other bytes.
    """

    name: str
    capabilities: tuple[str, ...]
    family: Family
    target: str
    revision: str
    description: str
    arguments: tuple[str, ...] = ()
    """What its class is made with."""
    provider: str = ""
    """Whose it is, where a provider runs it, and what the provider calls it."""
    provider_model: str = ""
    keys: tuple[str, ...] = ()
    """Variables that must be set where it runs: keys of providers, and addresses that only their owner knows."""
    code_licence: str = "Apache-2.0"
    weights_licence: str = "none (no weights)"
    weights: tuple[Source, ...] = ()
    """Where its weights come from, each file by its digest."""
    commercial_ok: bool = True
    """Whether code and weights may be used to earn money."""
    watermark_required: bool = False
    """Whether its licence asks that results are marked as made by a model."""
    qualities: tuple[Quality, ...] = ("draft",)
    languages: tuple[str, ...] = ()
    """Which languages it speaks or hears; without any, all of the catalogue."""
    voices: tuple[str, ...] = ()
    """Which voices of the catalogue it speaks with; without any, all that there are."""
    limits: tuple[tuple[str, float], ...] = ()
    """The largest value of a parameter; 0 for a switch or a schema that this engine does not have."""
    defaults: tuple[tuple[str, int | float | str], ...] = ()
    """What a parameter is that a request does not give, in place of the default that its capability has for all engines."""
    size_multiple_px: int = 1
    """Width and height must be multiples of it. An engine that makes more and cuts it off does not say so."""
    smallest_px: int = 0
    largest_px: int = 0
    """No side is shorter or longer; 0 where there is no end."""
    frames_rule: FramesRule | None = None
    """How many pictures of a film it makes at once. One that makes more and leaves them out, or goes on, has no `most`."""
    deterministic: bool = True
    """Whether equal work gives equal bytes. What is not is remembered as it came first, and a loss cannot be made good."""
    pool: str = ""
    """Whose orders it gets: the workers of this pool; without a name those of the modality of its work."""
    environment: str = ""
    """The locked Python environment that its host runs in; without a name the worker's own."""
    runs_in: RunsIn = "host"
    """A process of its own; one that also reads foreign media and is confined; or a thread of the worker (pure Python only)."""
    memory_bytes: int = 0
    """What it takes when it is loaded; 0 when nobody has measured it."""
    device_bytes: int = 0
    """What it takes of its device then; 0 when nobody has measured it, or it uses none."""
    largest_batch: int = 1
    batch_key: tuple[str, ...] = ()
    """Parameters that must be equal among the tasks of one batch."""
    grace_s: float = 10.0
    """How long it may go on after it was told to stop. Then its host is ended."""
    longest_silence_s: float = 600.0
    """How long it may work without saying how far it is. Then its host is ended."""
    usd_per_task: float = 0.0
    usd_per_compute_s: float = 0.0
    """What it costs whoever runs it; nothing where nobody has set a price."""
    fallbacks: tuple[str, ...] = ()
    """Engines that may do its work when it has failed for good, the first one first."""
    lifecycle: Lifecycle = "active"
    """Whether new work may still choose it."""
    successor: str = ""
    """The engine that takes its place when it is deprecated or retired."""
    needs: tuple[str, ...] = ()
    """Modules that must be there for it to load. What only some of its work needs is not named."""
    extra: str = ""
    """The extra of the project that brings them; without a name that of its modality."""

    def cost_usd(self, compute_s: float) -> float | None:
        """Return what a task that took so long costs; None where there is no price."""
        if not (self.usd_per_task or self.usd_per_compute_s):
            return None
        return self.usd_per_task + self.usd_per_compute_s * compute_s
