"""A worker of ours with another engine in it: it waits as long as the prompt says, and writes a line of text.

Everything around the engine is the text worker as it always runs: claim, lease, result cache, store, result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.peers.diary import perform
from engines.contract import Finished, Product, Result, Task
from runtime.process import Stopping, main
from runtime.settings import Settings
from worker.engines import Engines
from worker.wiring import run_worker


class Waiter:
    """An engine whose prompt is `job task seconds`."""

    def load(self, device: str) -> None:
        """Nothing to load."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Wait, and write the prompt as the result."""
        for task in tasks:
            prompt = str(task.params["prompt"])
            job, number, seconds = prompt.split()
            perform(job, int(number), float(seconds))
            path = task.workdir / "result.txt"
            path.write_text(prompt, "utf-8")
            yield Finished(task.task_id, Result((Product(path, "text/plain", text=prompt),)))


async def _run(settings: Settings, stopping: Stopping) -> None:
    await run_worker("text", settings, stopping, Engines(build=lambda _row: Waiter()))


if __name__ == "__main__":
    main("text", _run)
