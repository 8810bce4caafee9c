"""What a planted mistake is, and how long it lives."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from tests.simulation.plan import Plan
from tests.simulation.run import once

Change = tuple[object, str, Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted mistake: what it is called, and which names mean something else while it lives.

    One in a worker's code (`real`) is hunted in schedules with real workers, the others where workers are modelled.
    """

    name: str
    changes: tuple[Change, ...]
    real: bool = False

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """Plant the mistake for a while."""
        with contextlib.ExitStack() as stack:
            for owner, name, wrong in self.changes:
                stack.enter_context(patch.object(owner, name, wrong))
            yield


@dataclass(frozen=True, slots=True)
class Catch:
    """How long a mutant lived: it was found by the schedule of this number, counted from the first of the slice."""

    name: str
    schedules: int
    took_s: float
    violation: str

    def row(self) -> str:
        """The catch as a row of the table."""
        return f"{self.name:<54}{self.found_by:>6}  {self.took_s:6.2f} s  {self.short}"

    @property
    def found_by(self) -> str:
        """The number of the schedule that found it."""
        return str(self.schedules) if self.violation else "never"

    @property
    def short(self) -> str:
        """What was wrong, with ids cut to their first letters."""
        short = re.sub(r"\b([0-9a-f]{8})-[0-9a-f-]{27}\b", r"\1", self.violation)
        return short if len(short) <= 100 else f"{short[:99]}…"


def hunt(mutant: Mutant, schedules: int, first: int = 0) -> Catch:
    """Run schedules with the mutant alive until one fails."""
    begun = time.process_time()
    with mutant.alive():
        for number in range(schedules):
            plan = Plan(first + number)
            if mutant.real != plan.real:
                continue
            found = once(plan).violations
            if found:
                return Catch(mutant.name, number + 1, time.process_time() - begun, found[0])
    return Catch(mutant.name, schedules, time.process_time() - begun, "")
