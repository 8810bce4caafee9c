"""How a process answers `/health`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
import json
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

_READ_WITHIN_S = 5.0


class Readiness(Protocol):
    """What can say whether the process is able to work."""

    @property
    def ready(self) -> bool:
        """Whether all of it is."""

    def state(self) -> dict[str, bool]:
        """Each part's answer."""

    def reasons(self) -> list[str]:
        """What stands in the way, in words."""

    def stuck(self) -> list[str]:
        """Which loops of its work do not turn, in words."""


async def serve_health(port: int, role: str, readiness: Readiness, host: str = "127.0.0.1") -> asyncio.Server:
    """Serve the three pages on this port of that address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_WITHIN_S):
                request = await reader.readuntil(b"\r\n")
            path = request.split(b" ")[1].split(b"?")[0]
            status, kind, body = _page(path, role, readiness)
            writer.write(
                f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (
            TimeoutError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            IndexError,
            ConnectionError,
        ):
            return
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port)


def _page(path: bytes, role: str, readiness: Readiness) -> tuple[str, str, bytes]:
    if path == b"/metrics":
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest()
    if path == b"/health":
        return _health(role, readiness)
    if path == b"/readyz":
        ready = readiness.ready
        answer = {"role": role, "ready": ready, "checks": readiness.state(), "reasons": readiness.reasons()}
        body = json.dumps(answer).encode()
        return ("200 OK" if ready else "503 Service Unavailable"), "application/json", body
    return "404 Not Found", "text/plain", b"not found\n"


def _health(role: str, readiness: Readiness) -> tuple[str, str, bytes]:
    """Alive is who works, not who answers: this answer comes from the event loop, and the work may stand."""
    stuck = readiness.stuck()
    answer: dict[str, object] = {"role": role, "alive": not stuck}
    body = json.dumps(answer | {"reasons": stuck} if stuck else answer).encode()
    return ("503 Service Unavailable" if stuck else "200 OK"), "application/json", body
