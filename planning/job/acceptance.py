"""How an accepted request becomes a job: its identity, its engines and the first nodes of its graph."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.models import MODELS, Model
from planning.recipes.film import growth, timeline
from planning.recipes.film.steering import steered
from planning.routing.availability import Fleet
from planning.routing.choose import Need, Refused, choose
from runtime.errors import EngineUnavailable
from schemas import identity
from schemas.assets import Asset
from schemas.log import JobAccepted, PlannedNode
from schemas.references import is_reference

PLAN_VERSION = 3
"""Which rules a job is folded by: a log that is folded again must give again what it gave.

2: outages use time. 3: a film's captions are shown once, know abbreviations and show no marks; of nodes called
`script` only a film's own is one.
"""
_FLEET = Fleet()


def accept(
    request: Mapping[str, Any],
    *,
    request_id: str,
    event_id: str,
    requested_ms: int,
    inputs: Mapping[str, Asset],
    traceparent: str | None = None,
    candidates: Sequence[Model] = MODELS,
    fleet: Fleet = _FLEET,
) -> JobAccepted:
    """Return the log event of a request that intake found valid; `event_id` is the default idempotency key.

    `candidates` are the engines that there are, in order of preference, and `fleet` says which of them run here.

    Raises:
        EngineUnavailable: no engine here does what the request needs at its quality.
    """
    said = request_digest(request)
    request = steered(request)
    tenant = request.get("tenant", "default")
    key = request.get("idempotency_key", event_id)
    job_id = identity.job_id(tenant, key)
    quality = request.get("quality", "draft")
    deadline_s = request.get("deadline_s")
    nodes = first_nodes(request)
    return JobAccepted(
        job_id=job_id,
        request_id=request_id,
        idempotency_key=key,
        tenant=tenant,
        kind=request["kind"],
        request=dict(request),
        request_digest=said,
        plan_version=PLAN_VERSION,
        lane="batch" if request.get("priority") == "batch" else "interactive",
        quality=quality,
        on_failure=request.get("on_failure", "fail"),
        seed=int(request["seed"]) if "seed" in request else identity.default_seed(job_id),
        engines=_engines(request, nodes, quality, candidates, fleet),
        labels=dict(request.get("labels", {})),
        deadline_ms=requested_ms + int(deadline_s * 1000) if deadline_s else None,
        nodes=nodes,
        outputs=_outputs(request, nodes),
        inputs=dict(inputs),
        traceparent=traceparent,
    )


def request_digest(request: Mapping[str, Any]) -> str:
    """Return the sha256 of what a request says, whatever its key is: equal requests are one job."""
    return digest({name: value for name, value in request.items() if name != "idempotency_key"})


def first_nodes(request: Mapping[str, Any]) -> tuple[PlannedNode, ...]:
    """Return the nodes that the request itself names; a film's later nodes grow from results."""
    match request["kind"]:
        case "task":
            return (_node("result", request["capability"], request["params"], ()),)
        case "batch":
            return tuple(_node(i["id"], i["capability"], i["params"], ()) for i in request["items"])
        case "graph":
            return tuple(
                _node(name, n["capability"], n["params"], n.get("needs", ()))
                for name, n in request["nodes"].items()
            )
        case "composition":
            return (_node("result", "composition", {"timeline": request["timeline"]}, ()),)
        case "film":
            return growth.first_nodes(request)
        case kind:
            raise ValueError(f"no plan for kind {kind}")


def digest(value: Any) -> str:
    """Return the sha256 of a JSON value, equal for equal values however they were spelled."""
    text = json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def references(value: Any) -> Iterator[str]:
    """Yield the names of all nodes that a parameter value refers to."""
    if is_reference(value):
        yield value["$from"]
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references(item)


def _canonical(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {k: _canonical(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(v) for v in value]
    return value


def _node(name: str, capability: str, params: Mapping[str, Any], needs: Any) -> PlannedNode:
    own = {k: v for k, v in params.items() if k not in {"engine", "seed"}}
    all_needs = dict.fromkeys([*needs, *references(own)])
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


def _engines(
    request: Mapping[str, Any],
    nodes: tuple[PlannedNode, ...],
    quality: str,
    candidates: Sequence[Model],
    fleet: Fleet,
) -> dict[str, str]:
    needed = (
        growth.capabilities(request)
        if request["kind"] == "film"
        else [n.capability for n in nodes if n.engine is None]
    )
    pins = request.get("engines", {})
    chosen = {}
    for capability in dict.fromkeys(needed):
        row = choose(Need(capability, quality, pins.get(capability)), candidates, fleet=fleet)
        if isinstance(row, Refused):
            raise EngineUnavailable(f"no engine of this installation does {capability} at quality {quality}")
        chosen[capability] = row.name
    return chosen


def _outputs(request: Mapping[str, Any], nodes: tuple[PlannedNode, ...]) -> tuple[str, ...]:
    match request["kind"]:
        case "film":
            return (timeline.FILM,)
        case "graph":
            if request.get("outputs"):
                return tuple(request["outputs"])
            needed = {need for node in nodes for need in node.needs}
            return tuple(node.node_id for node in nodes if node.node_id not in needed)
        case _:
            return tuple(node.node_id for node in nodes)
