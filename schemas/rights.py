"""Which least rights each role needs on topics, groups and transactional ids, as data."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from schemas.choices import MODALITIES
from schemas.topics import topic

Resource = Literal["topic", "group", "transactional id"]
Operation = Literal["Read", "Write", "Alter", "Describe"]
"""The first three let the holder also see (Describe) what they are of; who may alter a topic may widen it."""


@dataclass(frozen=True, order=True)
class Right:
    """May do `operation` with the resource of this name, or with all whose names begin so."""

    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False

    @property
    def pattern(self) -> str:
        """The name as people read it: a prefix ends with a star."""
        return f"{self.name}*" if self.prefixed else self.name


def rights_of(
    role: str, prefix: str = "media", tenant: str | None = None, pools: Collection[str] = ()
) -> tuple[Right, ...]:
    """Return the rights of a role; a requester of a tenant may write to that tenant's own topic alone.

    Each of `pools`, those that are no modality's, is a role too: that of its workers.

    >>> rights_of("requester", "media", "acme")
    (Right(resource='topic', name='media.requests.acme', operation='Write', prefixed=False),)

    Raises:
        KeyError: There is no such role.
    """
    if role == "requester" and tenant is not None:
        return (Right("topic", topic(prefix, "requests", tenant), "Write"),)
    found = _worker(role) if role in pools else _RIGHTS[role]
    if role == "coordinator":
        found = [*found, _looks_at(*sorted(pools))]
    return tuple(right for rights in found for right in rights(prefix))


_Rights = Callable[[str], list[Right]]


def _reads(*names: str) -> _Rights:
    return lambda prefix: [Right("topic", topic(prefix, name), "Read") for name in names]


def _writes(*names: str) -> _Rights:
    return lambda prefix: [Right("topic", topic(prefix, name), "Write") for name in names]


def _below(name: str, operation: Operation) -> _Rights:
    """On all topics whose names go on after `name`: lanes of work, topics of tenants."""
    return lambda prefix: [Right("topic", f"{topic(prefix, name)}.", operation, prefixed=True)]


def _joins(*names: str) -> _Rights:
    return lambda prefix: [Right("group", f"{prefix}-{name}", "Read") for name in names]


def _looks_at(*names: str) -> _Rights:
    return lambda prefix: [Right("group", f"{prefix}-{name}", "Describe") for name in names]


def _worker(pool: str) -> list[_Rights]:
    return [
        _below(f"tasks.{pool}", "Read"),
        _joins(pool),
        _reads("control"),
        _writes("log", "progress", "workers", "dlq"),
    ]


_RIGHTS: dict[str, list[_Rights]] = {
    "intake": [
        _reads("requests", "workers"),
        _below("requests", "Read"),
        _joins("intake"),
        _writes("log", "dlq"),
    ],
    "coordinator": [
        _reads("log", "state"),
        _joins("coordinator"),
        _reads("jobs", "assets"),  # what was told already, when a state is folded again
        _reads("requests"),  # how long what waits has waited, for metrics
        _below("tasks", "Read"),
        _looks_at("intake", *MODALITIES, "names"),
        _writes("log", "state", "jobs", "assets", "progress", "control", "deferred", "dlq"),
        _below("tasks", "Write"),
        _below("tasks", "Alter"),  # a lane that is narrower than its pool has workers
        _reads("workers"),
        lambda prefix: [Right("transactional id", f"reelbus-{prefix}-", "Write", prefixed=True)],
    ],
    **{modality: _worker(modality) for modality in MODALITIES if modality != "assembly"},
    "remote": [_reads("deferred"), _joins("remote"), _writes("log", "deferred")],
    "composer": [*_worker("assembly"), _reads("jobs"), _joins("names")],
    "gateway": [_writes("requests"), _reads("jobs", "assets", "progress", "workers")],
    "requester": [_writes("requests")],
    "reader": [
        _reads("jobs", "assets", "progress"),
        lambda prefix: [Right("group", f"{prefix}-reader", "Read", prefixed=True)],
    ],
}

ROLES = tuple(_RIGHTS)
"""Every role; processes have the names that `reelbus up` gives them."""


def rights_table(prefix: str = "media") -> str:
    """Return the rights of all roles as a table in Markdown."""
    lines = [
        "| role | reads | writes | widens | groups | looks at groups | transactional ids |",
        "|---|---|---|---|---|---|---|",
    ]
    for role in ROLES:
        rights = rights_of(role, prefix)
        lines.append("| " + " | ".join([role, *(_cell(rights, *column) for column in _COLUMNS)]) + " |")
    return "\n".join(lines)


_COLUMNS: tuple[tuple[Resource, Operation], ...] = (
    ("topic", "Read"),
    ("topic", "Write"),
    ("topic", "Alter"),
    ("group", "Read"),
    ("group", "Describe"),
    ("transactional id", "Write"),
)


def _cell(rights: tuple[Right, ...], resource: Resource, operation: Operation) -> str:
    return ", ".join(
        f"`{right.pattern}`" for right in rights if (right.resource, right.operation) == (resource, operation)
    )
