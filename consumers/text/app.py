"""How the text worker process is wired: it writes stories and prompts for orders of the text lanes."""

from __future__ import annotations

from consumers.process import Stopping
from consumers.worker import run_worker
from runtime.settings import Settings


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("text", settings, stopping)
