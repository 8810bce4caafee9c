"""Whether the probes believe only real answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.local.ports import is_free, pick
from infra.local.probe import broker_cluster, http_ok


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A server that gives one fixed answer to its first caller."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            caller, _ = server.accept()
            with caller:
                caller.recv(1000)
                caller.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def metadata(brokers: int, cluster: bytes = b"Mcluster") -> bytes:
    host = struct.pack(">h", 9) + b"127.0.0.1"
    row = struct.pack(">i", 1) + host + struct.pack(">ih", 9092, -1)
    body = struct.pack(">ii", 1, brokers) + row * brokers + struct.pack(">h", len(cluster)) + cluster
    return struct.pack(">i", len(body)) + body


def test_a_broker_that_lists_itself_is_ready() -> None:
    with answering(metadata(1)) as port:
        assert broker_cluster("127.0.0.1", port) == "Mcluster"


@pytest.mark.parametrize(
    "answer",
    [
        metadata(0),
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        metadata(1)[:20],
        struct.pack(">i", -5),
        b"\x00\x00\x00\x02ab",
    ],
    ids=["fenced", "silent", "another protocol", "cut", "negative size", "too short"],
)
def test_anything_else_is_not_ready(answer: bytes) -> None:
    with answering(answer) as port:
        assert broker_cluster("127.0.0.1", port) is None


def test_nobody_there_is_not_ready() -> None:
    port = pick()
    assert broker_cluster("127.0.0.1", port) is None
    assert not http_ok("127.0.0.1", port, "/healthz")


def test_only_status_200_is_healthy() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        assert http_ok("127.0.0.1", port, "/healthz")
    with answering(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n") as port:
        assert not http_ok("127.0.0.1", port, "/healthz")
    with answering(b"garbage") as port:
        assert not http_ok("127.0.0.1", port, "/healthz")


def test_a_wanted_port_is_kept_when_free_and_given_up_when_taken() -> None:
    free = pick()
    assert pick(free) == free
    with socket.create_server(("127.0.0.1", free)):
        assert not is_free(free)
        assert pick(free) != free
    assert pick(free, taken={free}) != free
