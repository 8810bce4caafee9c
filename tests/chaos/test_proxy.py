"""Whether the proxy injects the faults that it says: otherwise the chaos would prove nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.chaos.proxy import END_TXN, PRODUCE, Proxy, http, kafka


@dataclass
class Echo:
    """A server that keeps what it was asked and answers with it."""

    asked: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                self.asked.append(line)
                writer.write(b"answer to " + line)
        writer.transport.abort()


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()


async def ask(proxy: Proxy, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(line)
    try:
        return await reader.readline()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_it_forwards_while_nothing_is_done_to_it(proxy: Proxy) -> None:
    assert await ask(proxy, b"GET /\n") == b"answer to GET /\n"


async def test_a_lost_reply_belongs_to_a_request_that_arrived(proxy: Proxy, echo: Echo) -> None:
    proxy.lose_replies(http("PUT"))
    assert await ask(proxy, b"PUT /\n") == b""
    assert await ask(proxy, b"GET /\n") == b"answer to GET /\n"
    assert echo.asked == [b"PUT /\n", b"GET /\n"]
    assert proxy.lost_replies == 1
    proxy.lose_replies(None)
    assert await ask(proxy, b"PUT /\n") == b"answer to PUT /\n"


async def test_a_half_open_connection_is_silent_and_a_new_one_is_not(proxy: Proxy, echo: Echo) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"first\n")
    assert await reader.readline() == b"answer to first\n"
    assert proxy.freeze() == 1
    writer.write(b"second\n")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readline(), 0.2)
    assert await ask(proxy, b"third\n") == b"answer to third\n"
    assert echo.asked == [b"first\n", b"third\n"]
    writer.close()


async def test_a_cut_ends_what_is_open(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"first\n")
    await reader.readline()
    assert proxy.cut() == 1
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_a_server_that_is_away_looks_away(proxy: Proxy) -> None:
    proxy.target_port = 1
    assert await ask(proxy, b"anybody\n") == b""


def test_requests_of_kafka_are_told_apart_by_their_key() -> None:
    commit = (20).to_bytes(4) + END_TXN.to_bytes(2) + bytes(18)
    assert kafka(END_TXN)(commit)
    assert not kafka(PRODUCE)(commit)
