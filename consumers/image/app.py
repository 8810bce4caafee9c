"""How the image worker process is wired: it paints pictures for orders of the image lanes."""

from __future__ import annotations

from runtime.process import Stopping
from runtime.settings import Settings
from worker.wiring import run_worker


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("image", settings, stopping)
