"""What everything that reads pictures shares: the film's size and rate, and what it answers to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engines.composition.losses import Losses
from engines.composition.planes import Picture
from engines.composition.stillcache import Stills

if TYPE_CHECKING:
    from engines.composition.lettering import Lettering


class Reader(Protocol):
    """The picture of one clip."""

    def at(self, moment_s: float, progress: float) -> Picture:
        """Return the picture `moment_s` into the source, and `progress` (0..1) through the clip."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What all readers of a film share: its canvas, letters, stills, and a folder for files of a moment.

    `go_on` may raise to stop a long search.
    """

    size: tuple[int, int]
    lettering: Lettering
    stills: Stills
    folder: Path
    go_on: Callable[[], None]
    losses: Losses = field(default_factory=Losses)
