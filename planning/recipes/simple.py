"""The recipes whose graph is known from the start: one piece of work, many, a graph of them, one composition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from planning.recipes.contract import Pattern, Piece, Recipe
from schemas.base import JsonObject
from schemas.capabilities import CAPABILITIES, Capability
from schemas.log import PlannedNode
from schemas.pointers import Place
from schemas.references import is_reference

_RESULT = "result"


class TaskRecipe(Recipe):
    """One result of one capability."""

    kind = "task"
    grows_by = ("params",)

    def pieces(self, request: JsonObject) -> Iterator[Piece]:
        """The request itself."""
        yield from _piece(request, ())

    def first_nodes(self, request: JsonObject) -> tuple[PlannedNode, ...]:
        """One node."""
        return (planned(_RESULT, request["capability"], request["params"]),)


class BatchRecipe(Recipe):
    """Many results, joined."""

    kind = "batch"
    unique = ("items", "*", "id")
    grows_by = ("items",)

    def pieces(self, request: JsonObject) -> Iterator[Piece]:
        """Its items."""
        items = request.get("items")
        for index, item in enumerate(items if isinstance(items, list) else ()):
            yield from _piece(item, ("items", index))

    def first_nodes(self, request: JsonObject) -> tuple[PlannedNode, ...]:
        """A node for each item."""
        return tuple(planned(item["id"], item["capability"], item["params"]) for item in request["items"])


class GraphRecipe(Recipe):
    """Work whose parameters may be results of other work, joined."""

    kind = "graph"
    joined = True
    grows_by = ("nodes",)

    def pieces(self, request: JsonObject) -> Iterator[Piece]:
        """Its nodes."""
        nodes = request.get("nodes")
        for name, node in (nodes if isinstance(nodes, dict) else {}).items():
            yield from _piece(node, ("nodes", name), name)

    def first_nodes(self, request: JsonObject) -> tuple[PlannedNode, ...]:
        """Its nodes, each needing what it says and what it refers to."""
        return tuple(
            planned(name, node["capability"], node["params"], node.get("needs", ()))
            for name, node in request["nodes"].items()
        )

    def outputs(self, request: JsonObject, nodes: Sequence[PlannedNode]) -> tuple[str, ...]:
        """What the request names, else whatever no other node needs."""
        if request.get("outputs"):
            return tuple(request["outputs"])
        needed = {need for node in nodes for need in node.needs}
        return tuple(node.node_id for node in nodes if node.node_id not in needed)


class CompositionRecipe(Recipe):
    """One file from given assets."""

    kind = "composition"
    grows_by = ("timeline",)

    def pieces(self, request: JsonObject) -> Iterator[Piece]:
        """Its timeline."""
        yield Piece((), (), Capability.COMPOSITION, {"timeline": request.get("timeline")})

    def first_nodes(self, request: JsonObject) -> tuple[PlannedNode, ...]:
        """One node."""
        return (planned(_RESULT, Capability.COMPOSITION.value, {"timeline": request["timeline"]}),)


class NamedRecipe(Recipe):
    """What a recipe of the catalogue says; there is none yet, so that intake refuses each."""

    kind = "recipe"
    names: ClassVar[Mapping[Pattern, str]] = {("recipe",): "recipe"}


def planned(name: str, capability: str, params: Mapping[str, Any], needs: Sequence[str] = ()) -> PlannedNode:
    """Return the node that does this piece of work: its engine and seed are no parameters of the work itself."""
    own = {k: v for k, v in params.items() if k not in {"engine", "seed"}}
    all_needs = dict.fromkeys([*needs, *_references(own)])
    seed = params.get("seed")
    return PlannedNode(
        node_id=name,
        capability=capability,
        role=name,
        params=own,
        needs=tuple(all_needs),
        engine=params.get("engine"),
        seed=int(seed) if isinstance(seed, int | float) else None,
    )


def _references(value: Any) -> Iterator[str]:
    """Yield the names of all nodes that a parameter value refers to."""
    if is_reference(value):
        yield value["$from"]
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _references(item)


def _piece(value: Any, at: Place, node: str | None = None) -> Iterator[Piece]:
    if not isinstance(value, dict):
        return
    capability, params = value.get("capability"), value.get("params")
    if isinstance(capability, str) and capability in CAPABILITIES and isinstance(params, dict):
        yield Piece(at, (*at, "params"), Capability(capability), params, node)
