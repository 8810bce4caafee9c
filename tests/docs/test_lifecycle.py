"""The lifecycle of a node as the architecture tells it is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

from planning.job.lifecycle import TABLE, Happening, NodeStatus

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_table_of_the_lifecycle_is_that_of_the_reducer() -> None:
    rows = ARCHITECTURE.read_text().split("| what happens to a node |")[1].split("\n\n")[0].splitlines()[2:]
    told = {}
    for row in rows:
        what, while_, then = row.strip("|").split("|")
        (happening,) = re.findall(r"^ `(\w+)`:", what)
        (status,) = re.findall(r"`(\w+)`", then)
        for before in re.findall(r"`(\w+)`", while_):
            told[NodeStatus(before), Happening(happening)] = NodeStatus(status)
    assert told == dict(TABLE)
