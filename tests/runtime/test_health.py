from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator

import pytest

from runtime.health import serve_health
from runtime.process import Stopping


@pytest.fixture
def stopping() -> Stopping:
    return Stopping()


@pytest.fixture
async def port(stopping: Stopping) -> AsyncIterator[int]:
    """A process's health port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    server = await serve_health(number, "painter", stopping)
    yield number
    server.close()
    await server.wait_closed()


async def ask(port: int, request: bytes) -> tuple[str, bytes]:
    """Return the status line and the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0].decode(), body


async def get(port: int, path: str) -> tuple[str, bytes]:
    return await ask(port, f"GET {path} HTTP/1.1\r\nhost: here\r\n\r\n".encode())


async def test_a_process_that_lives_says_so_with_its_role(port: int) -> None:
    status, body = await get(port, "/health")
    assert status == "HTTP/1.1 200 OK"
    assert json.loads(body) == {"role": "painter", "alive": True}


async def test_a_process_whose_work_stands_is_not_alive_though_it_answers(
    port: int, stopping: Stopping
) -> None:
    age_s = 59.0
    stopping.pulse("brush", lambda: age_s)
    assert (await get(port, "/health"))[0] == "HTTP/1.1 200 OK"
    age_s = 61.0
    status, body = await get(port, "/health")
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert json.loads(body) == {
        "role": "painter",
        "alive": False,
        "reasons": ["brush has not turned for 61 s"],
    }
    stopping.no_pulse()  # it begins again
    assert (await get(port, "/health"))[0] == "HTTP/1.1 200 OK"


async def test_readiness_names_what_lacks_and_ends_when_a_stop_is_asked(
    port: int, stopping: Stopping
) -> None:
    assert (await get(port, "/readyz"))[0] == "HTTP/1.1 503 Service Unavailable"
    stopping.readiness("brush", lambda: True)
    stopping.readiness("paint", lambda: False)
    status, body = await get(port, "/readyz?verbose=1")
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert json.loads(body)["checks"] == {"brush": True, "paint": False}
    stopping.readiness("paint", lambda: True)
    assert (await get(port, "/readyz"))[0] == "HTTP/1.1 200 OK"
    stopping.ask()
    assert (await get(port, "/readyz"))[0] == "HTTP/1.1 503 Service Unavailable"


async def test_what_stands_in_the_way_is_told_in_words(port: int, stopping: Stopping) -> None:
    stopping.readiness("brush", lambda: True)
    reasons = ["the easel is taken"]
    stopping.obstacles("room", lambda: reasons)
    status, body = await get(port, "/readyz")
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert json.loads(body)["checks"] == {"brush": True, "room": False}
    assert json.loads(body)["reasons"] == ["the easel is taken"]
    reasons.clear()
    status, body = await get(port, "/readyz")
    assert (status, json.loads(body)["reasons"]) == ("HTTP/1.1 200 OK", [])


async def test_metrics_hold_what_a_process_of_ours_counts(port: int) -> None:
    from runtime.metrics import task_ended

    task_ended("sound-effects", "foley", "done", 0.5, cached=False)
    status, body = await get(port, "/metrics")
    assert status == "HTTP/1.1 200 OK"
    assert b'reelbus_tasks_total{capability="sound-effects",engine="foley",outcome="done"} ' in body
    assert b'reelbus_task_seconds_bucket{capability="sound-effects",le="1.0"} ' in body


async def test_another_page_is_not_found(port: int) -> None:
    assert (await get(port, "/secrets"))[0] == "HTTP/1.1 404 Not Found"


@pytest.mark.parametrize("request_", [b"\r\n", b"nonsense\r\n", b"GET\r\n", b"\xff" * 100_000 + b"\r\n"])
async def test_a_request_that_is_none_is_hung_up_on_and_the_next_is_answered(
    port: int, request_: bytes
) -> None:
    with contextlib.suppress(ConnectionError):
        assert (await ask(port, request_))[1] == b""
    assert (await get(port, "/health"))[0] == "HTTP/1.1 200 OK"
