"""A small hub of models over HTTP on the loopback: it knows a hub's paths and ranges, and does wrong when asked to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from catalog.weights.source import Source, WeightsFile

REVISION = "8b3d7e0c"


@dataclass
class Faults:
    """What goes wrong: `cut_after` bytes the connection ends, so many `cuts` times; and lies of other kinds."""

    cut_after: int = 0
    cuts: int = 0
    unavailable: int = 0
    no_ranges: bool = False
    total: int | None = None
    longer: bool = False
    redirect: str = ""
    spoilt: int = 0


@dataclass(frozen=True)
class Repository:
    """What its API says of a repository: its newest commit, its files, which of them are large, and names of the commit."""

    name: str
    commit: str
    files: dict[str, bytes]
    lfs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def tree(self) -> list[dict[str, object]]:
        """List its files as a hub does: large ones with SHA-256, all with Git's name of what Git keeps."""
        listed: list[dict[str, object]] = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": "unet"}]
        for path, content in self.files.items():
            entry: dict[str, object] = {"type": "file", "path": path, "size": len(content)}
            if path.endswith(self.lfs) and self.lfs:
                sha256 = hashlib.sha256(content).hexdigest()
                entry |= {"oid": "1" * 40, "lfs": {"oid": sha256, "size": len(content), "pointerSize": 134}}
            else:
                entry["oid"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            listed.append(entry)
        return listed


@dataclass
class HubServer:
    """The hub's files by path, its faults, and what it was asked."""

    files: dict[str, bytes]
    faults: Faults = field(default_factory=Faults)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""
    names: dict[str, Repository] = field(default_factory=dict)
    """By `repository/revision`, and by `repository` alone for the newest."""
    lies: dict[str, str] = field(default_factory=dict)
    page_entries: int = 1000

    def hold(self, repository: Repository) -> None:
        """Hold one more commit of a repository, the newest one."""
        for name in ("main", repository.commit, *repository.tags):
            self.names[f"{repository.name}/{name}"] = repository
        self.names[repository.name] = repository
        self.files |= {
            f"{repository.name}/resolve/{repository.commit}/{path}": content
            for path, content in repository.files.items()
        }

    def api(self, path: str) -> tuple[bytes, str] | None:
        """Answer `/api/models/...`: the body, and the address of the next page."""
        address, _, query = path.removeprefix("/api/models/").partition("?")
        name, _, revision = address.partition("/revision/")
        if "/tree/" in address:
            name, _, revision = address.partition("/tree/")
            held = self.names.get(f"{name}/{revision}")
            start = int(query.partition("cursor=")[2] or 0)
            if held is None or "recursive=true" not in query:
                return None
            end = start + self.page_entries
            more = f"https://hub.example/api/models/{address}?recursive=true&cursor={end}"
            listed = held.tree()
            return json.dumps(listed[start:end]).encode(), more if end < len(listed) else ""
        held = self.names.get(f"{name}/{revision}".rstrip("/"))
        if held is None:
            return None
        return json.dumps({"id": name, "sha": self.lies.get("commit", held.commit)}).encode(), ""


@contextmanager
def hub_server(files: dict[str, bytes]) -> Iterator[HubServer]:
    """Serve files as `/{repository}/resolve/{revision}/{path}`, and below `/cdn` without a repository."""
    hub = HubServer({f"acme/voice/resolve/{REVISION}/{path}": content for path, content in files.items()})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ranged = self.headers.get("Range", "")
            hub.asked.append((self.path, ranged, self.headers.get("Authorization", "")))
            faults = hub.faults
            content = hub.files.get(self.path.removeprefix("/cdn").lstrip("/"))
            if faults.unavailable:
                faults.unavailable -= 1
                self._answer(503, b"", {"Retry-After": "0"})
            elif self.path.startswith("/api/"):
                said = hub.api(self.path)
                more = {"Link": f'<{said[1]}>; rel="next"'} if said and said[1] else {}
                self._answer(200 if said else 404, said[0] if said else b"", more)
            elif content is None:
                self._answer(404, b"")
            elif faults.redirect and not self.path.startswith("/cdn"):
                self._answer(302, b"", {"Location": faults.redirect.replace("{path}", self.path)})
            else:
                self._give(content, ranged, faults)

        def _give(self, content: bytes, ranged: str, faults: Faults) -> None:
            start = int(re.fullmatch(r"bytes=(\d+)-", ranged)[1]) if ranged and not faults.no_ranges else 0  # type: ignore[index]
            if faults.spoilt:
                faults.spoilt -= 1
                content = b"#" * len(content)
            total = len(content) if faults.total is None else faults.total
            headers, status = {}, 200
            if start:
                status = 206
                headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
            body = content[start:]
            if faults.longer:
                headers["Transfer-Encoding"] = "chunked"
                body = b"%x\r\n%s\r\n5\r\nextra\r\n0\r\n\r\n" % (len(body), body)
            else:
                headers["Content-Length"] = str(len(body) if faults.total is None else total - start)
            if faults.cuts:
                faults.cuts -= 1
                body = body[: faults.cut_after]
                self.close_connection = True
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of clients that have heard enough."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    try:
        yield hub
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def pinned(files: dict[str, bytes], **wrong: object) -> Source:
    """Return a source that pins these files; `wrong` changes the first of them."""
    found = [
        WeightsFile(path, hashlib.sha256(content).hexdigest(), len(content))
        for path, content in files.items()
    ]
    first = found[0]
    fields = {"path": first.path, "sha256": first.sha256, "size_bytes": first.size_bytes} | wrong
    return Source("hub", "acme/voice", REVISION, "MIT", (WeightsFile(**fields), *found[1:]))  # type: ignore[arg-type]
