"""The place of one engine among the hosts of a worker: its process, who uses it, and when the next one may begin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from engines.host.batches import Batches
from engines.host.devices import CPU
from engines.host.process import LOOK_S, Host

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
"""What a host that died waits before it begins again: nothing once, then longer with each death without a result."""


@dataclass(slots=True)
class Seat:
    """The place of one engine's host."""

    host: Host | None = None
    starting: asyncio.Task[Host] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    deaths: int = 0
    not_before_s: float = 0.0
    resting: asyncio.TimerHandle | None = None
    used_s: float = 0.0
    size_bytes: int = 0
    device_size_bytes: int = 0
    """What its host held of memory and of its device when that was looked at last."""
    device: str = CPU
    expects: bool = False
    """Whether room is kept for a host that is being loaded: `expected_bytes`, and `expected_device_bytes` of the device."""
    expected_bytes: int = 0
    expected_device_bytes: int = 0
    batches: Batches | None = None
    checks_per_s: float | None = None

    @property
    def lives(self) -> bool:
        """Whether its host is there, and takes tasks."""
        return self.host is not None and not self.host.dead


async def leave(seat: Seat) -> None:
    """Unload an engine: at once where nobody needs it, else after it has served those for whom it was loaded."""
    host = seat.host
    while host is not None and seat.users and not host.used and not host.dead:  # noqa: ASYNC110  # or they go away
        await asyncio.sleep(LOOK_S)
    if host is not None:
        host.dead = True  # no task goes to it any more
        await host.idle.wait()
        await host.close()


def died(seat: Seat) -> None:
    """Count a death: the next host begins later with each of them."""
    seat.deaths += 1
    pause_s = FIRST_PAUSE_S * 2 ** min(seat.deaths - 2, 10) if seat.deaths > 1 else 0.0
    seat.not_before_s = asyncio.get_running_loop().time() + min(pause_s, LONGEST_PAUSE_S)
