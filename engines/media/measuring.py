"""How products are measured in a host of their own: a file that breaks its reader costs a host, and no worker."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import ClassVar

from engines.contract import Finished, Product, Result, Task, one_by_one


class Measuring:
    """Measures the input `/file`, and writes what it found in the words of `Asset` as JSON."""

    concurrent = True
    ahead: ClassVar = ("av", "numpy", "engines.media.probe")

    def load(self, device: str) -> None:
        """Import the reader."""
        import engines.media.probe  # noqa: F401

    def unload(self) -> None:
        """Nothing to give back."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Measure each file.

        Raises: AssetInvalid.
        """
        return one_by_one(tasks, _measured)


def _measured(task: Task) -> Result:
    from engines.media.probe import probe

    path = task.workdir / "facts.json"
    path.write_text(json.dumps(probe(task.inputs["/file"].path).asset_facts()), "utf-8")
    return Result((Product(path, "application/json"),))
