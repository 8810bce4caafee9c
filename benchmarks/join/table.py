"""How the rows of `join.json` are shown in `docs/benchmarks.md`."""

from __future__ import annotations

from typing import Any

from benchmarks.tables import replace, table


def write_table(rows: list[dict[str, Any]]) -> None:
    """Write the table, and the one of the processes."""
    head = [
        "system",
        "jobs/s",
        "lost",
        "joined twice",
        "alone, p50",
        "alone, p99",
        "CPU for a job",
        "two idle cores",
        "load",
    ]
    body = [
        [
            row["name"],
            f"{row['jobs_per_s']:.0f}",
            row["lost"],
            row["doubled"],
            f"{row['idle_p50_ms']:.0f} ms",
            f"{row['idle_p99_ms']:.0f} ms",
            f"{sum(row['cpu_ms_per_job'].values()):.1f} ms",
            f"at most {2000 / sum(row['cpu_ms_per_job'].values()):.0f} jobs/s",
            f"{row['load']:.0f}",
        ]
        for row in rows
    ]
    replace("join", table(head, body))
    replace("join-cpu", table(["system", "process", "CPU for a job"], _processes(rows)))


def _processes(rows: list[dict[str, Any]]) -> list[list[object]]:
    """Say for each system which of its processes costs what."""
    return [
        [row["name"], process, f"{spent_ms:.2f} ms"]
        for row in rows
        for process, spent_ms in sorted(row["cpu_ms_per_job"].items(), key=lambda entry: -entry[1])
        if spent_ms >= 0.05
    ]
