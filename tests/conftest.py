"""Which real servers the tests share: one broker and one store, started by the first test that needs them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from infra.local.stack import Endpoints, LocalStack
from runtime.settings import Settings
from storage.store import Store
from tests.guarded import GuardedBroker, guarded_broker

# A slow or busy machine is no failure, and the same commit passes or fails every time.
hypothesis_settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Long runs are asked for."""
    parser.addoption("--whole", action="store_true", help="poison: all hundred thousand records")


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """A running local stack in a home of its own, stopped at the end of the run."""
    home = Path(tempfile.mkdtemp(prefix="reelbus-test-"))
    stack = LocalStack(home)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def guarded() -> Iterator[GuardedBroker]:
    """A second broker, with TLS, logins and its authorizer on; stopped at the end of the run."""
    with guarded_broker() as broker:
        yield broker


@pytest.fixture(scope="session")
def endpoints(stack: LocalStack) -> Endpoints:
    """Where broker and store of the run are."""
    return stack.endpoints()


@pytest.fixture(scope="session")
def bootstrap(endpoints: Endpoints) -> str:
    """The broker of the run, as host:port."""
    return endpoints.bootstrap


@pytest.fixture(scope="module")
def settings(stack: LocalStack, endpoints: Endpoints, request: pytest.FixtureRequest) -> Settings:
    """Settings for the stack of the run, with topics and a bucket that only this test module uses."""
    own = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:10]
    return Settings(
        home=stack.home.root,
        bootstrap_servers=endpoints.bootstrap,
        topic_prefix=f"t{own}",
        s3_endpoint=endpoints.s3_endpoint,
        s3_access_key=endpoints.s3_access_key,
        s3_secret_key=endpoints.s3_secret_key,  # type: ignore[arg-type]  # pydantic makes it a secret
        bucket=f"t{own}",
    )


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    """The object store of the run, with the module's bucket."""
    async with Store.from_settings(settings) as store:
        await store.ensure_bucket()
        yield store
