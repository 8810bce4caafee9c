"""What can be done to a system: each fault begins, lasts, is noted, and leaves nothing of itself behind."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from infra.local.child import terminate
from runtime.errors import ReelbusError
from tests.chaos.diary import Diary
from tests.chaos.ground import Ground, Member, gone, send_signal
from tests.chaos.proxy import END_TXN, JOIN_GROUP, OFFSET_COMMIT, PRODUCE, Proxy, http, kafka

PAUSE_S = 12.0
"""Longer than a lease (6 s), than the coordinators' session (6 s) and than the workers' (10 s)."""
STOP_WITHIN_S = 10.0
"""What a process may take from SIGTERM to its end."""
SHIFT_S = 300
"""How far clocks jump."""


@dataclass(frozen=True)
class Scene:
    """Where faults play: on which ground, noted where, drawn from what; `outage_s` is how long a server is away."""

    ground: Ground
    diary: Diary
    draw: random.Random
    outage_s: float = 3.0


Fault = Callable[[Scene], Awaitable[None]]


def kill(scene: Scene, member: Member) -> bool:
    """Kill one process with SIGKILL; the supervisor starts another."""
    with scene.diary.fault("kill", member.name):
        killed = send_signal(member.pid, signal.SIGKILL)
    if killed:
        scene.diary.killed(member.role)
    return killed


async def pause(scene: Scene) -> None:
    """Stop one process until everybody thinks that it is dead, then let it go on."""
    running = [member for member in scene.ground.members() if member.running]
    if not running:
        return
    member = scene.draw.choice(running)
    with scene.diary.fault("pause", member.name):
        try:
            send_signal(member.pid, signal.SIGSTOP)
            await asyncio.sleep(PAUSE_S)
        finally:
            send_signal(member.pid, signal.SIGCONT)


async def rolling_restart(scene: Scene) -> None:
    """Ask every process to stop, one after the other, each when the one before it is back."""
    with scene.diary.fault("rolling restart"):
        for name in [member.name for member in scene.ground.members()]:
            member = next((m for m in scene.ground.members() if m.name == name), None)
            if member is None:
                continue  # it was killed this very moment
            await stop(scene, member)
            await back(scene.ground, name, within_s=30.0)


async def stop(scene: Scene, member: Member) -> float:
    """Ask one process to stop and return how long it took; one that takes longer is a failure of the run."""
    asked = time.monotonic()
    if not send_signal(member.pid, signal.SIGTERM):
        return 0.0
    ended = await gone(member.pid, STOP_WITHIN_S + 5.0)
    took_s = time.monotonic() - asked
    scene.diary.stops_s.append(took_s)
    scene.diary.say(f"  {member.name} stopped in {took_s:.1f} s")
    assert ended, f"{member.name} did not stop in {took_s:.1f} s"
    return took_s


async def back(ground: Ground, name: str, within_s: float) -> None:
    """Wait until a process of this name is ready, for a while: another fault may be in its way."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not any(m.name == name and m.running for m in ground.members()):
                await asyncio.sleep(0.1)


async def storm(scene: Scene) -> None:
    """Let more processes join and leave every second or two, some in order and some killed."""
    with scene.diary.fault("rebalance storm"):
        for _ in range(6):
            role = scene.draw.choice(("coordinator", "text", "image", "audio", "intake"))
            extra = await scene.ground.join(role)
            await asyncio.sleep(scene.draw.uniform(1.0, 3.0))
            leaving = [one for one in scene.ground.extras if one.returncode is None][:-2]
            for one in leaving:
                _leave(scene, one, role)
            scene.diary.say(f"  {role} {extra.pid} joined, {len(leaving)} left")
        for one in scene.ground.extras:
            _leave(scene, one, "extra")
        await asyncio.gather(*(one.wait() for one in scene.ground.extras))
        scene.ground.extras.clear()


def _leave(scene: Scene, one: asyncio.subprocess.Process, role: str) -> None:
    with suppress(ProcessLookupError):
        if scene.draw.random() < 0.5:
            one.kill()
            scene.diary.killed("extra")
        else:
            one.terminate()


async def clocks_ahead(scene: Scene) -> None:
    """Move the clocks of all processes ahead, and back."""
    await _clocks(scene, SHIFT_S)


async def clocks_behind(scene: Scene) -> None:
    """Move the clocks of all processes back, and ahead again."""
    await _clocks(scene, -SHIFT_S)


async def _clocks(scene: Scene, shift_s: int) -> None:
    clock = scene.ground.clock
    if clock is None:
        return
    with scene.diary.fault("clock ahead" if shift_s > 0 else "clock behind", f"{abs(shift_s)} s"):
        try:
            clock.move(shift_s)
            await asyncio.sleep(PAUSE_S)
        finally:
            clock.move(0)


def restarted(name: str) -> Fault:
    """Return the fault that ends a server in order and starts it again."""

    async def fault(scene: Scene) -> None:
        server = scene.ground.server(name)
        if server is not None:
            with scene.diary.fault("clean restart", name):
                await asyncio.to_thread(terminate, server, grace_s=15.0)
                await asyncio.sleep(scene.outage_s)
                await scene.ground.servers_back()

    return fault


def killed(name: str) -> Fault:
    """Return the fault that kills a server with SIGKILL and starts it again."""

    async def fault(scene: Scene) -> None:
        server = scene.ground.server(name)
        if server is not None:
            with scene.diary.fault("kill -9", name):
                send_signal(server.pid, signal.SIGKILL)
                scene.diary.killed(name)
                await gone(server.pid, 5.0)
                await asyncio.sleep(scene.outage_s)
                await scene.ground.servers_back()

    return fault


def paused(name: str) -> Fault:
    """Return the fault that stops a server for longer than a lease, and lets it go on."""

    async def fault(scene: Scene) -> None:
        server = scene.ground.server(name)
        if server is not None:
            with scene.diary.fault("pause", name):
                try:
                    send_signal(server.pid, signal.SIGSTOP)
                    await asyncio.sleep(scene.outage_s + 4.0)
                finally:
                    send_signal(server.pid, signal.SIGCONT)

    return fault


def _door(ground: Ground, name: str) -> Proxy:
    return ground.broker_door if name == "broker" else ground.store_door


def slowed(name: str) -> Fault:
    """Return the fault that makes every chunk to and from a server late."""

    async def fault(scene: Scene) -> None:
        door = _door(scene.ground, name)
        with scene.diary.fault("latency", name):
            try:
                door.latency_s = scene.draw.uniform(0.05, 0.2)
                await asyncio.sleep(scene.outage_s + 2.0)
            finally:
                door.latency_s = 0.0

    return fault


def cut(name: str) -> Fault:
    """Return the fault that resets every connection to a server."""

    async def fault(scene: Scene) -> None:
        with scene.diary.fault("connections cut", name) as entry:
            entry.target = f"{name}: {_door(scene.ground, name).cut()} connections"

    return fault


def half_open(name: str) -> Fault:
    """Return the fault that leaves every connection to a server half open."""

    async def fault(scene: Scene) -> None:
        with scene.diary.fault("half open", name) as entry:
            entry.target = f"{name}: {_door(scene.ground, name).freeze()} connections"

    return fault


def replies_lost(name: str) -> Fault:
    """Return the fault that forwards requests which change something, and drops the replies to them."""
    requests = [kafka(PRODUCE), kafka(END_TXN), kafka(OFFSET_COMMIT, JOIN_GROUP)]

    async def fault(scene: Scene) -> None:
        door = _door(scene.ground, name)
        with scene.diary.fault("replies lost", name) as entry:
            before = door.lost_replies
            try:
                for request in requests if name == "broker" else [http("PUT")]:
                    door.lose_replies(request)
                    await asyncio.sleep(max(scene.outage_s / 2, 1.0))
            finally:
                door.lose_replies(None)
            entry.target = f"{name}: {door.lost_replies - before} replies"
            scene.diary.say(f"  {entry.target} lost")

    return fault


def disk_full(name: str) -> Fault:
    """Return the fault that leaves no byte on the disk of broker, store or workers."""

    async def fault(scene: Scene) -> None:
        disk = scene.ground.disks.get(name)
        if disk is None:
            return
        with scene.diary.fault("disk full", name):
            try:
                await asyncio.to_thread(disk.fill)
                await asyncio.sleep(scene.outage_s + 1.0)
            finally:
                await asyncio.to_thread(disk.free)
            # A broker that cannot write ends itself, perhaps only now.
            await asyncio.sleep(1.0)
            with suppress(ReelbusError):
                await scene.ground.servers_back()
            await scene.ground.servers_back()

    return fault


ON_PROCESSES: tuple[Fault, ...] = (storm, clocks_ahead, pause, rolling_restart, clocks_behind, pause)
ON_SERVERS: tuple[Fault, ...] = (
    *(
        fault(name)
        for fault in (killed, replies_lost, slowed, cut, restarted, half_open, paused, disk_full)
        for name in ("broker", "store")
    ),
    disk_full("scratch"),
)
