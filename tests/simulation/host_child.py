"""What runs in a simulated host: an engine that takes its time, hangs, dies and does not load, and the talk with it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.contract import Task
from engines.host import wire
from engines.host.warm_parent import Ended
from runtime.errors import ReelbusError
from tests.simulation.clock import A_MOMENT_S, VirtualLoop, wake
from tests.simulation.engine import FAULTS, PATIENCE_S, SLICE_S, measured, product_of

if TYPE_CHECKING:
    from tests.simulation.hosts import Machine

A_WAY_S = 0.0005
"""What a message takes from one process to the other."""


class Talk:
    """Our end of the socket."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.child: Child | None = None
        self._loop = loop
        self._came: deque[bytes] = deque()
        self._over = False
        self._news: asyncio.Future[None] | None = None

    def put(self, data: bytes) -> None:
        """Something came, or with nothing the end of it."""
        self._came.append(data)
        if self._news is not None:
            wake(self._news)

    async def received(self) -> bytes:
        """Wait for what comes next."""
        while not self._came:
            self._news = self._loop.create_future()
            await self._news
        return self._came.popleft() if self._came[0] else b""

    def send(self, data: bytes | bytearray) -> int:
        child = self.child
        if child is None or not child.alive:
            raise BrokenPipeError
        child.expect(bytes(data))
        child.machine.later(A_WAY_S, child.hear, bytes(data))
        return len(data)

    def setblocking(self, flag: bool) -> None:
        """It never waits."""

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        """Nobody speaks through it any more."""


@dataclass(slots=True, eq=False)
class Call:
    """One task in a host. `told_s` is when it was told to stop; of a batch all are heard of when one says something."""

    number: int
    batch: int
    task: Task
    workdir: Path
    begun_s: float
    length_s: float
    heard_s: float
    measures: bool = False
    deaf: bool = False
    forever: bool = False
    fault: Exception | None = None
    told_s: float | None = None
    reason: str = ""


class Child:
    """The process of one host."""

    def __init__(self, machine: Machine, ended: Ended, talk: Talk) -> None:
        self.machine, self.alive, self.loaded, self.leaving = machine, True, False, False
        self.target = ""
        self.calls: dict[int, Call] = {}
        self.coming: dict[str, None] = {}
        """The folders of tasks that it was given and has not heard of yet: when it dies, its worker cannot know that."""
        self.last: Call | None = None
        """Whose end was told last: its worker may not have heard of it yet."""
        self._ended, self._talk, self._decoder, self._sent = ended, talk, wire.Decoder(), wire.Decoder()
        self._world = machine.process.world
        self._draw, self._luck = self._world.draw, machine.luck
        machine.later(self._draw.uniform(0.005, 0.05), self._hello)

    def expect(self, data: bytes) -> None:
        """Something is on its way to it."""
        for message in self._sent.feed(data):
            if message["kind"] == "generate":
                self.coming |= {fields["workdir"]: None for fields in message["tasks"]}

    def hear(self, data: bytes) -> None:
        """Do what the worker says."""
        for message in self._decoder.feed(data):
            if self.alive:
                self._obey(message)

    def end(self, status: int | None) -> None:
        """Be no more."""
        if self.alive:
            self.alive = False
            self._ended.over(status)
            self.machine.later(A_WAY_S, self._talk.put, b"")  # behind whatever it has said

    def _obey(self, message: wire.Message) -> None:
        kind = message["kind"]
        if kind == "load":
            self._load(message)
        elif kind == "generate":
            first = message["tasks"][0]["call"]
            for fields in message["tasks"]:
                self._begin(fields, first)
        elif kind == "cancel" and (call := self.calls.get(message["call"])) is not None:
            call.told_s, call.reason = self._world.loop.time(), message["reason"]
        elif kind == "unload":
            self.leaving = True
            if not self._luck.bad("host_stays", 0.1):
                self.end(0)

    def _hello(self) -> None:
        if self.alive:
            self._say({"kind": "hello", "pid": 1, "python": "3"})

    def _load(self, message: wire.Message) -> None:
        self.target = message["target"]
        if not self._luck.bad("host_cannot_load", 0.08):
            self.machine.later(self._draw.uniform(0.01, 0.3), self._loaded)
            return
        how = self._draw.choice(("broken", "lacks", "dies", "hangs"))
        self.machine.watch.cannot_load(self)
        if how == "broken":
            self._say({"kind": "broken", "code": "", "message": "", "type": "ValueError"})
        elif how == "lacks":
            self._say({"kind": "broken", "code": "", "message": "", "type": "ImportError", "module": "it"})
        elif how == "dies":
            self.end(-11)

    def _loaded(self) -> None:
        if self.alive:
            self.loaded = True
            self._say({"kind": "loaded", "concurrent": self.machine.hosting.concurrent})

    def _begin(self, fields: dict[str, Any], first: int) -> None:
        draw, luck, now_s = self._draw, self._luck, self._world.loop.time()
        workdir = Path(fields["workdir"])
        self.coming.pop(fields["workdir"], None)
        call = Call(fields["call"], first, self.machine.task(fields["workdir"]), workdir, now_s, 0.0, now_s)
        call.measures = fields["task_id"] == "measured"
        self.calls[call.number] = call
        if call.measures:
            call.length_s = draw.choice((0.01, 0.02, 0.2))
        else:
            call.length_s = draw.choice((0.0, 0.02, 0.2, 0.2, 0.5))
            # Beside one that hangs others take long more often: what becomes of them is the question there.
            hangs = any(other.forever or other.deaf for other in self.calls.values())
            if draw.random() < (0.6 if hangs else 0.1):
                call.length_s = draw.uniform(1.0, 10.0) if draw.random() < 0.9 else draw.uniform(10.0, 60.0)
            call.fault = draw.choice(FAULTS) if luck.bad("worker_fails", 0.06) else None
        if luck.bad("engine_deaf", 0.05):
            call.deaf = True
            call.length_s += draw.uniform(1.0, 12.0)
        others = any(not other.measures for other in self.calls.values() if other is not call)
        if luck.bad("engine_never_returns", 0.03 if call.measures else 0.4 if others else 0.1):
            call.forever = True
            if draw.random() < 0.6:
                order = self.machine.process.watch.order(call.task.task_id)
                self._world.requests.lose_patience(order, draw.uniform(*PATIENCE_S))
        if luck.bad("host_dies", 0.05 if call.measures else 0.1):
            at_s = draw.uniform(0.0, call.length_s + 0.01)
            self.machine.later(at_s, self._dies, draw.choice((-11, -9, 1, "oom", "oom")))
        self._go_on(call)

    def _dies(self, how: int | str) -> None:
        """End by itself: all that it has in hand go with it."""
        if self.alive and self.calls:
            self.machine.watch.died(self, for_memory=how == "oom")
            if how == "oom":
                self.machine.kills += 1
            self.end(how if isinstance(how, int) else -9)

    def _go_on(self, call: Call) -> None:
        if not self.alive or call.number not in self.calls:
            return
        watch, now_s = self.machine.watch, self._world.loop.time()
        watch.goes_on(self, call)
        left_s = call.length_s - (now_s - call.begun_s)
        if call.forever:
            self.machine.later(2 * SLICE_S, self._go_on, call)
            return
        if not call.deaf:
            if call.told_s is not None:
                self._fails(call, {"code": "cancelled", "message": call.reason})
                return
            done, total = int((now_s - call.begun_s) * 1000), int(call.length_s * 1000)
            self._say_of(call, {"kind": "step", "done": done, "total": total, "stage": "making"})
        if left_s > A_MOMENT_S:
            self.machine.later(min(SLICE_S, left_s), self._go_on, call)
        elif call.fault is not None:
            watch.engine_fails(self.machine.process, call.task)
            known = call.fault if isinstance(call.fault, ReelbusError) else None
            words = {"code": known.code.value if known else "", "message": "it broke", "type": "ValueError"}
            self._fails(call, words)
        else:
            self._gives(call)

    def _fails(self, call: Call, words: dict[str, Any]) -> None:
        self._say_of(call, {"kind": "failed", **words})
        self.last = self.calls.pop(call.number)

    def _gives(self, call: Call) -> None:
        path = call.workdir / "product"
        if not call.workdir.is_dir():
            self._fails(call, {"code": "", "message": "", "type": "OSError", "errno": 2})
            return  # nobody waits for it any more
        if call.measures:
            path.write_text(json.dumps(measured(self.machine.given[str(call.workdir)])))
            product: dict[str, Any] = {"media_type": "application/json", "role": None, "text": None}
        else:
            self.machine.watch.runs += 1
            one = product_of(call.task, path, self.machine.watch.runs)
            product = {"media_type": one.media_type, "role": one.role, "text": one.text}
        products = [{"path": str(path), **product}]
        self._say_of(call, {"kind": "result", "products": products, "degraded": []})
        self.last = self.calls.pop(call.number)

    def _say_of(self, call: Call, message: wire.Message) -> None:
        for other in self.calls.values():
            if other.batch == call.batch:
                other.heard_s = self._world.loop.time()
        self._say({**message, "call": call.number})

    def _say(self, message: wire.Message) -> None:
        self.machine.later(A_WAY_S, self._talk.put, wire.encode(message))
