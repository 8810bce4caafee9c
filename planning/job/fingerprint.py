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
