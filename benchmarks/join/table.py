"""How the rows of `join.json` are shown in `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benchmarks.tables import replace, table


def write_table(rows: Iterable[dict[str, Any]]) -> None:
    """Write the table."""
    head = ["system", "jobs/s", "lost", "joined twice", "alone, p50", "alone, p99", "CPU for a job"]
    body = [
        [
            row["name"],
            f"{row['jobs_per_s']:.0f}",
            row["lost"],
            row["doubled"],
            f"{row['idle_p50_ms']:.0f} ms",
            f"{row['idle_p99_ms']:.0f} ms",
            f"{sum(row['cpu_ms_per_job'].values()):.1f} ms",
        ]
        for row in rows
    ]
    replace("join", table(head, body))
