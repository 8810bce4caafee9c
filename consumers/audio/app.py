"""How the audio worker process is wired: it speaks, plays and makes sounds for orders of the audio lanes."""

from __future__ import annotations

from runtime.process import Stopping
from runtime.settings import Settings
from worker.wiring import run_worker


async def run(settings: Settings, stopping: Stopping) -> None:
    """Work until asked to stop."""
    await run_worker("audio", settings, stopping)
