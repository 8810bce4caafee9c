"""What `make demo` does: a whole system for a minute, one film, and everything it leaves behind in a folder."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from infra.local.connection import home, settings_here
from operations.processes import supervisor_of
from operations.stopping import stop_everything
from producers.cli.detached import start_detached
from producers.cli.exits import FAILED, Exit
from producers.cli.follow import explain_end, follow
from producers.cli.looking import timeline, timeline_text
from producers.cli.output import data, say
from producers.client import Client
from storage.store import Store

BRIEF = "An old lighthouse keeper befriends a whale, and on the night of the great storm the whale saves the harbour."
FILES = {
    "film": "demo.mp4",
    "captions_srt": "demo.srt",
    "captions_vtt": "demo.vtt",
    "contact_sheet": "contact-sheet.jpg",
    "poster": "poster.jpg",
}


def run_demo(brief: str, out: Path) -> None:
    """Make the demonstration film into `out`; stops what it started, and nothing else."""
    here = home()
    begun = time.monotonic()
    ours = supervisor_of(here) is None
    # Stopped by a signal it must still stop what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if ours:
            os.environ["REELBUS_PROVIDERS"] = "none"  # a film to look at costs nobody anything
            say("starting Kafka, the object store and the workers ...")
            start_detached(here)
        say(f"ready after {time.monotonic() - begun:.1f} s")
        end = asyncio.run(_film({"kind": "film", "brief": brief or BRIEF, "seed": 7, "quality": "best"}, out))
    finally:
        if ours:
            stop_everything(here)
    if end.get("outputs") is None or "film" not in end["outputs"]:
        raise Exit(FAILED)
    say(f"\n{out / 'demo.mp4'} after {time.monotonic() - begun:.1f} s; who did what: {out / 'timeline.txt'}")
    say(
        'next: `.venv/bin/reelbus up`, and in another terminal `.venv/bin/reelbus make "your own sentence" -o film.mp4`'
    )
    data(str(out / "demo.mp4"))


async def _film(request: dict[str, Any], out: Path) -> dict[str, Any]:
    settings = settings_here()
    async with Client(settings) as client:
        job = await client.submit(request)
        end = await follow(job.facts(300.0))
    if end is None:
        raise Exit(FAILED)
    explain_end(end)
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    store = Store.from_settings(settings)
    try:
        for role, name in FILES.items():
            asset = end.data.get("outputs", {}).get(role)
            if asset is not None:
                await store.fetch(
                    asset["key"], out / name, sha256=asset["sha256"], size_bytes=asset["size_bytes"]
                )
    finally:
        await store.close()
    lines = await timeline(settings, job.job_id)
    await asyncio.to_thread(
        (out / "timeline.txt").write_text, "\n".join(timeline_text(lines)) + "\n", "utf-8"
    )
    return end.data
