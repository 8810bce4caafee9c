"""A TCP proxy that injects faults: it waits, cuts, loses replies, and leaves connections that only look alive."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

CHUNK_BYTES = 256 * 1024
Request = Callable[[bytes], bool]

PRODUCE, OFFSET_COMMIT, JOIN_GROUP, SYNC_GROUP, END_TXN = 0, 8, 11, 14, 26


def kafka(*api_keys: int) -> Request:
    """Say of bytes that begin a request of the Kafka protocol whether it is one of these.

    A request begins with its size (4 bytes) and its API key (2 bytes): https://kafka.apache.org/protocol
    """
    return lambda sent: int.from_bytes(sent[4:6]) in api_keys


def http(method: str) -> Request:
    """Say of bytes that begin an HTTP request whether they ask with this method."""
    return lambda sent: sent.startswith(f"{method} ".encode())


@dataclass(eq=False)
class _Connection:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    loses_reply: bool = False
    frozen: bool = False

    def cut(self) -> None:
        """Close both sides at once; the client sees a reset or an end."""
        for side in (self.client, self.server):
            side.transport.abort()


@dataclass
class Proxy:
    """Forwards every connection to one server of this machine, as long as nothing is done to it.

    `latency_s` delays every chunk in both directions. A reply that is lost is one whose request was forwarded and,
    most likely, obeyed: its client gets a closed connection instead.
    """

    target_port: int
    latency_s: float = 0.0
    port: int = 0
    lost_replies: int = 0
    _lose_reply_to: Request | None = None
    _server: asyncio.Server | None = None
    _connections: set[_Connection] = field(default_factory=set)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Listen on `port`, or on a free one, which `port` then names."""
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", self.port, limit=CHUNK_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut everything and listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)
        await asyncio.sleep(0)  # what was aborted is closed in the loop's next round

    def cut(self) -> int:
        """Cut every connection; returns how many there were."""
        connections = list(self._connections)
        for connection in connections:
            connection.cut()
        return len(connections)

    def lose_replies(self, to: Request | None) -> None:
        """From now on lose the reply to each request that `to` picks; None ends it."""
        self._lose_reply_to = to

    def freeze(self) -> int:
        """Leave every present connection half open: the server's side ends, the client's looks alive and is silent."""
        connections = [one for one in self._connections if not one.frozen]
        for connection in connections:
            connection.frozen = True
            connection.server.transport.abort()
        return len(connections)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(
                "127.0.0.1", self.target_port, limit=CHUNK_BYTES
            )
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection(writer, server_writer)
        self._connections.add(connection)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._requests(reader, connection))
                both.create_task(self._replies(server_reader, connection))
        finally:
            connection.cut()
            self._connections.discard(connection)

    async def _requests(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        with contextlib.suppress(OSError):
            while sent := await reader.read(CHUNK_BYTES):
                if connection.frozen:
                    continue  # swallowed, as by a router that forgot the connection
                await self._delay()
                if self._lose_reply_to is not None and self._lose_reply_to(sent):
                    connection.loses_reply = True
                connection.server.write(sent)
                await connection.server.drain()
        if not connection.frozen:
            connection.server.transport.abort()
        else:
            connection.client.transport.abort()

    async def _replies(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        with contextlib.suppress(OSError):
            while answered := await reader.read(CHUNK_BYTES):
                if connection.loses_reply:
                    self.lost_replies += 1
                    break
                await self._delay()
                connection.client.write(answered)
                await connection.client.drain()
        if not connection.frozen:
            connection.client.transport.abort()

    async def _delay(self) -> None:
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
