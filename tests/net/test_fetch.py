"""Files are fetched from checked addresses alone, whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from net.fetch import Bounds, Refused, fetch, origin_of
from net.guard import ALLOWED, Allowed, read_allowed
from runtime.errors import AddressRefused, TooLarge, Unreachable

BOUNDS = Bounds(size_bytes=1000, time_s=5.0, read_s=1.0)


class _Giver(BaseHTTPRequestHandler):
    """Gives files, good and bad ones."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("x-key")))
        match self.path:
            case "/file":
                self._give(b"x" * 100, {"Content-Type": "text/plain"})
            case "/large":
                self._give(b"x" * 2000, {})
            case "/endless":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"x" * 5000)
            case "/short":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"x" * 10)
            case "/silent":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.flush()
                self.server.released.wait(10)  # type: ignore[attr-defined]
            case "/away":
                self.send_response(302)
                self.send_header("Location", "http://10.0.0.1/secret")
                self.end_headers()
            case "/round":
                self.send_response(302)
                self.send_header("Location", "/round")
                self.end_headers()
            case _:
                self.send_response(404)
                self.end_headers()

    def _give(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def giver() -> Iterator[ThreadingHTTPServer]:
    handler = type("Giver", (_Giver,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.released = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.released.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def url(giver: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{giver.server_port}{path}"


def here(giver: ThreadingHTTPServer) -> Allowed:
    return Allowed(frozenset({("127.0.0.1", giver.server_port)}))


def test_a_file_comes_with_what_its_sender_calls_it(giver: ThreadingHTTPServer, tmp_path: Path) -> None:
    found = fetch(url(giver, "/file"), tmp_path / "f", BOUNDS, allowed=here(giver))
    assert (found.size_bytes, found.media_type) == (100, "text/plain")
    assert (tmp_path / "f").read_bytes() == b"x" * 100


def test_private_addresses_are_not_called_unless_they_are_allowed_or_trusted(
    giver: ThreadingHTTPServer, tmp_path: Path
) -> None:
    with pytest.raises(AddressRefused, match="no public address"):
        fetch(url(giver, "/file"), tmp_path / "f", BOUNDS, allowed=Allowed())
    assert giver.RequestHandlerClass.seen == []  # type: ignore[attr-defined]
    fetch(url(giver, "/file"), tmp_path / "f", BOUNDS, allowed=read_allowed("127.0.0.0/8"))
    trusted = origin_of(url(giver, "/"))
    fetch(
        url(giver, "/file"),
        tmp_path / "f",
        BOUNDS,
        allowed=Allowed(),
        trusted=trusted,
        headers={"x-key": "k"},
    )
    assert giver.RequestHandlerClass.seen == [("/file", None), ("/file", "k")]  # type: ignore[attr-defined]


def test_headers_go_to_the_trusted_origin_alone(giver: ThreadingHTTPServer, tmp_path: Path) -> None:
    fetch(
        url(giver, "/file"),
        tmp_path / "f",
        BOUNDS,
        allowed=here(giver),
        headers={"x-key": "k"},
        trusted=("https", "a:443"),
    )
    assert giver.RequestHandlerClass.seen == [("/file", None)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("/large", TooLarge, "1000 are the most"),
        ("/endless", TooLarge, "more than 1000"),
        ("/short", Unreachable, "broke off"),
        ("/silent", Unreachable, "broke off"),
        ("/away", AddressRefused, "10.0.0.1"),
        ("/round", AddressRefused, "sent on"),
        ("/none", Refused, "404"),
    ],
)
def test_what_is_no_whole_file_leaves_none(
    giver: ThreadingHTTPServer, tmp_path: Path, path: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        fetch(url(giver, path), tmp_path / "f", BOUNDS, allowed=here(giver))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/x",
        "http://2130706433:1/",
        "http://[::ffff:127.0.0.1]:1/",
        "http://localhost:1/",
        "nonsense",
        "http://0x7f.1:1/",
    ],
)
def test_other_spellings_of_this_machine_are_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises((AddressRefused, Unreachable)):
        fetch(address, tmp_path / "f", BOUNDS, allowed=Allowed())


def test_a_list_of_allowed_addresses_is_read_or_refused_by_its_wrong_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = read_allowed("localhost:8080, 10.0.0.0/8,[::1]:80")
    assert found.admits("LOCALHOST", 8080)
    assert found.admits("::1", 80)
    assert not found.admits("localhost", 8081)
    with pytest.raises(ValueError, match="'ten'"):
        read_allowed("ten")
    assert ALLOWED == "REELBUS_ALLOW_PRIVATE_ADDRESSES"
