"""How a ready node becomes a work order: references replaced by what the other nodes gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planning.state import Job, Node
from schemas import identity
from schemas.assets import Asset
from schemas.orders import WorkOrder
from schemas.references import is_reference

_WORDS = frozenset({"prompt", "text", "system", "instruction", "negative_prompt", "description"})


class UnresolvedReference(ValueError):
    """A parameter refers to something that the other node did not give."""


def order(job: Job, node: Node) -> WorkOrder:
    """Return the work order for the node's current attempt.

    A stand-in does without the parameters whose references name nothing.

    Raises:
        UnresolvedReference: a `$from` names a node without asset, or a field that its asset lacks.
    """
    inputs: dict[str, Asset] = {}
    params = {}
    for name, value in node.params.items():
        try:
            own_words = name in _WORDS and isinstance(value, str)
            params[name] = value if own_words else _resolve(job, value, f"/{name}", inputs)
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
        lane="replay" if job.run > 1 else "batch" if job.lane == "batch" else "interactive",
        quality="draft" if job.quality == "draft" else "high" if job.quality == "high" else "standard",
        capability=node.capability,
        role=node.role,
        engine=node.engine,
        params=params,
        inputs=inputs,
        seed=node.seed,
        fresh=node.fresh,
        traceparent=job.traceparent,
        deadline_ms=job.deadline_ms or None,
        draft=any(job.nodes[need].family == "draft" for need in node.needs),
    )


def _resolve(job: Job, value: Any, pointer: str, inputs: dict[str, Asset]) -> Any:
    if isinstance(value, Mapping):
        if is_reference(value):
            return _from_node(job, value, pointer, inputs)
        return {k: _resolve(job, v, f"{pointer}/{_escape(k)}", inputs) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_resolve(job, v, f"{pointer}/{i}", inputs) for i, v in enumerate(value)]
    if isinstance(value, str) and value in job.inputs:
        return _given(job.inputs[value], pointer, inputs)
    return value


def _from_node(job: Job, reference: Mapping[str, Any], pointer: str, inputs: dict[str, Asset]) -> Any:
    name, field = reference["$from"], reference.get("field")
    node = job.nodes.get(name)
    found = node.main_asset() if node is not None else None
    if found is None:
        raise UnresolvedReference(f"{pointer} refers to {name}, which gave no asset")
    if field is not None:
        if found.get(field) is None:
            raise UnresolvedReference(
                f"{pointer} refers to the field {field}, which the asset of {name} does not have"
            )
        return found[field]
    return _given(found, pointer, inputs)


def _given(found: Mapping[str, Any], pointer: str, inputs: dict[str, Asset]) -> str:
    """Hand an asset on. Its text stays behind: who wants it asks for the field, and sixty of them fill a record."""
    asset = Asset.model_validate(
        {name: value for name, value in found.items() if name != "text"}, strict=False
    )
    inputs[pointer] = asset
    return asset.asset_id


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
