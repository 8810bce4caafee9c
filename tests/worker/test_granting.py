"""A tenant may name what was made for it before it hears of it, whoever's work it was."""

from __future__ import annotations

from pathlib import Path

from storage.grants import grant_key
from storage.store import Store
from tests.worker.test_perform import Scribe, context, ordered
from worker.perform import perform
from worker.report import TaskReport


async def granted(store: Store, tenant: str, sha256: str) -> bool:
    return await store.head(grant_key(tenant, sha256)) is not None


async def test_what_was_made_is_granted_to_its_tenant_alone(store: Store, tmp_path: Path) -> None:
    result = await perform(ordered(tenant="acme", seed=101), context(store, tmp_path, Scribe()), TaskReport())
    (product,) = result.products
    assert await granted(store, "acme", product.asset.sha256)
    assert not await granted(store, "default", product.asset.sha256)


async def test_what_another_tenants_work_gave_is_granted_too(store: Store, tmp_path: Path) -> None:
    scribe = Scribe()
    across = context(store, tmp_path, scribe, across=True)
    first = await perform(ordered(tenant="a", seed=102), across, TaskReport())
    second = await perform(ordered(tenant="b", seed=102), across, TaskReport())
    assert (scribe.made, second.cached) == (1, True)
    assert first.products[0].asset == second.products[0].asset
    for tenant in ("a", "b"):
        assert await granted(store, tenant, first.products[0].asset.sha256)
