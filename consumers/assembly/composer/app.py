"""How the composer process is wired: it cuts, mixes and captions for orders of the assembly lanes."""

from __future__ import annotations

from consumers.process import Stopping
from consumers.worker import run_worker
from runtime.settings import Settings


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("assembly", settings, stopping)
