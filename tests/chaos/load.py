"""What is requested in a chaos run, and what each request must lead to."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field

from tests.chaos.requesting import CANCEL, JOB, REPLAY, Request, Requester, job_id_of

THINGS = ("a fox", "a lighthouse", "the sea", "a kite over the hills", "an old train", "rain on a roof")
TINY = {"width_px": 64, "height_px": 64}


@dataclass
class Promise:
    """One job that was requested: what its events must come to."""

    job_id: str
    key: str
    request: Request
    replays: list[str] = field(default_factory=list)
    cancelled: bool = False


@dataclass
class Book:
    """All that was asked for; the judge compares it with what was told."""

    jobs: dict[str, Promise] = field(default_factory=dict)
    invalid: set[str] = field(default_factory=set)
    asides: set[str] = field(default_factory=set)
    """Request ids of cancels and replays: refused at most once."""
    repeated: int = 0
    unreadable: int = 0


class Load:
    """Draws requests from a seed, and keeps book of them."""

    def __init__(self, requester: Requester, seed: int, *, film_every: int) -> None:
        self.book = Book()
        self._requester = requester
        self._draw = random.Random(seed)
        self._film_every = film_every

    async def submit(self) -> str:
        """Request for one more job, now and then twice; returns its id."""
        number = len(self.book.jobs)
        key = f"chaos-{number}"
        request = self._job(number) | {"idempotency_key": key}
        if self._draw.random() < 0.1:
            request["priority"] = "batch"
        job_id = job_id_of(key)
        self.book.jobs[job_id] = Promise(job_id, key, request)
        await self._send(JOB, key, request)
        if self._draw.random() < 0.08:
            self.book.repeated += 1
            await self._send(JOB, key, request)
        return job_id

    async def request_wrongly(self) -> None:
        """Request for what nobody can do, or send what nobody can read."""
        if self._draw.random() < 0.2:
            self.book.unreadable += 1
            await self._send(JOB, "none", b"{not json")
            return
        wrong: list[Request] = [
            {"kind": "task", "capability": "telepathy", "params": {}},
            {"kind": "batch", "items": []},
            {"kind": "film", "brief": "A fox", "duration_s": -1},
            {"kind": "graph", "nodes": {"a": {**_text("a fox"), "needs": ["b"]}}},
        ]
        self.book.invalid.add(await self._send(JOB, "none", self._draw.choice(wrong)))

    async def cancel(self, job_id: str) -> None:
        """Ask for the end of a job, which may have ended."""
        promise = self.book.jobs[job_id]
        promise.cancelled = True
        self.book.asides.add(
            await self._send(CANCEL, promise.key, {"job_id": job_id, "reason": "no longer wanted"})
        )

    async def replay(self, job_id: str) -> None:
        """Ask for another run of a job, which may still run."""
        promise = self.book.jobs[job_id]
        request_id = await self._send(REPLAY, promise.key, {"job_id": job_id})
        promise.replays.append(request_id)
        self.book.asides.add(request_id)

    def _job(self, number: int) -> Request:
        thing = self._draw.choice(THINGS)
        if self._film_every and number % self._film_every == self._film_every // 2:
            return {"kind": "film", "brief": f"{thing}, a story.", "duration_s": 5, "resolution": "360p"}
        return self._draw.choice((_batch, _diamond, _chain))(thing)

    async def _send(self, request_type: str, key: str, body: Request | bytes) -> str:
        """Send one record and return its request id."""
        request_id = str(uuid.UUID(int=self._draw.getrandbits(128)))
        await self._requester.send(request_type, key, body, request_id=request_id)
        return request_id


def _text(thing: str) -> Request:
    return {"capability": "text-generation", "params": {"prompt": f"Tell of {thing}.", "max_tokens": 40}}


def _from(name: str, field_name: str | None = "text") -> Request:
    return {"$from": name} | ({"field": field_name} if field_name else {})


def _batch(thing: str) -> Request:
    works = [
        _text(thing),
        {"capability": "prompt-refinement", "params": {"prompt": thing}},
        {"capability": "image-generation", "params": {"prompt": thing, **TINY}},
        {"capability": "sound-effects", "params": {"prompt": thing, "duration_s": 0.3}},
        {"capability": "text-to-speech", "params": {"text": f"Here is {thing}."}},
    ]
    return {"kind": "batch", "items": [{"id": f"part-{n}", **work} for n, work in enumerate(works)]}


def _diamond(thing: str) -> Request:
    nodes = {
        "tale": _text(thing),
        "picture": {"capability": "image-generation", "params": {"prompt": _from("tale"), **TINY}},
        "voice": {"capability": "text-to-speech", "params": {"text": _from("tale")}},
        "sound": {
            "capability": "sound-effects",
            "params": {"prompt": thing, "duration_s": 0.3},
            "needs": ["tale"],
        },
        "title": {
            "capability": "prompt-refinement",
            "params": {"prompt": _from("tale")},
            "needs": ["picture", "voice", "sound"],
        },
    }
    return {"kind": "graph", "nodes": nodes, "outputs": ["picture", "voice", "title"]}


def _chain(thing: str) -> Request:
    nodes = {
        "tale": _text(thing),
        "short": {
            "capability": "text-to-text",
            "params": {"text": _from("tale"), "instruction": "shorten"},
        },
        "prompt": {"capability": "prompt-refinement", "params": {"prompt": _from("short")}},
        "picture": {"capability": "image-generation", "params": {"prompt": _from("prompt"), **TINY}},
        "clip": {
            "capability": "video-animation",
            "params": {"image": _from("picture", None), "duration_s": 0.5, "fps": 8},
        },
    }
    return {"kind": "graph", "nodes": nodes, "outputs": ["clip"]}
