"""What every kind of job answers, from intake to its end; a recipe overrides what is its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from planning.job.state import Failure, Job, Node
from schemas.base import JsonObject
from schemas.capabilities import Capability
from schemas.log import PlannedNode
from schemas.mediakinds import MediaKind
from schemas.pointers import Place

Pattern = tuple[str, ...]
"""A place inside a request, "*" standing for every index of an array."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A capability with its parameters: `at` is where both stand, `params_at` where the parameters do."""

    at: Place
    params_at: Place
    capability: Capability
    params: Mapping[str, Any]
    node: str | None = None


class CannotGrow(Exception):
    """Nothing can be planned from what a job's nodes gave: the job ends with this failure."""

    def __init__(self, failure: Failure) -> None:
        """Keep the failure, whose message is for whoever asked for the job."""
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True)
class Recipe:
    """One dated recipe: the rules of a kind of job that begins at plan version `since` or later.

    The answers here are those of a job whose nodes are all known from the start. What intake asks is asked of any
    JSON, and passes over what has a wrong type; all else is asked of requests that intake found valid, perhaps an
    older version's.
    """

    since: int = 1
    version: int = 1
    essentials: frozenset[str] = frozenset()
    """Names of nodes without which nothing is left to make: with one of them the job ends, whatever its policy is."""

    kind: ClassVar[str] = ""
    names: ClassVar[Mapping[Pattern, str]] = {}
    """Where names of the catalogue stand, and what they name: ("style",) is a "style"."""
    assets: ClassVar[tuple[tuple[Pattern, frozenset[MediaKind]], ...]] = ()
    """Where addresses of assets stand beside those of its pieces, and which media they may be."""
    unique: ClassVar[Pattern | None] = None
    """Where names stand of which none may stand twice."""
    joined: ClassVar[bool] = False
    """Whether it has `nodes` whose parameters may be results of others."""
    grows_by: ClassVar[Sequence[str]] = ()
    """Which fields make it large; of those in a request the first is named when it is too large."""

    def pieces(self, request: JsonObject) -> Iterator[Piece]:
        """Yield each piece of work that a request, as given, holds."""
        yield from ()

    def capabilities(self, request: JsonObject) -> Sequence[str]:
        """Return what a job of this request, as given, may need beside its pieces."""
        return ()

    def works(self, request: JsonObject, capability: str) -> tuple[JsonObject, ...]:
        """Return the parameters of work of a capability that the job's own engine gets, as far as the request says them."""
        return tuple(
            piece.params
            for piece in self.pieces(request)
            if piece.capability == capability and "engine" not in piece.params
        )

    def steered(self, request: JsonObject) -> dict[str, Any]:
        """Return the request with what its own words ask for in fields that it leaves open."""
        return dict(request)

    def first_nodes(self, request: JsonObject) -> tuple[PlannedNode, ...]:
        """Return the nodes that need nothing but the request.

        Raises:
            ValueError: nothing is known of this kind of job.
        """
        raise ValueError(f"no plan for kind {request['kind']}")

    def outputs(self, request: JsonObject, nodes: Sequence[PlannedNode]) -> tuple[str, ...]:
        """Return the nodes whose assets are the job's result, as far as they are known when it begins."""
        return tuple(node.node_id for node in nodes)

    def chosen_outputs(self, job: Job) -> Sequence[str]:
        """Return the nodes whose assets are the job's result now: the best of several turns, once it is known."""
        return job.outputs

    def grow(self, job: Job) -> tuple[PlannedNode, ...]:
        """Return the nodes that can be planned now and were not before; `job.grown` remembers which steps are done.

        Raises:
            CannotGrow: nothing can be made of what the nodes gave.
        """
        return ()

    def complete(self, job: Job) -> bool:
        """Whether the graph will grow no more."""
        return True

    def essential(self, job: Job, node: Node) -> bool:
        """Whether nothing is left to make without this node."""
        return node.node_id in self.essentials

    def fraction(self, job: Job) -> float:
        """Return how much of the work is done, 0.0 to 1.0: here each node counts the same."""
        return sum(1.0 if n.ended else n.fraction for n in job.nodes.values()) / max(len(job.nodes), 1)

    def needs_texts(self, job: Job) -> bool:
        """Whether the texts of all results are still needed to plan the rest."""
        return False
