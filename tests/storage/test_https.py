"""Whether a store over https is trusted by a CA of one's own, and what is sent there can be checked."""

from __future__ import annotations

import base64
import hashlib
import shutil
import ssl
import tempfile
import time
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from minio.error import S3Error

from infra.local.child import terminate
from infra.local.object_store import SecureDoor, StorePlace, start_store
from infra.local.ports import pick
from infra.local.probe import http_ok
from runtime.errors import StoreUnreachable
from runtime.settings import Settings
from storage.failures import code_of
from storage.store import Store
from tests.certificates import Certificates
from tests.storage.contract import StoreContract, request
from tests.storage.scripted import Script, serving, status


@dataclass(frozen=True)
class Https:
    """A store with a door over https."""

    certificates: Certificates
    plain: str
    secure: str

    def settings(self, **changed: object) -> Settings:
        given = {"s3_endpoint": self.secure, "s3_ca_file": self.certificates.ca_file, "bucket": "https"}
        return Settings(**given | changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def https() -> Iterator[Https]:
    home = Path(tempfile.mkdtemp(prefix="reelbus-https-"))
    certificates = Certificates(home)
    port = pick()
    secure = pick(taken=[port])
    place = StorePlace(
        folder=home / "store",
        owner="https",
        port=port,
        access_key="reelbus",
        secret_key="reelbus-local",
        secure=SecureDoor(secure, certificates.keystore("store-secret"), "store-secret"),
    )
    child = start_store(place, log=home / "store.log", pid_file=home / "store.pid")
    try:
        deadline = time.monotonic() + 120.0
        while not http_ok("127.0.0.1", port, "/healthz"):
            assert child.alive(), (home / "store.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with urllib3.PoolManager(ca_certs=str(certificates.ca_file), timeout=60.0) as first:
            # A JVM's first handshake takes seconds on a busy machine.
            assert first.request("GET", f"https://127.0.0.1:{secure}/healthz").status == 200
        yield Https(certificates, f"http://127.0.0.1:{port}", f"https://127.0.0.1:{secure}")
    finally:
        terminate(child, grace_s=10.0)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
async def store(https: Https) -> AsyncIterator[Store]:
    # What strangers are given is the door without https: they do not know our authority.
    async with Store(https.settings(s3_public_endpoint=https.plain)) as store:
        await store.ensure_bucket()
        yield store


@pytest.mark.stack
class TestTheStoreOverHttps(StoreContract):
    """Every test of the contract, with signed addresses at a public endpoint."""


@pytest.mark.stack
async def test_a_certificate_of_an_unknown_authority_is_refused_at_once_and_the_setting_named(
    https: Https,
) -> None:
    async with Store(https.settings(s3_ca_file=None), patience_s=60.0) as store:
        with pytest.raises(StoreUnreachable, match=r"not trusted.*REELBUS_S3_CA_FILE"):
            await store.head("some/key")


@pytest.mark.stack
async def test_a_certificate_for_another_name_is_refused(https: Https) -> None:
    elsewhere = https.secure.replace("127.0.0.1", "localhost")
    async with Store(https.settings(s3_endpoint=elsewhere)) as store:
        with pytest.raises(StoreUnreachable, match=r"not trusted.*localhost"):
            await store.head("some/key")


async def test_a_missing_file_of_certificates_is_named() -> None:
    with pytest.raises(StoreUnreachable, match=r"REELBUS_S3_CA_FILE: /nowhere/ca.pem: No such file"):
        Store(Settings(s3_endpoint="https://127.0.0.1:1", s3_ca_file=Path("/nowhere/ca.pem")))


@pytest.mark.stack
async def test_signed_addresses_begin_with_the_public_endpoint(https: Https) -> None:
    async with Store(https.settings(s3_public_endpoint=https.plain)) as store:
        await store.ensure_bucket()
        blob = await store.put_bytes(b"public", "text/plain")
        url = store.presign_get(blob.key, 60)
        assert url.startswith(f"{https.plain}/https/blobs/")
        assert request("GET", url).data == b"public"
        signed = store.presign_put("uploads/x", "text/plain", 3, hashlib.sha256(b"abc").hexdigest(), 60)
        assert urllib.parse.urlsplit(signed.url).netloc == urllib.parse.urlsplit(https.plain).netloc


@pytest.mark.stack
async def test_a_body_that_is_not_what_its_digest_says_is_refused_over_https(
    store: Store, https: Https
) -> None:
    connection = store._connection
    wrong = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    with pytest.raises(S3Error) as refused:
        connection.client._execute(
            "PUT", connection.bucket, "x", body=b"body", headers={"Content-MD5": wrong, "Content-Length": "4"}
        )
    assert code_of(refused.value) == "BadDigest"


async def test_over_https_every_upload_carries_its_digests(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.of_server())
    server = Script(status(200), tls=context)
    body = b"what is sent"
    with serving(server) as endpoint:
        settings = Settings(s3_endpoint=endpoint, s3_ca_file=certificates.ca_file)
        async with Store(settings, patience_s=1.0) as store:
            await store.write_result("0" * 64, body)
    put = next(headers for asked, headers in server.heard if asked.startswith("PUT"))
    assert put["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert put["x-amz-checksum-sha256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert put["content-md5"] == base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
