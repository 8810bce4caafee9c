"""Engines that speak with strangers of their own, and do what no engine should when their ticket or task says so."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

from engines.contract import Product, Result, Task
from engines.remote_contract import Failed, NotTaken, NotYet, Pending, Ready, Standing, Ticket, TicketLost
from runtime.errors import EngineMissing, ProviderFailed, ProviderRateLimited
from tests.engines.host.villains import DEEDS


class Far:
    """Answers as `params["say"]` or its ticket says; what neither knows is a deed of `villains`."""

    concurrent = True
    checks_per_s = 7.0

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def submit(self, task: Task, submitted_before: bool) -> Any:
        _until(task.params.get("go"))
        match task.params.get("say", "ticket"):
            case "ticket":
                return Ticket(f"{task.idempotency_key} {submitted_before} {os.getpid()}", 2.0, 60.0)
            case "result":
                return self.fetch(task, "made")
            case "busy":
                raise NotTaken("busy") from ProviderRateLimited("busy", retry_after_s=7.0)
            case "no":
                raise NotTaken("it said no")
            case "foreign no":
                raise NotTaken("it said no") from OSError("secret")
            case "fails":
                raise ProviderFailed("no answer")
            case "breaks":
                raise ValueError("secret")
            case "lacks":
                raise ModuleNotFoundError("no module", name="late")
            case "is missing":
                raise EngineMissing("not here")
            case "surrogate":
                return Ticket("\ud800")
            case "long":
                return Ticket("x" * 4097)
            case "no times":
                return Ticket("t", None, "soon")  # type: ignore[arg-type]
            case "nothing":
                return None
            case "hangs":
                time.sleep(600)
            case deed:
                DEEDS[deed](task, task.workdir / "deed")
        return None

    def check(self, ticket: str) -> Standing:
        match ticket.partition(" ")[0]:
            case "ready":
                return Ready()
            case "pending":
                return Pending(3.0)
            case "failed":
                return Failed("moderation_blocked", "it will not make this", 5.0)
            case "odd":
                return "done"  # type: ignore[return-value]
            case "pid":
                return Failed("provider_failed", f"{os.getpid()} {threading.get_ident()}")
            case "waits":
                _until(ticket.partition(" ")[2])
                return Pending()
            case "fails":
                raise ProviderFailed("no answer")
            case "hangs":
                time.sleep(600)
            case "dies":
                os._exit(9)
        return Pending()

    def fetch(self, task: Task, ticket: str) -> Result:
        match ticket:
            case "not yet":
                raise NotYet(4.0)
            case "lost":
                raise TicketLost("it knows nothing of this job")
            case "outside":
                return Result((Product(Path("/etc/hostname"), "text/plain"),))
        path = task.workdir / "made.txt"
        path.write_text(ticket)
        return Result((Product(path, "text/plain", text=ticket),))

    def cancel(self, ticket: str) -> None:
        if ticket == "refused":
            raise ProviderFailed("it is too late")


class OneAtATime(Far):
    """The same, and two calls at once would be its end."""

    concurrent = False

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def check(self, ticket: str) -> Standing:
        if not self._lock.acquire(blocking=False):
            os._exit(99)
        try:
            time.sleep(0.02)
            return super().check(ticket)
        finally:
            self._lock.release()


def _until(path: str | None) -> None:
    while path and not Path(path).exists():
        time.sleep(0.01)
