"""How a provider is called: one request, one answer, bounded in bytes and time, its errors as ours."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from catalog.providers.card import Call, Part, Provider
from engines.remote.answers import is_refusal, wants_money, words_of
from engines.remote_contract import NotTaken
from net.addresses import why_not
from runtime.errors import (
    EngineMissing,
    ModerationBlocked,
    ProviderAuth,
    ProviderFailed,
    ProviderRateLimited,
    ProviderRejected,
    ReelbusError,
)
from runtime.retry import asked_s

ANSWER_BYTES = 64 << 20
"""The longest answer: a picture or some minutes of sound, in base 64."""
CONNECT_S = 10.0
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, NameResolutionError)
_DOUBTFUL = frozenset((500, 502, 504, 520, 522, 524))
"""After these a provider may have taken the work all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said: JSON, or bytes of some type."""

    content: Any
    body: bytes
    media_type: str


class Line:
    """The way to one provider, with its key."""

    def __init__(self, card: Provider) -> None:
        """Raises EngineMissing where the key is not set, or the address is none."""
        self._card = card
        self.address = (os.environ.get(card.address_variable) or card.address).rstrip("/")
        key = os.environ.get(card.key, "").strip()
        if not key:
            raise EngineMissing(f"{card.name} is called with a key: set {card.key}")
        if wrong := why_not(self.address, allow_private=True):
            raise EngineMissing(f"{card.address_variable}: {wrong}")
        name, form = card.authorization
        self.authorization = {name: form.replace("{key}", key)}
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)

    def close(self) -> None:
        """Close its connections."""
        self._pool.clear()

    def submit(self, call: Call, within_s: float, key: str) -> Answer:
        """Ask for work that costs money, once.

        Raises:
            NotTaken: the provider surely has not taken it.
            ReelbusError: it may have.
        """
        headers = {self._card.idempotency_header: key} if self._card.idempotency_header else {}
        try:
            return self._ask(call, within_s, headers)
        except _Unsent as error:
            raise NotTaken(str(error)) from ProviderFailed(f"{self._card.name} cannot be reached")
        except _Status as error:
            if error.status in _DOUBTFUL:
                raise error.ours from error
            raise NotTaken(str(error.ours)) from error.ours

    def ask(self, call: Call, within_s: float) -> Answer:
        """Ask for something that costs nothing.

        Raises:
            ReelbusError: there is no answer, or it is an error.
        """
        try:
            return self._ask(call, within_s, {})
        except _Unsent as error:
            raise ProviderFailed(f"{self._card.name} cannot be reached") from error
        except _Status as error:
            raise error.ours from error

    def status_of(self, call: Call, within_s: float) -> tuple[int, Answer | None]:
        """Ask, and return 404 and 410 as no error: whoever was asked knows nothing of it.

        Raises:
            ReelbusError: as `ask`.
        """
        try:
            return 200, self._ask(call, within_s, {})
        except _Unsent as error:
            raise ProviderFailed(f"{self._card.name} cannot be reached") from error
        except _Status as error:
            if error.status in {404, 410}:
                return error.status, None
            raise error.ours from error

    def _ask(self, call: Call, within_s: float, headers: dict[str, str]) -> Answer:
        ends_s = time.monotonic() + within_s
        told = {"Accept": "*/*", "User-Agent": "reelbus", **self._card.headers, **headers, **call.headers}
        told |= self.authorization
        body, fields = None, None
        if call.body is not None:
            body = json.dumps(call.body, ensure_ascii=False).encode()
            told["Content-Type"] = "application/json"
        elif call.form is not None:
            fields = [(name, _field(value)) for name, value in call.form]
        try:
            response = self._pool.request(
                call.method,
                self.address + call.path,
                body=body,
                fields=fields,
                headers=told,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=min(CONNECT_S, within_s), read=within_s),
            )
        except _NEVER_SENT as error:
            raise _Unsent(type(error).__name__) from error
        except (HTTPError, OSError) as error:
            raise ProviderFailed(f"{self._card.name} gave no answer ({type(error).__name__})") from error
        try:
            answer = _read(response, self._card, ends_s)
        finally:
            response.release_conn()
        if not 200 <= response.status < 300:
            raise _Status(
                response.status,
                _ours(response.status, response.headers.get("Retry-After"), answer, self._card),
            )
        return answer


class _Unsent(Exception):
    """The provider was never reached."""


class _Status(Exception):
    """The provider answered with a status that is an error; `ours` is what that means."""

    def __init__(self, status: int, ours: ReelbusError) -> None:
        super().__init__(str(status))
        self.status, self.ours = status, ours


def _field(value: str | Part) -> Any:
    return value if isinstance(value, str) else (value.name, value.content, value.media_type)


def _read(response: urllib3.BaseHTTPResponse, card: Provider, ends_s: float) -> Answer:
    """Read an answer whole.

    Raises:
        ProviderFailed: it breaks off, is too long or takes too long.
    """
    parts, size = [], 0
    try:
        while chunk := response.read1(1 << 18):
            parts.append(chunk)
            size += len(chunk)
            if size > ANSWER_BYTES:
                raise ProviderFailed(f"{card.name} answers with more than {ANSWER_BYTES >> 20} MiB")
            if time.monotonic() > ends_s:
                raise ProviderFailed(f"{card.name} takes too long to answer")
    except (HTTPError, OSError) as error:
        raise ProviderFailed(f"{card.name} broke off its answer ({type(error).__name__})") from error
    body = b"".join(parts)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    content = None
    if media_type.endswith("json") or (
        body[:1] in b"{[" and not media_type.startswith(("audio/", "image/", "video/"))
    ):
        try:
            content = json.loads(body)
        except ValueError:
            content = None
    return Answer(content, body, media_type)


def _ours(status: int, retry_after: str | None, answer: Answer, card: Provider) -> ReelbusError:
    """Return what a status means, in our words: who has to do something, and whether another try may help."""
    said = words_of(answer.content, card)
    words = f"{card.name} answers {status}" + (f": {said}" if said else "")
    wait_s = asked_s(retry_after, time.time())
    if status != 429 and is_refusal(answer.content, card):
        return ModerationBlocked(words)
    if status == 402 or (status in {400, 401, 403, 429} and wants_money(answer.content, card)):
        return ProviderRejected(f"{words} (its account has no credit left)")
    if status in {401, 403}:
        return ProviderAuth(f"{words} (the key is {card.key})")
    if status == 429:
        return ProviderRateLimited(words, retry_after_s=wait_s)
    if status in {408, 409, 425} or status >= 500:
        return ProviderFailed(words, retry_after_s=wait_s)
    return ProviderRejected(words)
