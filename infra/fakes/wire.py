"""How the fakes hear and answer over HTTP: requests with their bodies read, and replies with a status."""

from __future__ import annotations

import email.parser
import email.policy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.fakes.ledger import Ledger, Purchase


@dataclass(frozen=True, slots=True)
class Asked:
    """One request at one fake; `path` is without the fake's own first segment, `base` the address of that."""

    provider: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    ledger: Ledger
    outcome: str
    """What the job that this begins comes to."""

    @property
    def route(self) -> tuple[str, ...]:
        """The segments of the path."""
        return tuple(filter(None, urlsplit(self.path).path.split("/")))

    @property
    def query(self) -> dict[str, str]:
        """The query, the first value of each name."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def json(self) -> dict[str, Any]:
        """Return the body as JSON.

        Raises:
            Wrong: it is none.
        """
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            raise Wrong("the body is no JSON") from None
        if not isinstance(found, dict):
            raise Wrong("the body is no object")
        return found

    def form(self) -> dict[str, Any]:
        """Return the fields of a form: texts, and files as bytes.

        Raises:
            Wrong: it is none.
        """
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            raise Wrong("Content-Type has to be multipart/form-data")
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body)
        found: dict[str, Any] = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            found[str(name)] = content if part.get_filename() else bytes(content or b"").decode()
        return found

    def buy(self, model: str, prompt: str, price_usd: float) -> Purchase:
        """Sell what is asked for."""
        key = self.headers.get("idempotency-key", "")
        return self.ledger.buy(self.provider, model, prompt, price_usd, key)

    def file(self, purchase: Purchase, name: str) -> str:
        """Return the address of a file that was made, such as `picture.png`."""
        host = "http://10.255.255.1" if self.outcome == "private" else self.base
        return f"{host}/_files/{purchase.job}/{name}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    content: Any
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The answer as bytes."""
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


class Wrong(Exception):
    """A request that the provider refuses with 400, and why."""


def needed(body: Mapping[str, Any], *names: str) -> None:
    """Raises Wrong where a field is missing that the provider needs."""
    lacking = [name for name in names if body.get(name) in (None, "")]
    if lacking:
        raise Wrong(f"missing: {', '.join(lacking)}")
