"""The contract suite against the local server, or against the one that REELBUS_TEST_S3_ENDPOINT names."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from runtime.settings import Settings
from storage.store import Store
from tests.storage.contract import StoreContract


def elsewhere() -> Settings | None:
    endpoint = os.environ.get("REELBUS_TEST_S3_ENDPOINT")
    if not endpoint:
        return None
    return Settings(
        s3_endpoint=endpoint,
        s3_access_key=os.environ.get("REELBUS_TEST_S3_ACCESS_KEY", "reelbus"),
        s3_secret_key=os.environ.get("REELBUS_TEST_S3_SECRET_KEY", "reelbus-local"),  # type: ignore[arg-type]
        bucket=f"contract-{os.urandom(6).hex()}",
    )


@pytest.fixture(scope="module")
def tested(request: pytest.FixtureRequest) -> Settings:
    return elsewhere() or request.getfixturevalue("settings")


@pytest.fixture
async def store(tested: Settings) -> AsyncIterator[Store]:
    async with Store.from_settings(tested) as store:
        await store.ensure_bucket()
        yield store


@pytest.mark.stack
class TestTheServerInUse(StoreContract):
    """Every test of the contract."""
