"""How the video worker process is wired: it moves pictures for orders of the video lanes."""

from __future__ import annotations

from runtime.process import Stopping
from runtime.settings import Settings
from worker.wiring import run_worker


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("video", settings, stopping)
