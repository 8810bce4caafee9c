"""How an accepted request becomes a job: its identity, its engines and the first nodes of its graph."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.models import MODELS, Model
from catalog.policies import Policies
from planning.recipes.table import newest
from planning.routing.availability import Fleet
from planning.routing.choose import Need, Policy, Refused, choose, fallbacks_of, quality_of
from runtime.errors import EngineUnavailable
from schemas import identity
from schemas.assets import Asset
from schemas.capabilities import CAPABILITIES, Capability
from schemas.choices import BEST, QUALITIES, Quality, WantedQuality
from schemas.log import JobAccepted, PlannedNode
from schemas.requests import JobRequested

PLAN_VERSION = 4
"""Which rules a job is folded by: a log that is folded again must give again what it gave.

2: outages use time. 3: a film's captions are shown once, know abbreviations and show no marks; of nodes called
`script` only a film's own is one. 4: that a worker lacks an engine is no failure.
"""
_FLEET = Fleet()
_POLICIES = Policies()


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
    policies: Policies = _POLICIES,
) -> JobAccepted:
    """Return the log event of a request that intake found valid; `event_id` is the default idempotency key.

    `candidates` are the engines that there are, in order of preference; `fleet` says which of them run here, and
    `policies` which of them each tenant may use.

    Raises:
        EngineUnavailable: no engine here that the tenant may use does what the request needs at its quality.
    """
    said = request_digest(request)
    recipe = newest(request["kind"])
    request = recipe.steered(request)
    asked = JobRequested.model_construct(**request)  # intake found it valid: here it only gets its defaults
    job_id = identity.job_id(asked.tenant, asked.idempotency_key or event_id)
    nodes = recipe.first_nodes(request)
    needed = (*recipe.capabilities(request), *(n.capability for n in nodes if n.engine is None))
    policy = Policy(tenant=policies.of(asked.tenant))
    needs = [
        Need(capability, asked.quality, asked.engines.get(Capability(capability)), works=works)
        for capability in dict.fromkeys(needed)
        for works in (recipe.works(request, capability),)
    ]
    chosen = _engines(needs, candidates, policy, fleet)
    return JobAccepted(
        job_id=job_id,
        request_id=request_id,
        idempotency_key=asked.idempotency_key or event_id,
        tenant=asked.tenant,
        kind=asked.kind,
        request=request,
        request_digest=said,
        plan_version=PLAN_VERSION,
        lane="batch" if asked.priority == "batch" else "interactive",
        quality=_quality(asked.quality, chosen, nodes, candidates),
        on_failure=asked.on_failure,
        seed=int(asked.seed) if asked.seed is not None else identity.default_seed(job_id),
        engines={capability: row.name for capability, row in chosen.items()},
        fallbacks=_fallbacks(chosen, asked, nodes, candidates, policy, fleet),
        labels=dict(asked.labels),
        deadline_ms=requested_ms + int(asked.deadline_s * 1000) if asked.deadline_s else None,
        nodes=nodes,
        outputs=recipe.outputs(request, nodes),
        inputs=dict(inputs),
        traceparent=traceparent,
    )


def request_digest(request: Mapping[str, Any]) -> str:
    """Return the sha256 of what a request says, whatever its key is: equal requests are one job."""
    return digest({name: value for name, value in request.items() if name != "idempotency_key"})


def digest(value: Any) -> str:
    """Return the sha256 of a JSON value, equal for equal values however they were spelled."""
    text = json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {k: _canonical(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(v) for v in value]
    return value


def _engines(
    needs: Iterable[Need], candidates: Sequence[Model], policy: Policy, fleet: Fleet
) -> dict[str, Model]:
    chosen = {}
    for need in needs:
        row = choose(need, candidates, policy, fleet)
        if isinstance(row, Refused):
            raise EngineUnavailable(
                f"no engine of this installation does {need.capability} at quality {need.quality}"
            )
        chosen[need.capability] = row
    return chosen


def _quality(
    wanted: WantedQuality,
    chosen: Mapping[str, Model],
    nodes: Sequence[PlannedNode],
    candidates: Sequence[Model],
) -> Quality:
    """Return the quality that the orders of a job say: the wanted one, or the best that its parts are made at.

    What is composed of parts becomes no better than they are, and it is the pictures that a film is encoded for: others
    count where there are none, and assembly where there is nothing else.
    """
    if wanted != BEST:
        return wanted
    rows = {row.name: row for row in candidates}
    made = [*chosen.items(), *((n.capability, rows[n.engine]) for n in nodes if n.engine in rows)]
    by_modality = [(CAPABILITIES[Capability(capability)].modality, row) for capability, row in made]
    seen = [row for modality, row in by_modality if modality in {"image", "video"}]
    parts = [row for modality, row in by_modality if modality != "assembly"]
    found = [quality_of(row, BEST) for row in seen or parts or [row for _, row in made]]
    return max(found, key=QUALITIES.index, default="draft")


def _fallbacks(
    chosen: Mapping[str, Model],
    asked: JobRequested,
    nodes: Sequence[PlannedNode],
    candidates: Sequence[Model],
    policy: Policy,
    fleet: Fleet,
) -> dict[str, tuple[str, ...]]:
    """Return who goes on for each engine that nobody pinned, as far as the work that is planned is within its limits."""
    found: dict[str, tuple[str, ...]] = {}
    for capability, row in chosen.items():
        if not row.fallbacks or asked.engines.get(Capability(capability)) is not None:
            continue
        work = [n.params for n in nodes if n.capability == capability and n.engine is None] or [{}]
        able = [
            fallbacks_of(row, Need(capability, asked.quality, params=each), candidates, fleet, policy)
            for each in work
        ]
        others = tuple(name for name in able[0] if all(name in names for names in able))
        if others:
            found[capability] = others
    return found
