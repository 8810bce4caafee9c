"""How a model of a provider does our work: by the provider's card. Submits once, asks how it stands, fetches, calls off."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.providers import provider
from catalog.providers.card import Call, Given, Job, Offer, Provider, Yield
from engines.contract import Input, Result, Task
from engines.remote.answers import standing, text_at
from engines.remote.http import Answer, Line
from engines.remote.results import Gone, result_of
from engines.remote_contract import CALL_WITHIN_S, Failed, Pending, Standing, Ticket, TicketLost
from runtime.errors import EngineUnavailable, ProviderFailed, ProviderRejected
from schemas.codes import ErrorCode

GIVEN_BYTES = 40 << 20
"""The largest file that is sent along; as a `data:` address it grows by a third."""
SUBMIT_WITHIN_S = CALL_WITHIN_S - 5.0
STILL_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    media_type: str

    @property
    def content(self) -> bytes:
        if self.path.stat().st_size > GIVEN_BYTES:
            raise ProviderRejected(
                f"a given file has more than {GIVEN_BYTES >> 20} MiB, which are not sent along"
            )
        return self.path.read_bytes()

    @property
    def data_url(self) -> str:
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A task, as cards see it."""

    model: str
    task: Task

    @property
    def capability(self) -> str:
        return self.task.capability

    @property
    def params(self) -> Any:
        return self.task.params

    @property
    def seed(self) -> int:
        return self.task.seed

    def given(self, pointer: str) -> Given | None:
        found: Input | None = self.task.inputs.get(pointer)
        return None if found is None else _File(found.path, found.media_type or "application/octet-stream")


class CardEngine:
    """One model of one provider (`engines.remote_contract.RemoteEngine`)."""

    concurrent = True

    def __init__(self, provider_id: str, offer_name: str) -> None:
        """Raises EngineUnavailable where there is no such card or model."""
        card = provider(provider_id)
        offer = next((each for each in card.offers if each.name == offer_name), None) if card else None
        if card is None or offer is None:
            raise EngineUnavailable(f"there is no model {offer_name} of a provider {provider_id}")
        self._card: Provider = card
        self._offer: Offer = offer
        self._made: Line | None = None

    def load(self, device: str) -> None:
        """Find the key.

        Raises:
            EngineMissing: it is not set.
        """
        self._made = Line(self._card)

    def unload(self) -> None:
        """Close connections."""
        if self._made is not None:
            self._made.close()

    @property
    def _line(self) -> Line:
        assert self._made is not None  # noqa: S101  # load() comes first
        return self._made

    def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
        """Ask for the work; what is not followed as a job comes back at once.

        Raises:
            NotTaken: the provider surely has not taken it.
            ProviderRejected: it may have been taken before, and nobody can tell.
        """
        if submitted_before and not self._card.idempotency_header:
            raise ProviderRejected(
                f"outcome unknown: {self._card.name} was asked for this before, may have done it, and cannot say; "
                "it is not paid twice (reelbus replay asks again)"
            )
        offer, asked = self._offer, _Asked(self._offer.model, task)
        call = offer.request(asked)
        if offer.job is None:
            with _still(task):
                answer = self._line.submit(call, offer.longest_s, task.idempotency_key)
            return self._result(answer, task)
        answer = self._line.submit(call, SUBMIT_WITHIN_S, task.idempotency_key)
        number = text_at(answer.content, offer.job.id)
        if not number:
            raise ProviderFailed(f"{self._card.name} took the work, and does not say what it calls it")
        return Ticket(
            json.dumps({"id": number}),
            min(offer.job.check_in_s, _asked_every_s() or offer.job.check_in_s),
            _seconds("POLL_MAX_MIN", 60.0) or offer.job.expires_in_s,
        )

    def check(self, ticket: str) -> Standing:
        """Ask how the work stands."""
        job = self._job()
        status, answer = self._line.status_of(
            Call(self._path(job.check, ticket), method="GET"), SUBMIT_WITHIN_S
        )
        if answer is None:
            return Failed(
                ErrorCode.PROVIDER_FAILED, f"{self._card.name} knows nothing of this work ({status})"
            )
        found = standing(answer.content, job, self._card)
        return Pending(_asked_every_s()) if isinstance(found, Pending) else found

    def fetch(self, task: Task, ticket: str) -> Result:
        """Bring what was made.

        Raises:
            TicketLost: it is gone.
        """
        job = self._job()
        path = self._path(job.result or job.check, ticket)
        with _still(task):
            status, answer = self._line.status_of(Call(path, method="GET"), SUBMIT_WITHIN_S)
            if answer is None:
                raise TicketLost(f"{self._card.name} has no result of this work ({status})")
            try:
                return self._result(answer, task)
            except Gone as error:
                raise TicketLost(f"{self._card.name} has thrown its result away") from error

    def cancel(self, ticket: str) -> None:
        """Call the work off, where the provider lets that be done."""
        job = self._job()
        if job.cancel is not None:
            method, path = job.cancel
            self._line.status_of(Call(self._path(path, ticket), method=method), SUBMIT_WITHIN_S)

    def _result(self, answer: Answer, task: Task) -> Result:
        gives = self._offer.gives
        wanted: Yield = gives if isinstance(gives, Yield) else gives(_Asked(self._offer.model, task))
        return result_of(answer, wanted, task, self._card, self._line)

    def _job(self) -> Job:
        if self._offer.job is None:
            raise ProviderFailed(f"{self._offer.model} answers at once, and has no work to ask about")
        return self._offer.job

    def _path(self, template: str, ticket: str) -> str:
        try:
            number = str(json.loads(ticket)["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderFailed("the ticket is none of this engine") from error
        app = "/".join(self._offer.model.split("/")[:2])
        return template.replace("{id}", number).replace("{model}", self._offer.model).replace("{app}", app)


def _asked_every_s() -> float | None:
    """Return how often work is asked about; None leaves it to the poller, which asks ever more rarely."""
    return _seconds("POLL_INTERVAL_SEC", 1.0)


def _seconds(variable: str, unit_s: float) -> float | None:
    """Return a time that the environment sets; what is no number above 0 sets none."""
    try:
        wanted = float(os.environ.get(variable, "")) * unit_s
    except ValueError:
        return None
    return wanted if 0.0 < wanted < float("inf") else None


@contextmanager
def _still(task: Task) -> Iterator[None]:
    """Say meanwhile that the work goes on: silence would end the host."""
    done = threading.Event()

    def say() -> None:
        while not done.wait(STILL_EVERY_S):
            try:
                task.report.step(0, 1, "waiting for a provider")
            except Exception:  # noqa: BLE001  # a cancel is heard by whoever waits; the call is paid already
                return

    saying = threading.Thread(target=say, daemon=True)
    saying.start()
    try:
        yield
    finally:
        done.set()
        saying.join()
