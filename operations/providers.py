"""Who makes media for this installation: itself and each provider behind one interface, with what each can do and whether it would."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.models import MODELS, Model
from catalog.providers import PROVIDERS
from catalog.providers.card import Provider
from runtime.errors import InvalidRequest, Unsupported
from runtime.keys import has_key
from schemas.capabilities import Capability
from schemas.explain import nearest, quoted

HERE = "local"
"""The id of what this installation makes by itself."""
Health = Literal["ok", "ailing", "unavailable"]


@dataclass(frozen=True, slots=True)
class MediaProvider:
    """Whoever makes media: the engines of this installation, or a provider with its models.

    - `models`: its engines, in the words of the catalogue; those that are retired are not among them.
    - `lacks`: says of an engine what keeps it from running here; empty when nothing does.
    - `ails`: says why an engine had better not be asked now; empty when it is well.
    """

    id: str
    name: str
    type: Literal["local", "remote"]
    models: tuple[Model, ...]
    lacks: Callable[[Model], str]
    ails: Callable[[Model], str] = lambda _: ""
    card: Provider | None = None

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What it can do, in the order of the catalogue."""
        known = {name for row in self.models for name in row.capabilities}
        return tuple(each.value for each in Capability if each.value in known)

    def can(self, capability: str) -> bool:
        """Whether one of its models does this."""
        return capability in self.capabilities

    def get_models_for_capability(self, capability: str) -> tuple[Model, ...]:
        """Return its models that do this, the preferred one first.

        Raises:
            Unsupported: there is no such capability.
        """
        if capability not in {each.value for each in Capability}:
            names = [each.value for each in Capability]
            raise Unsupported(f"there is no capability {quoted(capability)}; {nearest(capability, names)}")
        return tuple(row for row in self.models if capability in row.capabilities)

    def is_available(self) -> bool:
        """Whether at least one of its models would do work here."""
        return any(not self.lacks(row) for row in self.models)

    @property
    def reason(self) -> str:
        """Why it is not available; empty when it is."""
        return (
            ""
            if self.is_available()
            else next(filter(None, map(self.lacks, self.models)), "it has no models")
        )

    def get_health(self) -> Health:
        """Return how it is: well, ailing when all of its models that would do work ail, or not there."""
        there = [row for row in self.models if not self.lacks(row)]
        if not there:
            return "unavailable"
        return "ailing" if all(self.ails(row) for row in there) else "ok"

    def configure(self, config: Mapping[str, str]) -> None:
        """Give it its `api_key` and `base_url`, for this process and those that it starts.

        Raises:
            InvalidRequest: something else is given, or it takes nothing.
        """
        card = self.card
        known = {"api_key": card.key, "base_url": card.address_variable} if card is not None else {}
        if wrong := [name for name in config if name not in known]:
            allowed = ", ".join(known) or "nothing"
            raise InvalidRequest(f"{self.id} takes {allowed}, and not {', '.join(map(quoted, wrong))}")
        for name, value in config.items():
            os.environ[known[name]] = value


def _unset(row: Model) -> str:
    lacking = [name for name in row.keys if not has_key(name)]
    return f"without {', '.join(lacking)}" if lacking else ""


def providers(
    models: Sequence[Model] = MODELS,
    lacks: Callable[[Model], str] = _unset,
    ails: Callable[[Model], str] = lambda _: "",
) -> Iterator[MediaProvider]:
    """Yield this installation and every provider. Without another `lacks` a provider is there when its key is."""
    alive = [row for row in models if row.lifecycle != "retired"]
    own = tuple(row for row in alive if not row.provider)
    yield MediaProvider(HERE, "This installation", "local", own, lacks, ails)
    for card in PROVIDERS:
        theirs = tuple(row for row in alive if row.provider == card.id)
        yield MediaProvider(card.id, card.name, "remote", theirs, lacks, ails, card)


def provider(id_: str) -> MediaProvider:
    """Return one of them.

    Raises:
        Unsupported: there is none of that id.
    """
    found = {each.id: each for each in providers()}
    if id_ not in found:
        raise Unsupported(f"there is no provider {quoted(id_)}; {nearest(id_, tuple(found))}")
    return found[id_]
