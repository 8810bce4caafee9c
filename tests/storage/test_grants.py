"""A grant is one small object, written once or again, for a tenant and a digest."""

from __future__ import annotations

import pytest

from runtime.errors import InvalidRequest
from storage.store import Store


async def test_a_grant_may_be_written_again(store: Store) -> None:
    digests = ["a" * 64, "b" * 64, "a" * 64]
    await store.grant("acme", digests)
    await store.grant("acme", digests)
    assert [entry.key for entry in await store.list("grants/acme/")] == [
        f"grants/acme/{'a' * 64}",
        f"grants/acme/{'b' * 64}",
    ]


@pytest.mark.parametrize(
    ("tenant", "sha256"), [("a/b", "a" * 64), ("", "a" * 64), ("acme", "../x"), ("acme", "A" * 64)]
)
async def test_what_is_no_name_and_no_digest_is_granted_nothing(
    store: Store, tenant: str, sha256: str
) -> None:
    with pytest.raises(InvalidRequest):
        await store.grant(tenant, [sha256])
