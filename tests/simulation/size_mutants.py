"""Which mistakes about the size of records the simulator must find."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from planning.job import dispatch, facts, reduce
from planning.job.order import _Inputs, written
from planning.partition.partition import Partition
from runtime.errors import BusUnreachable
from tests.simulation.mutant import Mutant
from worker import events
from worker.events import TaskEvents

_give = _Inputs.give


def _sends_it_with_every_place(self: Any, name: str, found: Mapping[str, Any], pointer: str) -> str:
    asset_id = _give(self, name, found, pointer)
    self.first[pointer] = self._known[name]
    self.again.clear()
    return asset_id


def _goes_on_as_before(self: Any, job: Any, commands: Any, at_ms: int) -> Any:
    return commands


async def _waits_for_a_broker_that_refuses(self: Any, order: Any, result: Any) -> None:
    while True:
        try:
            return await self._append(order, result)  # type: ignore[no-any-return]
        except (BusUnreachable, events.RecordTooLarge):
            await asyncio.sleep(1.0)


SIZE_MUTANTS = (
    Mutant(
        "a fact over its budget is sent whole",
        ((reduce, "keep_texts", lambda job: None), (facts, "fit_ending", lambda fact, makers: fact)),
    ),
    Mutant("texts are left out and nobody is told", ((facts, "texts_left_out", lambda job: ()),)),
    Mutant("orders are not measured", ((dispatch, "order", written),)),
    Mutant("an asset is sent with each of its places", ((_Inputs, "give", _sends_it_with_every_place),)),
    Mutant(
        "a record that is too large is tried for ever", ((Partition, "_with_few_bytes", _goes_on_as_before),)
    ),
    Mutant(
        "a result that is too large is told for ever",
        ((TaskEvents, "ended", _waits_for_a_broker_that_refuses),),
        real=True,
    ),
)
