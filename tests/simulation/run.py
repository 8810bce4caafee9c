"""How schedules are run, counted, repeated and made small."""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat
from multiprocessing import get_context
from typing import Any, NoReturn

import structlog

from tests.simulation.crowd import crowd
from tests.simulation.plan import FAULTS, Plan
from tests.simulation.process import Crashed
from tests.simulation.world import Outcome, World

SHRINK_S = 20.0
SLICE_SCHEDULES = 20_000
"""So many schedules are part of the tests."""
BLOCK = 250
"""So many schedules are given to a process at a time."""
CROWDED = 20
"""Beside every so many schedules many want the same few workers."""
SAY_EVERY_S = 30.0


@dataclass(slots=True)
class Tally:
    """What a run of many schedules came to."""

    schedules: int = 0
    events: int = 0
    took_s: float = 0.0
    virtual_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[Plan, Outcome]] = field(default_factory=list)

    def add(self, part: Tally) -> None:
        """Count another run to this one."""
        self.schedules += part.schedules
        self.events += part.events
        self.took_s += part.took_s
        self.virtual_s += part.virtual_s
        self.faults += part.faults
        self.failures += part.failures

    def line(self) -> str:
        """The run in one line."""
        rate = self.schedules / max(self.took_s, 1e-9)
        return (
            f"{self.schedules} schedules, {self.events} events, {sum(self.faults.values())} faults, "
            f"{self.virtual_s / 3600:.1f} hours of virtual time in {self.took_s:.1f} s of CPU: {rate:.0f} schedules/s, "
            f"{len(self.failures)} failures"
        )


@contextmanager
def quiet(noted: list[str]) -> Iterator[None]:
    """Keep the coordinator's log lines off the screen, and what dead coroutines shout; its errors are noted."""
    before, hook = structlog.get_config(), sys.unraisablehook

    def note(_: object, __: str, event: MutableMapping[str, Any]) -> NoReturn:
        if event.get("event") != "work.engine_raised" and not isinstance(event.get("exc_info"), Crashed):
            noted.append(
                f"logged: {event.get('event')} {event.get('detail', '')} {event.get('exc_info', '')}"
            )
        raise structlog.DropEvent

    structlog.configure(processors=[note], wrapper_class=structlog.make_filtering_bound_logger(40))
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        structlog.configure(**before)
        sys.unraisablehook = hook


def once(plan: Plan) -> Outcome:
    """Run one schedule."""
    noted: list[str] = []
    random.seed(plan.seed)  # the store's pauses have a jitter
    with quiet(noted):
        # Coroutines that a dead process left half way end when they are collected: here, and not in a later schedule.
        gc.disable()
        try:
            return _once(plan, noted)
        finally:
            gc.collect(0)  # nothing of this schedule has grown older yet
            gc.enable()


def _once(plan: Plan, noted: list[str]) -> Outcome:
    world = World(plan)
    world.violations = noted
    outcome = world.run()
    if plan.seed % CROWDED == 0:
        outcome = replace(outcome, violations=(*outcome.violations, *crowd(plan.seed)))
    return outcome


def many(seeds: Iterable[int], base: Plan) -> Tally:
    """Run schedules until the seeds end or one fails."""
    tally = Tally()
    begun = time.process_time()
    for seed in seeds:
        plan = replace(base, seed=seed)
        outcome = once(plan)
        tally.schedules += 1
        tally.events += outcome.events
        tally.virtual_s += outcome.took_s
        tally.faults += outcome.faults
        if outcome.violations:
            tally.failures.append((plan, outcome))
            break
    tally.took_s = time.process_time() - begun
    return tally


def many_at_once(
    seeds: range, base: Plan, *, processes: int = 2, say: Callable[[str], None] = print
) -> Tally:
    """Run schedules in several processes until the seeds end or one fails; say now and then how far it is."""
    tally = Tally()
    said = time.monotonic()
    blocks = [seeds[start : start + BLOCK] for start in range(0, len(seeds), BLOCK)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for block, part in zip(blocks, pool.map(many, blocks, repeat(base)), strict=True):
            tally.add(part)
            if tally.failures:
                pool.shutdown(cancel_futures=True)
                break
            if time.monotonic() - said > SAY_EVERY_S:
                said = time.monotonic()
                say(f"{tally.line()}; go on later with --seed {block.stop}")
    return tally


def shrink(plan: Plan, within_s: float = SHRINK_S) -> Plan:
    """Return a smaller plan that still fails: fewer faults, fewer kinds of them, fewer jobs."""
    ends = time.process_time() + within_s

    def fails(candidate: Plan) -> bool:
        return time.process_time() < ends and bool(once(candidate).violations)

    best, changed = plan, True
    while changed and time.process_time() < ends:
        changed = False
        candidates = [replace(best, faults=n) for n in range(best.faults)]
        candidates += [replace(best, jobs=n) for n in range(1, best.jobs)]
        candidates += [replace(best, without=best.without | {f}) for f in FAULTS if once(best).faults[f]]
        for candidate in candidates:
            if fails(candidate):
                best, changed = candidate, True
                break
    return best


def explain(plan: Plan, outcome: Outcome) -> str:
    """What went wrong in a schedule, and how to see it again."""
    lines = [f"seed {plan.seed} fails:", *(f"  {violation}" for violation in outcome.violations[:8])]
    lines += [f"  faults: {dict(outcome.faults)}", f"  {plan.command()}"]
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--schedules", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay", type=int, default=None, help="run exactly this seed")
    parser.add_argument("--jobs", type=int, default=Plan(0).jobs)
    parser.add_argument("--faults", type=int, default=Plan(0).faults)
    parser.add_argument("--without", default="", help="faults that shall not happen, by name")
    given = parser.parse_args(words)
    base = Plan(0, given.jobs, given.faults, frozenset(filter(None, given.without.split(","))))
    if given.replay is not None:
        plan = replace(base, seed=given.replay)
        outcome = once(plan)
        print(
            explain(plan, outcome)
            if outcome.violations
            else f"seed {plan.seed} holds, {dict(outcome.faults)}"
        )
        return bool(outcome.violations)
    seeds = range(given.seed, given.seed + given.schedules)
    tally = many_at_once(seeds, base, processes=given.processes)
    print(tally.line())
    print(f"faults: {dict(tally.faults.most_common())}")
    for plan, outcome in tally.failures:
        print(explain(plan, outcome))
        smaller = shrink(plan)
        if smaller != plan:
            print("made smaller:")
            print(explain(smaller, once(smaller)))
    return bool(tally.failures)
