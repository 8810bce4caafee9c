"""What is done to one system: a message twice, three kills of its workers, and a kill of its server."""

from __future__ import annotations

import os
import random
import time
from typing import Any

from benchmarks.peers.diary import TASKS, Line
from benchmarks.peers.on_reelbus import Reelbus
from benchmarks.peers.on_restate import Restate
from benchmarks.peers.outcome import begun, outcome
from benchmarks.peers.system import System

TASK_S = 0.05
SLOW_TASK_S = 1.0
"""One of the five tasks of the job whose message comes twice: time to see whether the join waits for it."""
KILLS = 3
STALLED_AFTER_S = 20.0
"""Without a new task for this long, the next kill comes anyway."""
QUIET_S = 12.0
"""Without any line for this long, the next system begins; this one goes on waiting."""
SECOND_LOOK_S = 3.0

KILLED, TWICE, SERVER = "killed", "twice", "server"


class Trial:
    """One system and what is done to it."""

    def __init__(self, system: System, jobs: int, seed: int, patience_s: float) -> None:
        self.system = system
        self._jobs = jobs
        self._draw = random.Random(seed)
        self._patience_s = patience_s
        self._last_kill_s = 0.0
        self._stopped = False
        self._load = 0.0

    def work(self) -> None:
        """Do everything to it, and stop it when all its jobs have joined."""
        self._load = round(os.getloadavg()[0], 1)
        self.system.start()
        self._one_message_twice()
        self._kill_workers()
        keeps_its_word = isinstance(self.system, Restate | Reelbus)
        if self._settled(KILLED, self._patience_s if keeps_its_word else QUIET_S):
            if keeps_its_word:
                self._kill_server()
                self._settled(SERVER, self._patience_s)
            self._stop()

    def wait(self) -> None:
        """Give the jobs that have not joined the rest of their time."""
        if self._stopped:
            return
        left_s = self._last_kill_s + self._patience_s - time.monotonic()
        self.system.wait_until(lambda diary: not outcome(diary, KILLED).lost, max(left_s, 0.0))
        time.sleep(SECOND_LOOK_S)
        self._stop()

    def told(self) -> str:
        """Say in words what became of the jobs so far."""
        row = self.row()
        return "  ".join(f"{name} {value}" for name, value in row.items() if name not in {"name", "settings"})

    def row(self) -> dict[str, Any]:
        """Return the figures."""
        diary = self.system.diary()
        twice = outcome(diary, TWICE)
        killed = self._figures(diary, KILLED)
        row = {"name": self.system.name, "settings": self.system.settings, **killed}
        row["twice"] = {"joins": _joins(diary), "ended_at_join": _ended_at_join(diary), "again": twice.again}
        row["load"] = self._load
        row["server"] = self._figures(diary, SERVER) if outcome(diary, SERVER).asked else None
        return row

    def _one_message_twice(self) -> None:
        lengths = [TASK_S] * (TASKS - 1) + [SLOW_TASK_S]
        self.system.ask_with_a_repeat(TWICE, lengths)
        self.system.wait_until(lambda diary: outcome(diary, TWICE).joined > 0, 60.0)
        time.sleep(SECOND_LOOK_S)

    def _kill_workers(self) -> None:
        self.system.ask("flood", KILLED, self._jobs, [TASK_S])
        for moment in self._moments(KILLS):
            self._await_tasks(KILLED, moment)
            self.system.kill_workers()
            self._last_kill_s = time.monotonic()
            self.system.start_workers()
        self.system.clients_done()

    def _kill_server(self) -> None:
        self.system.ask("flood", SERVER, self._jobs, [TASK_S])
        self.system.clients_done()
        self._await_tasks(SERVER, self._moments(1)[0])
        self.system.kill_server()

    def _moments(self, count: int) -> list[int]:
        """Return, for each kill, after how many tasks it comes: one in each part of the first four fifths."""
        part = self._jobs * TASKS * 4 // 5 // count
        return [part * number + self._draw.randrange(part // 5, part) for number in range(count)]

    def _await_tasks(self, name: str, moment: int) -> None:
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < STALLED_AFTER_S:
            count = begun(self.system.diary(), name)
            if count >= moment:
                return
            if count > seen:
                seen, since = count, time.monotonic()
            time.sleep(0.01)

    def _settled(self, name: str, quiet_s: float) -> bool:
        """Wait until every job has joined, or nothing happens any more; say which, after a second look."""
        lines, since = 0, time.monotonic()
        while time.monotonic() - since < quiet_s:
            diary = self.system.diary()
            if not outcome(diary, name).lost:
                time.sleep(SECOND_LOOK_S)
                return True
            if len(diary) > lines:
                lines, since = len(diary), time.monotonic()
            time.sleep(0.05)
        return False

    def _figures(self, diary: list[Line], name: str) -> dict[str, Any]:
        found = outcome(diary, name)
        return {
            "jobs": found.asked,
            "joined": found.joined,
            "lost": found.lost,
            "doubled": found.doubled,
            "early": found.early,
            "again": found.again,
            "last_join_s": round(found.took_s, 1) if found.took_s is not None else None,
        }

    def _stop(self) -> None:
        self.system.stop()
        self._stopped = True


def _joins(diary: list[Line]) -> int:
    return sum(line.kind == "joined" and line.job == f"{TWICE}-0" for line in diary)


def _ended_at_join(diary: list[Line]) -> int:
    """Return how many of the five tasks had ended when the job joined first."""
    ended: set[int] = set()
    for line in diary:
        if line.job == f"{TWICE}-0" and line.kind == "ended":
            ended.add(line.task)
        if line.job == f"{TWICE}-0" and line.kind == "joined":
            break
    return len(ended)
