"""What the card of a provider says: where it is, how it is spoken to, what its models take, give and cost.

A card is data and pure functions; `engines.remote` does the talking. Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from schemas.choices import Lifecycle, Quality


class Given(Protocol):
    """A file that a task gives along."""

    @property
    def media_type(self) -> str:
        """What it is."""

    @property
    def content(self) -> bytes:
        """All its bytes."""

    @property
    def data_url(self) -> str:
        """The file as a `data:` address (RFC 2397)."""


class Asked(Protocol):
    """What a card makes a request of: one task, and the model that shall do it."""

    @property
    def model(self) -> str:
        """The provider's name for the model."""

    @property
    def capability(self) -> str:
        """What shall be done."""

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of the capability, with defaults filled in."""

    @property
    def seed(self) -> int:
        """What decides the random choices, where the provider lets somebody else decide them."""

    def given(self, pointer: str) -> Given | None:
        """Return the file at a place among the parameters, such as `/image`; None where there is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a form."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One request over HTTP. `path` stands below the provider's base address; there is a JSON `body` or a `form`, or neither."""

    path: str
    body: Mapping[str, Any] | None = None
    form: Sequence[tuple[str, str | Part]] | None = None
    method: Literal["GET", "POST", "PUT", "DELETE"] = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Yield:
    """Where the result stands in an answer. A place is a JSON pointer; `*` in it is the first entry of a list.

    - `address`: of a file to fetch; it may hold the file itself, as a `data:` address.
    - `base64`: the file. What it is its bytes say.
    - `text`: words, which are a file of their own. `body`: the whole answer is the file.
    - `words`: of speech, a function that reads the time of every word from the answer.
    - `rate_hz`: the file is bare samples of 16 bits (PCM) at this rate, and gets a header.
    """

    address: str = ""
    base64: str = ""
    text: str = ""
    body: bool = False
    words: Callable[[Any], Sequence[Mapping[str, Any]]] | None = None
    rate_hz: int = 0
    with_key: bool = False
    """The file is given to whoever has the key alone."""


@dataclass(frozen=True, slots=True)
class Job:
    """How work that takes long is followed.

    In paths `{id}` is what stands at `id` in the answer to the submission, `{model}` the model, and `{app}` the first
    two segments of its name.

    - `status`: where the answer to a check says how the work stands; `working`, `done` and `failed` are its words. A
      `done` word of "" means that whatever is no other word is done.
    - `error`: where it says why it failed; `refused` are words in there that mean a refusal for what was asked.
    - `result`: what to get when it is done; without it the check's own answer has the result.
    - `cancel`: how it is called off.
    """

    id: str
    check: str
    status: str
    working: tuple[str, ...]
    done: tuple[str, ...]
    failed: tuple[str, ...] = ()
    error: str = ""
    result: str = ""
    cancel: tuple[Literal["POST", "PUT", "DELETE"], str] | None = None
    check_in_s: float = 5.0
    expires_in_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One model of a provider, and how it is asked. Without a `job` the answer to the request is the result.

    `name` is what our catalogue calls it, behind the provider's name. `usd` is what one task costs, as its price list
    said on `priced`; `free` says that it costs nothing.
    """

    name: str
    model: str
    capabilities: tuple[str, ...]
    request: Callable[[Asked], Call]
    gives: Yield | Callable[[Asked], Yield]
    job: Job | None = None
    qualities: tuple[Quality, ...] = ("standard", "high")
    limits: tuple[tuple[str, float], ...] = ()
    usd: float = 0.0
    free: bool = False
    longest_s: float = 120.0
    """What an answer that is the result may take."""
    lifecycle: Lifecycle = "active"
    successor: str = ""
    """Our name of the model that takes its place."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. `key` is the variable that holds the key; `{key}` in `authorization` stands for it.

    - `address`: where it is; the variable `<ID>_BASE_URL` puts another in its place.
    - `idempotency_header`: where it takes a key by which equal requests are known, so that nothing is paid twice.
    - `moderated`: words in an error that mean that it will not make this.
    - `out_of_credit`: words in an error that mean that somebody has to pay first: no other try mends that.
    - `error`: the places where an answer that is an error says why, the best first.
    """

    id: str
    name: str
    address: str
    key: str
    offers: tuple[Offer, ...]
    authorization: tuple[str, str] = ("Authorization", "Bearer {key}")
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotency_header: str = ""
    moderated: tuple[str, ...] = ("content_policy", "moderation", "safety", "content_filter", "nsfw")
    out_of_credit: tuple[str, ...] = ("insufficient_quota", "billing", "credit", "quota_exceeded", "balance")
    error: tuple[str, ...] = ("/error/message", "/message", "/detail", "/error")
    priced: str = "2026-11"
    """The month of the price list."""

    @property
    def address_variable(self) -> str:
        """The variable that puts another address in the place of its own."""
        return f"{self.id.upper().replace('-', '_')}_BASE_URL"
