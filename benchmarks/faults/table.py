"""How the rows of `faults.json` are shown in `docs/benchmarks.md`."""

from __future__ import annotations

from typing import Any

from benchmarks.tables import replace, table


def write_tables(found: dict[str, Any]) -> None:
    """Write the tables of all three scenarios and the versions."""
    rows = found["rows"]
    replace("faults-kills", _kills(rows))
    replace("faults-twice", _twice(rows))
    replace(
        "faults-server", _kills([{**row, **row["server"]} for row in rows if row["server"]], names_only=True)
    )
    words = ", ".join(f"{name} {version}" for name, version in sorted(found["versions"].items()))
    replace("faults-versions", f"Versions: {words}; {found['cores']} shared cores.")


def _kills(rows: list[dict[str, Any]], *, names_only: bool = False) -> str:
    head = [
        "system",
        "settings",
        "joined",
        "lost",
        "joined twice",
        "joined early",
        "tasks run again",
        "last join after",
        "load",
    ]
    body = [
        [
            row["name"],
            row["settings"],
            f"{row['joined']} of {row['jobs']}",
            row["lost"],
            row["doubled"],
            row["early"],
            row["again"],
            f"{row['last_join_s']} s",
            f"{row['load']:.0f}",
        ]
        for row in rows
    ]
    if names_only:
        head, body = [head[0], *head[2:]], [[line[0], *line[2:]] for line in body]
    return table(head, body)


def _twice(rows: list[dict[str, Any]]) -> str:
    head = ["system", "joins", "tasks ended at the join", "tasks run again"]
    return table(
        head,
        [
            [
                row["name"],
                row["twice"]["joins"],
                f"{row['twice']['ended_at_join']} of 5",
                row["twice"]["again"],
            ]
            for row in rows
        ],
    )
