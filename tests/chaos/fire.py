"""One run under fire: requests go in, faults happen, and when it is calm again everything is counted."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import subprocess
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.diary import Diary
from tests.chaos.faults import ON_PROCESSES, ON_SERVERS, Fault, Scene, kill
from tests.chaos.ground import Ground
from tests.chaos.hearing import Heard, Hearing
from tests.chaos.judge import DANGLING, Verdict, judge
from tests.chaos.load import Load
from tests.chaos.requesting import Requester

A_FEW_JOBS = 4
"""So many are always open: a fault is over when the next fact is told, so there must be one to tell."""
DEAD_AT_ONCE = 2
ROUNDS = 3
TELL_EVERY_S = 20.0
RECOVERS_WITHIN_S = 90.0
"""After this long without a fact the run goes on with the next fault; the judge will say what is wrong."""


@dataclass(frozen=True)
class Plan:
    """How large a run is at least; kills and faults are spread over its jobs, so that no job is made in peace.

    Requests are made for `within_s` at most; then it is calm, and what is open has `settles_within_s` to end.
    """

    jobs: int
    kills: int
    seed: int
    open_jobs: int = 150
    film_every: int = 0
    kill_every_s: tuple[float, float] = (2.0, 5.0)
    outage_s: float = 3.0
    within_s: float = 1080.0
    settles_within_s: float = 180.0
    on_processes: Sequence[Fault] = ON_PROCESSES
    on_servers: Sequence[Fault] = ON_SERVERS


@dataclass
class Run:
    """A run and what is known of it so far."""

    ground: Ground
    plan: Plan
    diary: Diary
    recoveries_s: dict[str, float] = field(default_factory=dict)
    _ended: set[tuple[str, int]] = field(default_factory=set)
    _left: set[Fault] = field(default_factory=set)
    _late: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan = self.plan
        self._draw = random.Random(plan.seed)
        self._requester = Requester(self.ground.bootstrap)
        self._load = Load(self._requester, plan.seed, film_every=plan.film_every)
        self._hearing = Hearing(self.ground.bootstrap, "media.jobs", self._hear)
        self._scene = Scene(self.ground, self.diary, self._draw, plan.outage_s)
        self._left = {*plan.on_processes, *plan.on_servers}

    async def run(self) -> dict[str, Any]:
        """Do it all and return the figures."""
        self.diary.say(f"seed {self.plan.seed}: {self.plan.jobs} jobs, at least {self.plan.kills} kills")
        begun = time.monotonic()
        listening = asyncio.create_task(self._hearing.follow())
        telling = asyncio.create_task(self._progress())
        fire = [
            asyncio.create_task(part)
            for part in (
                self._kill(),
                self._inject(self.plan.on_processes),
                self._inject(self.plan.on_servers),
            )
        ]
        try:
            try:
                async with asyncio.timeout(self.plan.within_s) as limit:
                    await self._unless_broken(self._feed(), fire)
            except TimeoutError:
                if not limit.expired():
                    raise
                self.diary.say("time is up before all requests were made")
            await self._cease(fire)
            await self._settle()
        finally:
            for task in (listening, telling, *fire, *self._late):
                task.cancel()
            await asyncio.wait([listening, telling, *fire])
            await self._requester.stop()
        return await self._count(time.monotonic() - begun)

    def _hear(self, heard: Heard) -> None:
        if heard.ends:
            self._ended.add((str(heard.data["job_id"]), int(heard.data["run"])))

    async def _unless_broken(self, feeding: Awaitable[None], fire: Sequence[asyncio.Task[None]]) -> None:
        """Feed, and stop at once when a fault itself fails: what it left would make the rest worthless."""
        fed = asyncio.ensure_future(feeding)
        try:
            done, _ = await asyncio.wait([fed, *fire], return_when=asyncio.FIRST_COMPLETED)
        finally:
            fed.cancel()
        for task in done:
            task.result()

    async def _feed(self) -> None:
        """Keep some jobs open until all that was planned has happened, never further with jobs than with kills and faults."""
        while not self._complete():
            early = len(self._load.book.jobs) > self._allowed()
            if self._open() >= (A_FEW_JOBS if early else self.plan.open_jobs):
                await asyncio.sleep(0.05)
                continue
            job_id = await self._load.submit()
            chance = self._draw.random()
            if chance < 0.05:
                self._late.append(asyncio.create_task(self._cancel(job_id)))
            elif chance < 0.09:
                self._late.append(asyncio.create_task(self._replay(job_id)))
            elif chance < 0.14:
                await self._load.request_wrongly()

    def _open(self) -> int:
        return len(self._load.book.jobs) - self._ended_jobs()

    def _allowed(self) -> float:
        """How many jobs may have been requested by now."""
        faults = len({*self.plan.on_processes, *self.plan.on_servers})
        happened = (faults - len(self._left)) / faults if faults else 1.0
        room = self.plan.jobs - self.plan.open_jobs
        return room * min(1.0, happened, self._killed()) + self.plan.open_jobs

    def _killed(self) -> float:
        """How much of the planned kills has happened."""
        return self.diary.kills.total() / self.plan.kills if self.plan.kills else 1.0

    def _done(self) -> float:
        """How much of the planned jobs has ended."""
        return self._ended_jobs() / self.plan.jobs

    def _ended_jobs(self) -> int:
        return sum(1 for _, run in self._ended if run == 1)

    async def _cancel(self, job_id: str) -> None:
        await asyncio.sleep(self._draw.uniform(0.0, 2.0))
        await self._load.cancel(job_id)

    async def _replay(self, job_id: str) -> None:
        while (job_id, 1) not in self._ended:
            await asyncio.sleep(0.5)
        await self._load.replay(job_id)

    async def _kill(self) -> None:
        """Kill one process after the other, no faster than jobs end and the dead come back: machines differ."""
        while True:
            await asyncio.sleep(self._draw.uniform(*self.plan.kill_every_s))
            members = self.ground.members()
            while (
                sum(not member.running for member in members) > DEAD_AT_ONCE
                or self._killed() > self._done() + 0.05
            ):
                await asyncio.sleep(0.5)
                members = self.ground.members()
            running = [member for member in members if member.running]
            if running:
                kill(self._scene, self._draw.choice(running))

    async def _progress(self) -> None:
        """Say now and then how far it is."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            self.diary.say(
                f"== {len(self._load.book.jobs)} jobs requested, {self._ended_jobs()} ended, {self.diary.kills.total()} kills, "
                f"{len(self._left)} faults to come, load {os.getloadavg()[0]:.0f}"
            )

    async def _inject(self, faults: Sequence[Fault]) -> None:
        """Let the faults happen one after the other, each after the system got over the last, `ROUNDS` times in a run."""
        for number in itertools.count():
            while self._done() < number / ROUNDS:
                await asyncio.sleep(0.5)
            for fault in self._draw.sample(faults, len(faults)):
                before = len(self.diary.entries)
                await fault(self._scene)
                await self._recover(before)
                self._left.discard(fault)
                await asyncio.sleep(self._draw.uniform(0.5, 2.0))

    async def _recover(self, before: int) -> None:
        """Wait for the first fact after a fault of this task, and note how long that took."""
        took_s = await self._hearing.anything_after(time.monotonic(), RECOVERS_WITHIN_S)
        hand = asyncio.current_task()
        for entry in self.diary.entries[before:]:
            if entry.hand is hand:
                name = f"{entry.fault} {entry.target.partition(':')[0].partition('-')[0]}".strip()
                worst = max(self.recoveries_s.get(name, 0.0), took_s or RECOVERS_WITHIN_S)
                self.recoveries_s[name] = round(worst, 1)
                self.diary.say(f"  {name}: first fact after {took_s or RECOVERS_WITHIN_S:.1f} s")

    async def _cease(self, fire: Sequence[asyncio.Task[None]]) -> None:
        """End all faults; each cleans up behind itself."""
        self.diary.say("all requests are made; no more faults")
        for task in fire:
            task.cancel()
        await asyncio.wait(fire)
        for task in fire:
            if not task.cancelled():
                task.result()
        for extra in self.ground.extras:
            with suppress(ProcessLookupError):
                extra.terminate()
        await self.ground.servers_back()

    async def _settle(self) -> None:
        """Wait until everything has ended; when nothing more comes for long, the judge says what is missing."""
        deadline = time.monotonic() + self.plan.settles_within_s
        if self._late:
            await asyncio.wait(self._late, timeout=self.plan.settles_within_s)
        while not judge(self._load.book, self._hearing.events).clean and time.monotonic() < deadline:
            await asyncio.sleep(1.0)
        self.diary.say("settled")

    async def _count(self, took_s: float) -> dict[str, Any]:
        events = await Hearing(self.ground.bootstrap, "media.jobs", lambda _: None).to_end()
        verdict = judge(self._load.book, events)
        places = {(event.partition, event.offset, event.id) for event in events}
        taken_back = [
            event for event in self._hearing.events if (event.partition, event.offset, event.id) not in places
        ]
        verdict.doubled += [f"event {event.id} was told and taken back" for event in taken_back]
        violations = await self._verify()
        plan, book = self.plan, self._load.book
        for line in (
            *verdict.lost,
            *verdict.doubled,
            *(f"{v['check']} {v['key']}: {v['message']}" for v in violations),
        ):
            self.diary.say(f"WRONG: {line}")
        return self._figures(verdict, violations, took_s) | {
            "jobs": len(book.jobs),
            "requests_repeated": book.repeated,
            "requests_invalid": len(book.invalid),
            "requests_unreadable": book.unreadable,
            "seed": plan.seed,
        }

    def _figures(self, verdict: Verdict, violations: list[dict[str, str]], took_s: float) -> dict[str, Any]:
        dangling = [one for one in violations if one["check"] in DANGLING]
        return {
            "complete": self._complete(),
            "seconds": round(took_s, 1),
            "jobs_per_s": round(len(self._load.book.jobs) / took_s, 2),
            "kills": self.diary.kills.total(),
            "kills_by_kind": dict(sorted(self.diary.kills.items())),
            "lost": len(verdict.lost),
            "doubled": len(verdict.doubled),
            "dangling": len(dangling),
            "violations": len(violations),
            "outcomes": dict(sorted(verdict.outcomes.items())),
            "faults": self.diary.counts(),
            "left_out": self._left_out(),
            "worst_recovery_s": dict(sorted(self.recoveries_s.items())),
            "longest_silence_s": round(self._hearing.longest_silence_s, 1),
            "slowest_stop_s": round(max(self.diary.stops_s, default=0.0), 1),
            "load": round(os.getloadavg()[0], 1),
        }

    def _complete(self) -> bool:
        """Whether all that was planned happened."""
        plan = self.plan
        enough = len(self._load.book.jobs) >= plan.jobs and self.diary.kills.total() >= plan.kills
        return enough and not self._left

    def _left_out(self) -> list[str]:
        """Name what this machine did not allow."""
        missing = [] if self.ground.disks else ["disk full: needs root, to mount"]
        return missing if self.ground.clock else [*missing, "clock jump: not asked for, or no C compiler"]

    async def _verify(self) -> list[dict[str, str]]:
        try:
            gave = await self.ground.reelbus("verify", "--digests", "--settle", "0s", "--json")
        except subprocess.CalledProcessError as error:
            if not error.output.strip():
                raise RuntimeError(error.stderr) from error
            gave = error.output
        found: list[dict[str, str]] = json.loads(gave)
        return found


def summary(name: str, figures: dict[str, Any]) -> str:
    """Return the one line that says how it went."""
    kills = ", ".join(f"{role} {count}" for role, count in figures["kills_by_kind"].items())
    return (
        f"{name}: {figures['jobs']} jobs in {figures['seconds']:.0f} s ({figures['jobs_per_s']} jobs/s), "
        f"{figures['kills']} kills ({kills}), lost {figures['lost']}, doubled {figures['doubled']}, "
        f"dangling {figures['dangling']}, violations {figures['violations']}, "
        f"longest silence {figures['longest_silence_s']} s, slowest stop {figures['slowest_stop_s']} s"
    )
