"""A small real stranger: an HTTP server that takes jobs, charges for each, and is slow, lies, forgets or fails; and its engine."""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from catalog.models import Model
from engines.contract import Product, Result, Task
from engines.remote_contract import (
    Failed,
    NotTaken,
    NotYet,
    Pending,
    Ready,
    Standing,
    Ticket,
    TicketLost,
)
from runtime.errors import ModerationBlocked, ProviderFailed, ProviderRateLimited

ROW = Model(
    name="far-away",
    capabilities=("image-generation", "text-generation"),
    family="remote",
    target="tests.stranger:HostedFarEngine",
    revision="1",
    description="A stranger over HTTP.",
    deterministic=False,
)


def row_of(name: str) -> Model | None:
    """The catalogue of these tests."""
    return ROW if name == ROW.name else None


@dataclass
class Job:
    """One job at the stranger; it cost something."""

    number: int
    key: str
    prompt: str
    state: str = "working"


@dataclass
class Stranger:
    """What the server knows and how it behaves. Without `knows_keys` it makes, and charges for, whatever it is asked."""

    knows_keys: bool = True
    jobs: dict[int, Job] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """What becomes of the next submits: `busy` (429), `lost` (taken, and no answer), `refused`, `gone` (503, not taken)."""
    lying: bool = False
    """It says that everything is done."""
    address: tuple[str, int] = ("", 0)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def charges(self) -> Counter[str]:
        """How often each key was paid for."""
        return Counter(job.key for job in self.jobs.values())

    def take(self, key: str, prompt: str) -> Job:
        with self.lock:
            known = next((job for job in self.jobs.values() if job.key == key), None)
            if known is not None and self.knows_keys:
                return known
            job = Job(len(self.asked) + len(self.jobs) + 1, key, prompt)
            self.jobs[job.number] = job
            return job

    def finish(self, state: str = "done") -> None:
        """Everything that is at work ends."""
        with self.lock:
            for job in self.jobs.values():
                if job.state == "working":
                    job.state = state

    def forget(self) -> None:
        """Know nothing any more, but what was charged."""
        with self.lock:
            for job in self.jobs.values():
                job.state = "forgotten"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stranger: Stranger

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        stranger = self.stranger
        stranger.asked["submit"] += 1
        fault = stranger.faults.pop(0) if stranger.faults else ""
        if fault == "busy":
            self._answer(429, {"error": "busy"}, {"Retry-After": "7"})
        elif fault == "gone":
            self._answer(503, {"error": "gone"})
        elif fault == "refused":
            self._answer(422, {"error": "such a thing is not made here"})
        else:
            job = stranger.take(self.headers["Idempotency-Key"], json.loads(body)["prompt"])
            if fault == "lost":
                self.close_connection = True
                return
            self._answer(201, {"id": job.number})

    def do_GET(self) -> None:
        stranger, (_, _, number, *more) = self.stranger, self.path.split("/")
        stranger.asked["result" if more else "check"] += 1
        job = stranger.jobs.get(int(number))
        if job is None or job.state == "forgotten":
            self._answer(404, {"error": "no such job"})
        elif not more:
            self._answer(200, {"state": "done" if stranger.lying else job.state})
        elif job.state != "done":
            self._answer(409, {"error": job.state})
        else:
            self._answer(200, {"text": f"{job.prompt} by a stranger"})

    def do_DELETE(self) -> None:
        self.stranger.asked["cancel"] += 1
        job = self.stranger.jobs.get(int(self.path.split("/")[2]))
        if job is not None and job.state == "working":
            job.state = "cancelled"
        self._answer(200 if job else 404, {})

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(stranger: Stranger) -> Iterator[Stranger]:
    """Let a stranger answer on a port of this machine."""
    handler = type("Handler", (_Handler,), {"stranger": stranger})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        stranger.address = ("127.0.0.1", server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield stranger
        finally:
            server.shutdown()
            thread.join()


class FarEngine:
    """Speaks with that stranger. Its ticket is the number of the job there."""

    concurrent = True

    def __init__(self, stranger: Stranger, expires_in_s: float = 60.0) -> None:
        self.submitted: list[tuple[str, bool]] = []
        self._stranger, self._expires_in_s = stranger, expires_in_s

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def unload(self) -> None:
        """There is nothing to give back."""

    def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
        self.submitted.append((task.idempotency_key, submitted_before))
        if submitted_before and not self._stranger.knows_keys:
            raise ProviderFailed("it may have been taken, and the stranger cannot say")
        body = json.dumps({"prompt": task.params["prompt"]})
        try:
            status, headers, answer = self._ask(
                "POST", "/jobs", body, {"Idempotency-Key": task.idempotency_key}
            )
        except ConnectionRefusedError as error:
            raise NotTaken from ProviderFailed(str(error))
        except (OSError, http.client.HTTPException) as error:
            raise ProviderFailed(f"no answer ({type(error).__name__})") from error
        if status == 429:
            raise NotTaken from ProviderRateLimited("busy", retry_after_s=float(headers["Retry-After"]))
        if status == 422:
            raise NotTaken from ModerationBlocked(answer["error"])
        if status != 201:
            raise NotTaken from ProviderFailed(f"status {status}")
        return Ticket(str(answer["id"]), 1.0, self._expires_in_s)

    def check(self, ticket: str) -> Standing:
        status, _, answer = self._ask("GET", f"/jobs/{ticket}")
        if status == 404:
            return Failed("provider_failed", "it knows nothing of this job")
        match answer["state"]:
            case "done":
                return Ready()
            case "working":
                return Pending(1.0)
            case "rejected":
                return Failed("moderation_blocked", "it will not make this")
            case state:
                return Failed("provider_failed", f"the job is {state}")

    def fetch(self, task: Task, ticket: str) -> Result:
        status, _, answer = self._ask("GET", f"/jobs/{ticket}/result")
        if status == 404:
            raise TicketLost("it knows nothing of this job")
        if status == 409:
            raise NotYet(1.0)
        path = task.workdir / "made.txt"
        path.write_text(answer["text"])
        return Result((Product(path, "text/plain", text=answer["text"]),))

    def cancel(self, ticket: str) -> None:
        self._ask("DELETE", f"/jobs/{ticket}")

    def _ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, Any]:
        connection = http.client.HTTPConnection(*self._stranger.address, timeout=5.0)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, json.loads(response.read() or b"{}")
        finally:
            connection.close()


ADDRESS = "STRANGER"
"""The variable that tells an engine in a host where the stranger is."""


class HostedFarEngine(FarEngine):
    """The same in a process of its own."""

    def __init__(self) -> None:
        host, _, port = os.environ[ADDRESS].partition(":")
        super().__init__(Stranger(address=(host, int(port))))
