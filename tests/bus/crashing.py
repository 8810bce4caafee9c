"""A process that handles records and ends by some of them: `python -m tests.bus.crashing BOOTSTRAP TOPIC GROUP OUT`.

It appends to OUT what it handles and what it gives up, one a line, and ends in order when it has read "stop".
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bus.circuit_breaker import CircuitBreakers
from bus.cloudevents import PLAIN_TYPE, Event, Record
from bus.subscriber import Subscriber
from bus.unreadable import DlqReason
from runtime.errors import BusUnreachable


class Handler:
    """Handles records by what they say of themselves."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.app: Subscriber | None = None

    def note(self, text: str) -> None:
        with self.out.open("a") as file:
            file.write(text + "\n")

    async def handle(self, events: Sequence[Event]) -> None:
        for event in events:
            name = str(event.data["name"])
            self.note(f"begin {name}")
            if name.startswith("kills"):
                os.kill(os.getpid(), signal.SIGKILL)
            if name.startswith("fills"):
                raise MemoryError
            if name == "outage":  # the world is away when somebody kills the process
                asyncio.get_running_loop().call_later(1.0, os.kill, os.getpid(), signal.SIGKILL)
                raise BusUnreachable
            if name == "waits":  # it is asked to stop meanwhile
                await asyncio.sleep(3600)
        for event in events:
            self.note(f"done {event.data['name']}")
            if event.data["name"] == "stop" and self.app is not None:
                self.app.stop()

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        self.note(f"given up {record.offset} {reason}")


async def main(bootstrap: str, topic: str, group: str, out: str) -> None:
    """Serve until a record says stop, or until SIGTERM."""
    handler = Handler(Path(out))
    app = handler.app = Subscriber(
        bootstrap,
        topic,
        group,
        handler.handle,
        handler,
        types={PLAIN_TYPE},
        plain_ok=True,
        breakers=CircuitBreakers(patience_s=0),
        heartbeat_ms=200,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.stop)
    await app.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
