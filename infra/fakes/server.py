"""One server for all fakes: each provider below its own path, what was sold at `/ledger`, faults by `/faults`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from catalog.providers import PROVIDERS
from infra.fakes import anthropic, elevenlabs, fal, gemini, media, openai_shaped, replicate, runway, stability
from infra.fakes.errors import error, faulty
from infra.fakes.faults import FAULTS, OF_JOBS, Fault, Faults
from infra.fakes.ledger import Ledger
from infra.fakes.wire import Asked, Reply, Wrong

ANSWERS: dict[str, Callable[[Asked], Reply]] = {
    "fal": fal.answer,
    "replicate": replicate.answer,
    "anthropic": anthropic.answer,
    "gemini": gemini.answer,
    "elevenlabs": elevenlabs.answer,
    "stability": stability.answer,
    "runway": runway.answer,
    **dict.fromkeys(
        ("openai", "azure-openai", "together", "openrouter", "xai", "mistral"), openai_shaped.answer
    ),
}
_CARDS = {card.id: card for card in PROVIDERS}
_LARGEST_BODY = 256 << 20
_FILES = {"png": "image/png", "wav": "audio/wav", "mp4": "video/mp4"}


@dataclass(slots=True)
class Fakes:
    """The fakes of one process: where they are, and how they are told from each other."""

    latency_s: float = 0.5
    faults: Faults = field(default_factory=Faults)
    url: str = ""
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.latency_s)

    def environment(self) -> dict[str, str]:
        """Return the variables that send every provider's calls here."""
        found = {"REELBUS_FAKES_URL": self.url}
        for card in PROVIDERS:
            found[card.key] = f"fake-{card.id}"
            found[card.address_variable] = f"{self.url}/{card.id}"
        return found

    def answer(self, asked: Asked, fault: Fault | None) -> Reply | None:
        """Answer one request at one provider; None breaks the line."""
        card = _CARDS[asked.provider]
        name, form = card.authorization
        if asked.headers.get(name.lower()) != form.replace("{key}", f"fake-{card.id}") or fault == "auth":
            return error(card.id, 401, "invalid_api_key", "the key is not known")
        if fault is not None and fault not in OF_JOBS and (reply := faulty(card.id, fault)) is not None:
            return reply
        try:
            reply = ANSWERS[asked.provider](asked)
        except Wrong as wrong:
            return error(card.id, 400, "invalid_request_error", str(wrong))
        if fault == "lost":
            return None
        if fault == "error":
            return error(card.id, 500, "server_error", "something broke")
        return reply


def _made(suffix: str, words: str) -> bytes:
    match suffix:
        case "png":
            return media.picture(words)
        case "wav":
            return media.sound(8.0)
    return media.film()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    fakes: Fakes

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        """Say nothing: prompts stay out of logs."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > _LARGEST_BODY:
            self._send(Reply({"error": "too large"}, 413))
            return
        body = self.rfile.read(length)
        first, _, rest = self.path.lstrip("/").partition("/")
        provider = first.partition("?")[0]
        if provider == "ledger":
            self._send(Reply(self.fakes.ledger.rows()))
        elif provider == "faults" and self.command == "POST":
            self._send(self._queue(body))
        elif provider in ANSWERS:
            self._provider(provider, rest, body)
        else:
            self._send(Reply({"error": f"there is {', '.join((*ANSWERS, 'ledger', 'faults'))}"}, 404))

    def _queue(self, body: bytes) -> Reply:
        try:
            wanted = json.loads(body)
            provider, fault, times = wanted["provider"], wanted["fault"], int(wanted.get("times", 1))
        except (ValueError, KeyError, TypeError):
            return Reply({"error": "give provider, fault and times"}, 400)
        if provider not in ANSWERS or fault not in FAULTS:
            return Reply({"error": f"faults are {', '.join(FAULTS)}"}, 400)
        self.fakes.faults.queue(provider, fault, times)
        return Reply({})

    def _provider(self, provider: str, rest: str, body: bytes) -> None:
        if rest.startswith("_files/"):
            self._send(self._file(rest))
            return
        fault = (
            self.fakes.faults.next(provider)
            if self.command == "POST" and not rest.endswith("/cancel")
            else None
        )
        headers = {name.lower(): value for name, value in self.headers.items()}
        base = f"{self.fakes.url}/{provider}"
        outcome = str(fault) if fault in OF_JOBS else "done"
        asked = Asked(provider, self.command, f"/{rest}", headers, body, base, self.fakes.ledger, outcome)
        reply = self.fakes.answer(asked, fault)
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply, slowly=fault == "slow-drip")

    def _file(self, rest: str) -> Reply:
        _, job, name = rest.split("/")[:3]
        suffix = name.rpartition(".")[2]
        if suffix not in _FILES:
            return Reply({"error": "no such file"}, 404)
        return Reply(_made(suffix, job), media_type=_FILES[suffix])

    def _send(self, reply: Reply, *, slowly: bool = False) -> None:
        body = reply.body
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Type", reply.media_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if slowly:
                for number in range(len(body)):
                    self.wfile.write(body[number : number + 1])
                    self.wfile.flush()
                    time.sleep(0.2)
            else:
                self.wfile.write(body)
        except OSError:  # whoever asked has gone
            self.close_connection = True


@contextmanager
def serving(fakes: Fakes, port: int = 0) -> Iterator[Fakes]:
    """Let the fakes answer on a port of this machine until the end."""
    handler = type("Handler", (_Handler,), {"fakes": fakes})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    fakes.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fakes
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
