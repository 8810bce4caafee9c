"""Whether a server answers: a raw Kafka Metadata question and a plain HTTP health question."""

from __future__ import annotations

import http.client
import socket
import struct

_METADATA = 3
_VERSION = 2  # the first version whose answer names the cluster
_TIMEOUT_S = 1.0


def broker_cluster(host: str, port: int) -> str | None:
    """Return the cluster id of a broker that is ready at `host:port`, else None.

    Ready means that the answer lists at least one broker: one that is still fenced is not listed.
    Format: https://kafka.apache.org/protocol#The_Messages_Metadata
    """
    header = struct.pack(">hhih", _METADATA, _VERSION, 1, -1)  # no client id
    body = struct.pack(">i", 0)  # no topics
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
            size = struct.unpack(">i", _read(connection, 4))[0]
            return _cluster_id(_read(connection, max(0, min(size, 1 << 20))))
    except (OSError, struct.error, UnicodeDecodeError):
        return None


def http_ok(host: str, port: int, path: str) -> bool:
    """Say whether `GET path` is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _cluster_id(answer: bytes) -> str | None:
    (brokers,) = struct.unpack_from(">i", answer, 4)
    if brokers < 1:
        return None
    at = 8
    for _ in range(brokers):
        _, at = _string(answer, at + 4)  # host, after the node id
        _, at = _string(answer, at + 4)  # rack, after the port
    cluster, _ = _string(answer, at)
    return cluster


def _string(answer: bytes, at: int) -> tuple[str | None, int]:
    (length,) = struct.unpack_from(">h", answer, at)
    if length < 0:
        return None, at + 2
    return answer[at + 2 : at + 2 + length].decode(), at + 2 + length


def _read(connection: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = connection.recv(size)
        if not part:
            raise ConnectionError("the server closed the connection")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
