"""Which work is the same work: the name under which its result is remembered."""

from __future__ import annotations

from planning.job.acceptance import digest
from schemas.orders import WorkOrder

RESULT_FORMAT = 1
"""How remembered results are written. Raise it when an older worker could not read them: each version then has keys of its own."""


def fingerprint(
    order: WorkOrder, *, revision: str, across_tenants: bool, result_format: int = RESULT_FORMAT
) -> str:
    """Return the sha256 that equal work has: capability, engine and revision, parameters, inputs, seed, tier, tenant.

    Asset parameters count by the digest of their bytes, so a renamed input is the same input. The first format has
    no name in it: what was remembered before formats had numbers is still found.
    """
    return digest(
        {
            "capability": order.capability,
            "engine": order.engine,
            "revision": revision,
            "params": order.params,
            "inputs": {pointer: asset.sha256 for pointer, asset in order.every_input().items()},
            "seed": order.seed,
            "tier": order.quality,
            "tenant": "" if across_tenants else order.tenant,
            **({"format": result_format} if result_format > 1 else {}),
        }
    )


def idempotency_key(mark: str, order: WorkOrder) -> str:
    """Return the name under which a stranger is asked for this work: the same for every attempt at one submission.

    `mark` is the fingerprint of the work. Another run, another node, and a submission after one that ended without
    a result are other keys: what a stranger has cancelled or failed it would otherwise only tell again.
    """
    about = {"job_id": order.job_id, "run": order.run, "node_id": order.node_id}
    return digest({"submitted": mark, **about, "submission": order.submission})
