"""How room is made for an engine that is to be loaded: in memory, and on the device that it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from catalog.models import Model
from engines.host.devices import CPU, roomiest
from engines.host.memory import rss_bytes
from engines.host.residency import Resident, who_leaves
from engines.host.seats import Seat, leave
from runtime.telemetry import get_logger

log = get_logger(__name__)


class Size(NamedTuple):
    """What an engine holds: bytes of memory, and of a device."""

    memory_bytes: int
    device_bytes: int


class Room:
    """What the engines of one worker hold together, and may. One that is being loaded holds what it is expected to."""

    def __init__(
        self, seats: Mapping[str, Seat], memory_bytes: int = 0, devices: Mapping[str, int] | None = None
    ) -> None:
        """Without a limit (0) all fit. `devices` are those that engines are loaded on, with their limits."""
        self._seats, self._limit_bytes = seats, memory_bytes
        self._devices = devices or {CPU: 0}
        self._making = asyncio.Lock()

    def take(self, row: Model, seat: Seat) -> bool:
        """Keep room for an engine if nobody has to leave for it; whether that is so."""
        size = _expected(row, seat)
        device = self._device_for(size, seat)
        if self._making.locked() or self._lacks(seat, device, size):
            return False
        _keep(seat, device, size)
        return True

    async def make(self, row: Model, seat: Seat) -> None:
        """Keep room for an engine: who was not used for longest leaves; those at work end their tasks first.

        Nobody waits for this but engines that are to be loaded.
        """
        async with self._making:
            size = _expected(row, seat)
            device = self._device_for(size, seat)
            while self._lacks(seat, device, size):
                await self._others_leave(row, seat, device, size)
                loading = [other.starting for other in self._others(seat) if other.expects and other.starting]
                if not self._lacks(seat, device, size) or not loading:
                    break  # it fits; or it is tried alone, for what it really takes is known when it is loaded
                await asyncio.wait(loading, return_when=asyncio.FIRST_COMPLETED)
            _keep(seat, device, size)

    async def trim(self, row: Model, seat: Seat) -> None:
        """Let others leave where an engine has turned out to be larger than expected."""
        if seat.host is not None and self._lacks(seat, seat.device, _held(seat)):
            async with self._making:
                await self._others_leave(row, seat, seat.device, _held(seat))

    def _others(self, seat: Seat) -> list[Seat]:
        return [other for other in self._seats.values() if other is not seat]

    def _lacks(self, seat: Seat, device: str, size: Size) -> bool:
        """Whether an engine does not fit beside the others."""
        others = self._others(seat)
        memory_bytes = sum(_held(other).memory_bytes for other in others) + size.memory_bytes
        device_bytes = (
            sum(_held(other).device_bytes for other in others if other.device == device) + size.device_bytes
        )
        limit = self._devices[device]
        return bool(
            (self._limit_bytes and memory_bytes > self._limit_bytes) or (limit and device_bytes > limit)
        )

    def _device_for(self, size: Size, seat: Seat) -> str:
        held = dict.fromkeys(self._devices, 0)
        for other in self._others(seat):
            held[other.device] = held.get(other.device, 0) + _held(other).device_bytes
        return roomiest(self._devices, held, size.device_bytes)

    async def _others_leave(self, row: Model, seat: Seat, device: str, size: Size) -> None:
        names: list[str] = []
        if self._limit_bytes:
            expected = sum(other.expected_bytes for other in self._others(seat) if other.expects)
            found = self._residents(seat, lambda other: _held(other).memory_bytes)
            names += who_leaves(found, size.memory_bytes + expected, self._limit_bytes)
        if limit := self._devices[device]:
            there = [other for other in self._others(seat) if other.device == device]
            expected = sum(other.expected_device_bytes for other in there if other.expects)
            found = self._residents(
                seat, lambda other: _held(other).device_bytes if other.device == device else 0
            )
            on_it = [one for one in found if one.size_bytes and one.name not in names]
            names += who_leaves(on_it, size.device_bytes + expected, limit)
        for name in names:
            held = _held(self._seats[name])
            log.info("host.leaves", engine=name, makes_room_for=row.name, **held._asdict())
            await leave(self._seats[name])

    def _residents(self, seat: Seat, size_of: Callable[[Seat], int]) -> list[Resident]:
        return [
            Resident(name, size_of(other), other.used_s, other.users > 0)
            for name, other in self._seats.items()
            if other is not seat and other.lives
        ]


def _expected(row: Model, seat: Seat) -> Size:
    """Return what an engine is expected to hold: what its row says, else what it held last."""
    return Size(row.memory_bytes or seat.size_bytes, row.device_bytes or seat.device_size_bytes)


def _held(seat: Seat) -> Size:
    """Return what the engine of a place holds now, or is expected to while it is being loaded."""
    host = seat.host
    if host is not None and seat.lives:
        seat.size_bytes, seat.device_size_bytes = rss_bytes(host.pid), host.device_bytes or 0
        return Size(seat.size_bytes, seat.device_size_bytes)
    return Size(seat.expected_bytes, seat.expected_device_bytes) if seat.expects else Size(0, 0)


def _keep(seat: Seat, device: str, size: Size) -> None:
    seat.expects, seat.device = True, device
    seat.expected_bytes, seat.expected_device_bytes = size
