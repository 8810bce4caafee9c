"""How the audio worker process is wired: it speaks, plays and makes sounds for orders of the audio lanes."""

from __future__ import annotations

from consumers.process import Stopping
from consumers.worker import run_worker
from runtime.settings import Settings


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("audio", settings, stopping)
