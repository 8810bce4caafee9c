"""How a ready node becomes a work order: references replaced by what the other nodes gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planning.job.fitting import TooLarge
from planning.job.state import Job, Node
from schemas import identity
from schemas.assets import Asset
from schemas.capabilities import CAPABILITIES
from schemas.choices import QUALITIES, Lane
from schemas.orders import WorkOrder
from schemas.references import is_reference
from schemas.sizes import BUDGETS


class UnresolvedReference(ValueError):
    """A parameter refers to something that the other node did not give."""


@dataclass(slots=True)
class _Inputs:
    """The assets of an order: each once, where it stands first, and the pointers to its other places."""

    job: Job
    first: dict[str, Asset] = field(default_factory=dict)
    again: dict[str, list[str]] = field(default_factory=dict)
    _firsts: dict[Asset, str] = field(default_factory=dict)
    _known: dict[str, Asset] = field(default_factory=dict)

    def give(self, name: str, found: Mapping[str, Any], pointer: str) -> str:
        """Hand an asset on. Its text stays behind: who wants it asks for the field, and sixty of them fill a record.

        `name` is what it is called in the job, so that it is read once however often it is asked for.
        """
        asset = self._known.get(name)
        if asset is None:
            asset = self._known[name] = Asset.model_validate(
                {name: value for name, value in found.items() if name != "text"}, strict=False
            )
        first = self._firsts.setdefault(asset, pointer)
        if first == pointer:
            self.first[pointer] = asset
        else:
            self.again.setdefault(first, []).append(pointer)
        return asset.asset_id


def order(job: Job, node: Node) -> WorkOrder:
    """Return the work order for the node's current attempt.

    A stand-in does without the parameters whose references name nothing.

    Raises:
        UnresolvedReference: a `$from` names a node without asset, or a field that its asset lacks.
        TooLarge: with what it refers to the order is larger than a record may be.
    """
    made = written(job, node)
    # Texts count by their characters first: a thousand references to one text shall not become bytes.
    if _characters(made.params) > BUDGETS["tasks"] or len(made.to_bytes()) > BUDGETS["tasks"]:
        raise TooLarge(
            f"the work order of {node.node_id} would be larger than {BUDGETS['tasks']} bytes "
            "with everything that it refers to"
        )
    return made


def written(job: Job, node: Node) -> WorkOrder:
    """Return the work order as it is, however large.

    Raises:
        UnresolvedReference: as `order`.
    """
    inputs = _Inputs(job)
    row = CAPABILITIES.get(node.capability)
    words = row.words if row else ()
    params = {}
    for name, value in node.params.items():
        try:
            own_words = name in words and isinstance(value, str)
            params[name] = value if own_words else _resolve(value, f"/{name}", inputs)
        except UnresolvedReference:
            if not node.substituted:
                raise
    return WorkOrder(
        job_id=job.job_id,
        run=job.run,
        node_id=node.node_id,
        attempt=node.attempt,
        task_id=identity.task_id(job.job_id, job.run, node.node_id, node.attempt),
        tenant=job.tenant,
        lane=lane_of(job),
        quality=next((quality for quality in QUALITIES if quality == job.quality), "standard"),
        capability=node.capability,
        role=node.role,
        engine=node.engine,
        params=params,
        inputs=inputs.first,
        again={first: tuple(others) for first, others in inputs.again.items()},
        seed=node.seed,
        fresh=node.fresh,
        traceparent=job.traceparent,
        deadline_ms=job.deadline_ms or None,
        draft=any(job.nodes[need].family == "draft" for need in node.needs),
        checkpoint=None if node.checkpoint is None else Asset.model_validate(node.checkpoint, strict=False),
        ticket=node.ticket or None,
        submission=node.submission,
        submitted_before=node.doubtful,
    )


def lane_of(job: Job) -> Lane:
    """Return the lane of a job's orders."""
    return "replay" if job.run > 1 else "batch" if job.lane == "batch" else "interactive"


def _characters(value: Any) -> int:
    """Return how many characters the texts of a JSON value have: fewer than its bytes, and quickly counted."""
    row, count = [value], 0
    while row:
        inner = row.pop()
        if isinstance(inner, str):
            count += len(inner)
        elif isinstance(inner, Mapping):
            row.extend(inner.values())
        elif isinstance(inner, list | tuple):
            row.extend(inner)
    return count


def _resolve(value: Any, pointer: str, inputs: _Inputs) -> Any:
    if isinstance(value, Mapping):
        if is_reference(value):
            return _from_node(value, pointer, inputs)
        return {k: _resolve(v, f"{pointer}/{_escape(k)}", inputs) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_resolve(v, f"{pointer}/{i}", inputs) for i, v in enumerate(value)]
    if isinstance(value, str) and value in inputs.job.inputs:
        return inputs.give(value, inputs.job.inputs[value], pointer)
    return value


def _from_node(reference: Mapping[str, Any], pointer: str, inputs: _Inputs) -> Any:
    name, field = reference["$from"], reference.get("field")
    node = inputs.job.nodes.get(name)
    found = node.main_asset() if node is not None else None
    if found is None:
        raise UnresolvedReference(f"{pointer} refers to {name}, which gave no asset")
    if field is not None:
        if found.get(field) is None:
            raise UnresolvedReference(
                f"{pointer} refers to the field {field}, which the asset of {name} does not have"
            )
        return found[field]
    return inputs.give(f"$from/{name}", found, pointer)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
