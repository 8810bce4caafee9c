"""Which work is the same work: the name under which its result is remembered."""

from __future__ import annotations

from planning.plan import digest
from schemas.orders import WorkOrder


def fingerprint(order: WorkOrder, *, revision: str, across_tenants: bool) -> str:
    """Return the sha256 that equal work has: capability, engine and revision, parameters, inputs, seed, tier, tenant.

    Asset parameters count by the digest of their bytes, so a renamed input is the same input.
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
        }
    )
