"""Which mistakes about dated recipes the simulator must find."""

from __future__ import annotations

from typing import Any

from consumers.assembly.coordinator import loop, rebuild
from planning.job.reduce import reduce
from planning.recipes import table
from tests.simulation.mutant import Mutant

_rebuild, _dated = rebuild.rebuild, table.dated
_folding_again: list[str] = []


async def _rebuilds_by_the_newest_recipes(*given: Any, **named: Any) -> Any:
    fold = named.get("reducer") or reduce

    def again(*event: Any) -> Any:
        _folding_again.append("")
        try:
            return fold(*event)
        finally:
            _folding_again.pop()

    return await _rebuild(*given, **named | {"reducer": again})


def _newest_while_it_folds_again(kind: str, plan_version: int) -> Any:
    return table.newest(kind) if _folding_again else _dated(kind, plan_version)


RECIPE_MUTANTS = (
    Mutant(
        "what was rebuilt is folded by the newest recipes",
        (
            (loop, "rebuild", _rebuilds_by_the_newest_recipes),
            (table, "dated", _newest_while_it_folds_again),
        ),
    ),
    Mutant("jobs go on by the newest recipe", ((table, "dated", lambda kind, _: table.newest(kind)),)),
)
