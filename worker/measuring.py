"""How a worker measures a product: in a host, where it has hosts, for a library that reads media may die of a file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from catalog.models import Model
from engines.contract import Input, Task
from engines.host.hosts import Hosts
from worker.folders import lend, task_folders
from worker.report import TaskReport

MEASURING = Model(
    name="measuring",
    capabilities=(),
    family="local",
    target="engines.media.measuring:Measuring",
    revision="1",
    description="Measures what other engines made.",
    runs_in="sandbox",
    longest_silence_s=120.0,
)
"""It stands in no catalogue: nobody asks for it."""


async def measured_in(hosts: Hosts, path: Path, scratch: Path, report: TaskReport) -> dict[str, object]:
    """Return what can be measured of a media file, in the words of `Asset`.

    Raises:
        AssetInvalid: it cannot be read back.
        EngineFailed: whoever reads it dies.
        HandedBack: its host was ended for another file.
    """
    with task_folders(MEASURING, scratch, "measured-") as (given, made):
        task = Task(
            task_id="measured",
            capability="",
            params={},
            seed=0,
            workdir=made,
            report=_Listening(report),
            inputs={"/file": Input(await asyncio.to_thread(lend, path, given))},
        )
        result = await hosts.run(MEASURING, task)
        facts: dict[str, Any] = json.loads(result.products[0].path.read_bytes())  # some hundred bytes
        return facts


class _Listening:
    """Hears what its task hears, and says nothing of how far it is."""

    wants_checkpoint = False

    def __init__(self, report: TaskReport) -> None:
        self.check = report.check

    def step(self, done: int, total: int, stage: str) -> None: ...

    def preview(self, path: Path) -> None: ...

    def checkpoint(self, path: Path) -> None: ...
