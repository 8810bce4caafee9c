"""What is known of a job as a whole, folded from its public facts: its nodes, what was made, how far it is, its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from planning.projection.runs import ACCEPTED, ASSET, PROGRESS, REJECTED, PublicFact
from planning.projection.summary import JobSummary

NodeState = Literal["waiting", "running", "done", "missing"]
Json = Mapping[str, Any]
"""A part of a fact, as `schemas.facts` says what stands in it."""


@dataclass
class NodeView:
    """What is known of one node.

    - `capability`: None while only its progress was heard: films grow nodes that no acceptance names.
    - `fraction`, `stage`: what its newest attempt told last; 1.0 when it is made.
    - `engine`, `cached`: who made it, and whether it was remembered; None while it is not made.
    """

    node_id: str
    capability: str | None = None
    needs: tuple[str, ...] = ()
    fraction: float = 0.0
    stage: str = ""
    engine: str | None = None
    cached: bool = False
    _heard_at: tuple[int, int] = field(default=(-1, -1), compare=False)

    @property
    def made(self) -> bool:
        """Whether something of it is ready."""
        return self.engine is not None


@dataclass(frozen=True)
class AssetView:
    """An asset of a role, with the node that it came from."""

    node_id: str
    role: str
    asset: Json
    engine: Json
    cached: bool
    _made_at: int = field(compare=False)


@dataclass
class JobView(JobSummary):
    """The view of one job, or of one request that was refused; `apply` folds its facts in, as `JobSummary` says.

    The facts of one run in any order and however often give equal views. What does not follow from them: in which
    order the names stand in `nodes` and `assets`, and what of several nodes with one role when they are told again:
    the newest record of a role counts. A view is as large as its job: an entry for each node and each role.

    - `assets`: what is ready, by role.
    """

    nodes: dict[str, NodeView] = field(default_factory=dict)
    assets: dict[str, AssetView] = field(default_factory=dict)
    _told_end: Json = field(default_factory=dict)
    _refusal: Json = field(default_factory=dict)
    _progress: Json = field(default_factory=dict)
    _progress_at: tuple[int, int] = field(default=(-1, -1), compare=False)

    @property
    def outputs(self) -> Mapping[str, Json]:
        """The assets of the run's outputs by role, once it has ended."""
        outputs: Mapping[str, Json] = self._told_end.get("outputs", {})
        return outputs

    @property
    def error(self) -> Json | None:
        """Why the run failed, if it did."""
        return self._told_end.get("error")

    @property
    def degraded(self) -> Sequence[Json]:
        """What the result lacks."""
        return self._told_end.get("degraded") or ()

    @property
    def problems(self) -> Sequence[Json]:
        """Everything that is wrong with the request that was refused."""
        errors: Sequence[Json] = self._refusal.get("errors", ())
        return errors

    @property
    def fraction(self) -> float:
        """How far the run is, from 0.0 to 1.0."""
        return 1.0 if self.ending == "succeeded" else self._progress.get("job_fraction") or 0.0

    @property
    def stage(self) -> str:
        """What is done now, in a word; the last such word of a run that ended."""
        return "done" if self.ending == "succeeded" else self._progress.get("stage", "")

    @property
    def eta_s(self) -> float | None:
        """In how many seconds it may be done; None where that is not known, or it has ended."""
        return None if self.ending is not None else self._progress.get("eta_s")

    def state_of(self, node_id: str) -> NodeState:
        """Return how a node stands, as far as facts tell: of a run that ended, what was not made is missing."""
        node = self.nodes[node_id]
        if node.made:
            return "done"
        if self.ending is not None:
            return "missing"
        return "running" if node.stage else "waiting"

    def apply(self, fact: PublicFact) -> bool:
        """Fold a fact in; returns whether it tells of the newest run that is known."""
        before = self.run
        of_newest = super().apply(fact)
        if self.run != before:
            self.nodes, self.assets, self._told_end = {}, {}, {}
            self._progress, self._progress_at = {}, (-1, -1)
        if fact.type == REJECTED and fact.offset == self._refused_at:
            self._refusal = fact.data
        if not of_newest:
            return False
        if self.is_end(fact):
            self._told_end = fact.data
        elif fact.type == ACCEPTED:
            self._plan(fact.data.get("nodes", ()))
        elif fact.type == ASSET:
            self._make(fact)
        elif fact.type == PROGRESS:
            self._hear(fact)
        return True

    def _node(self, node_id: str) -> NodeView:
        return self.nodes.setdefault(node_id, NodeView(node_id))

    def _plan(self, nodes: Iterable[Json]) -> None:
        for planned in nodes:
            node = self._node(planned["node_id"])
            node.capability, node.needs = planned.get("capability"), tuple(planned.get("needs", ()))

    def _make(self, fact: PublicFact) -> None:
        told = fact.data
        node = self._node(told["node_id"])
        node.capability, node.fraction = told.get("capability"), 1.0
        node.engine, node.cached = told["engine"]["name"], told["cached"]
        known = self.assets.get(told["role"])
        if known is None or fact.offset > known._made_at:
            self.assets[told["role"]] = AssetView(
                told["node_id"], told["role"], told["asset"], told["engine"], told["cached"], fact.offset
            )

    def _hear(self, fact: PublicFact) -> None:
        # Numbers count up over all attempts of a node; one that is told twice, by two owners of a job, may differ.
        place = (int(fact.data.get("seq", 0)), fact.offset)
        node_id = fact.data.get("node_id")
        if not node_id:
            if place > self._progress_at:
                self._progress, self._progress_at = fact.data, place
            return
        node = self._node(node_id)
        if place > node._heard_at:
            node._heard_at, node.stage = place, fact.data.get("stage", "")
            node.fraction = 1.0 if node.made else fact.data.get("fraction") or 0.0


def view_of(job_id: str, facts: Iterable[PublicFact]) -> JobView | None:
    """Return the view of a job's newest run; None when nothing is told of it."""
    view = JobView(job_id)
    heard = False
    for fact in facts:
        view.apply(fact)
        heard = True
    return view if heard else None
