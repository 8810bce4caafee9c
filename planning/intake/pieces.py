"""Which pieces of work a request as given holds, and where; wrong types are passed over, others report them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.capabilities import Capability
from schemas.pointers import Place

_CAPABILITIES = frozenset(capability.value for capability in Capability)


@dataclass(frozen=True, slots=True)
class Piece:
    """A capability with its parameters: `at` is where both stand, `params_at` where the parameters do."""

    at: Place
    params_at: Place
    capability: Capability
    params: Mapping[str, Any]
    node: str | None = None


def pieces(request: Mapping[str, Any]) -> Iterator[Piece]:
    """Yield each piece of work that a task, batch, graph or composition asks for."""
    match request.get("kind"):
        case "task":
            yield from _piece(request, ())
        case "batch":
            items = request.get("items")
            for index, item in enumerate(items if isinstance(items, list) else ()):
                yield from _piece(item, ("items", index))
        case "graph":
            nodes = request.get("nodes")
            for name, node in (nodes if isinstance(nodes, dict) else {}).items():
                yield from _piece(node, ("nodes", name), name)
        case "composition":
            yield Piece((), (), Capability.COMPOSITION, {"timeline": request.get("timeline")})


def _piece(value: Any, at: Place, node: str | None = None) -> Iterator[Piece]:
    if not isinstance(value, dict):
        return
    capability, params = value.get("capability"), value.get("params")
    if isinstance(capability, str) and capability in _CAPABILITIES and isinstance(params, dict):
        yield Piece(at, (*at, "params"), Capability(capability), params, node)
