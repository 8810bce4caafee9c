"""A state that has lost records without a trace is not believed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from consumers.assembly.coordinator.replica import Replica
from planning.partition.records import NEXT_OFFSET, OBEYED, Checkpoint, pack_note, pack_offset

NOTES = {f"{OBEYED}{n}": pack_note(0) for n in range(3)}


def replica(records: Mapping[str, bytes], checkpoint: Checkpoint) -> Replica:
    found = Replica()
    for key, value in (*records.items(), (NEXT_OFFSET, pack_offset(checkpoint))):
        found.take(key.encode(), value, ())
    return found


def test_a_state_with_as_many_records_as_were_counted_is_whole() -> None:
    assert replica(NOTES, Checkpoint(7, 3)).restored().damaged == ()


@pytest.mark.parametrize("counted", [2, 4])
def test_a_state_with_other_records_than_were_counted_is_damaged(counted: int) -> None:
    assert replica(NOTES, Checkpoint(7, counted)).restored().damaged == (NEXT_OFFSET,)


def test_a_state_that_nobody_counted_is_believed() -> None:
    assert replica(NOTES, Checkpoint(7)).restored().damaged == ()
