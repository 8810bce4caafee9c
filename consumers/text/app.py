"""How the text worker process is wired: it writes stories and prompts for orders of the text lanes."""

from __future__ import annotations

from runtime.process import Stopping
from runtime.settings import Settings
from worker.wiring import run_worker


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("text", settings, stopping)
