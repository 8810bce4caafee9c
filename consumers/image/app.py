"""How the image worker process is wired: it paints pictures for orders of the image lanes."""

from __future__ import annotations

from consumers.process import Stopping
from consumers.worker import run_worker
from runtime.settings import Settings


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("image", settings, stopping)
