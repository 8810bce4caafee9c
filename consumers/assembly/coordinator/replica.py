"""What has been read of one partition of `media.state` so far, and what of it is damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bus.cloudevents import Headers
from consumers.assembly.coordinator.ports import Restored
from planning.partition import records
from planning.partition.records import NEXT_OFFSET, Checkpoint, StateIsNewer, StateUnreadable

FORGOTTEN: Sequence[tuple[str, bytes]] = (("reelbus", b"forgotten"),)
"""Headers of our own tombstones: one without them was written by somebody else, and what it removed is lost."""


@dataclass(slots=True)
class Replica:
    """The newest readable record of each key; `position` is where reading goes on."""

    entries: dict[str, bytes] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    position: int = 0
    damaged: set[str] = field(default_factory=set)
    newer: dict[str, str] = field(default_factory=dict)

    def take(self, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Take the next record of the topic, whatever it is."""
        name = (key or b"").decode("utf-8", "replace")
        if not records.is_ours(name):
            return  # nothing that we ever wrote, and nothing that we ever read
        self.damaged.discard(name)
        self.newer.pop(name, None)
        try:
            if value is None:
                self._remove(name, headers)
            elif name == NEXT_OFFSET:
                self.checkpoint = records.unpack_offset(value)
            else:
                records.check(name, value)
                self.entries[name] = value
        except StateUnreadable:
            self.entries.pop(name, None)
            self.damaged.add(name)
        except StateIsNewer as error:
            self.newer[name] = str(error)

    def restored(self) -> Restored:
        """Return what was read, for the partition's owner.

        Raises:
            StateIsNewer: a newer version wrote some of it.
        """
        if self.newer:
            raise StateIsNewer(next(iter(self.newer.values())))
        damaged = set(self.damaged)
        if self.checkpoint is not None and self.checkpoint.entries not in {None, len(self.entries)}:
            damaged.add(NEXT_OFFSET)  # the topic was made anew under its writer, or somebody deleted from it
        return Restored(
            self.entries, self.checkpoint.next_offset if self.checkpoint else None, tuple(damaged)
        )

    def _remove(self, name: str, headers: Headers) -> None:
        self.entries.pop(name, None)
        if name == NEXT_OFFSET:
            self.checkpoint = None
        elif tuple(headers) != tuple(FORGOTTEN):
            raise StateUnreadable("somebody else removed it")
