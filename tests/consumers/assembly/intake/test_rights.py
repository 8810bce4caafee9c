"""A tenant reads what is its own; what is another's is as if it were not there."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from consumers.assembly.intake.handler import JOB, admit
from consumers.assembly.intake.objects import Objects
from runtime.settings import Settings
from schemas.log import JobAccepted, RequestRejected
from storage.grants import grant_key, uploads_prefix
from storage.objects import Head
from storage.store import Store
from storage.uploads import put_whole

_BUFFER = io.BytesIO()
Image.new("RGB", (16, 16), "#c86428").save(_BUFFER, "png")
A_FOX = _BUFFER.getvalue()
SHA256 = hashlib.sha256(A_FOX).hexdigest()
BLOB = f"blobs/{SHA256[:2]}/{SHA256}"
NOWHERE = hashlib.sha256(b"nowhere").hexdigest()


@dataclass(frozen=True)
class Request:
    """A picture to be made larger."""

    image: str
    tenant: Any = "acme"
    more: dict[str, Any] = field(default_factory=dict)
    type: str = JOB
    id: str = "1"
    traceparent: str | None = None
    timestamp_ms: int = 0

    @property
    def data(self) -> dict[str, Any]:
        """What is requested."""
        params = {"image": self.image}
        whose = {"tenant": self.tenant} if self.tenant is not None else {}
        return {"kind": "task", "capability": "video-animation", "params": params, **whose, **self.more}


class Watched(Store):
    """The store, and which keys were asked for."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.asked: list[str] = []

    async def head(self, key: str) -> Head | None:
        self.asked.append(key)
        return await super().head(key)


def put(store: Store, key: str, body: bytes = A_FOX, media_type: str = "image/png") -> str:
    put_whole(store._connection, key, body, {"Content-Type": media_type})
    return key


async def admitted(store: Store, image: str, tenant: Any = "acme", **more: Any) -> Any:
    request = Request(image, tenant, more)
    objects = Objects(store, store.bucket, 1_000_000)
    try:
        return (await admit(request, objects, allow_private_webhooks=False))[1]
    finally:
        await objects.close()


async def codes(store: Store, image: str, tenant: Any = "acme", **more: Any) -> list[tuple[str, str, str]]:
    event = await admitted(store, image, tenant, **more)
    assert isinstance(event, RequestRejected)
    return [(str(p.code), p.path, p.message) for p in event.errors]


async def test_a_tenant_reads_its_own_uploads_and_may_then_name_them_by_digest(store: Store) -> None:
    put(store, "uploads/acme/pictures/fox.png")
    assert [c for c, *_ in await codes(store, f"sha256:{SHA256}")] == ["asset_not_found"]
    by_name = await admitted(store, f"s3://{store.bucket}/uploads/acme/pictures/fox.png")
    assert isinstance(by_name, JobAccepted)
    by_digest = await admitted(store, f"sha256:{SHA256}")
    assert isinstance(by_digest, JobAccepted)
    assert by_digest.inputs[f"sha256:{SHA256}"].sha256 == SHA256
    assert [c for c, *_ in await codes(store, f"sha256:{SHA256}", "other")] == ["asset_not_found"]


@pytest.mark.parametrize(
    "key",
    [
        "uploads/other/fox.png",
        "uploads/acme2/fox.png",
        "uploads/fox.png",
        "jobs/6a0f2f0e-55a4-5b5b-9d3c-0d6b8d3f6c11/film.mp4",
        "memo/" + "f" * 64 + ".json",
        BLOB,
        f"grants/acme/{SHA256}",
        "fox.png",
    ],
)
async def test_what_is_not_its_own_is_refused_as_what_is_absent(store: Store, key: str) -> None:
    (absent,) = await codes(store, f"s3://{store.bucket}/uploads/acme/absent.png")
    put(store, key)
    assert await codes(store, f"s3://{store.bucket}/{key}") == [absent]
    assert absent[:2] == ("asset_not_found", "/params/image")


@pytest.mark.parametrize(
    "key",
    [
        "uploads/acme/../other/fox.png",
        "uploads/acme/./../other/fox.png",
        "uploads//other/fox.png",
        "/uploads/other/fox.png",
        "uploads/acme/%2e%2e/other/fox.png",
        "uploads/acme\\..\\other/fox.png",
        "uploads/ACME/fox.png",
    ],
)
async def test_no_spelling_leads_out_of_its_uploads(store: Store, key: str) -> None:
    put(store, "uploads/other/fox.png")
    assert [c for c, *_ in await codes(store, f"s3://{store.bucket}/{key}")] == ["asset_not_found"]


async def test_a_digest_without_a_grant_is_as_absent_as_one_of_nothing(
    settings: Settings, store: Store
) -> None:
    blob = await store.put_bytes(b"another's fox", "image/png")
    await store.grant("other", [blob.sha256])
    async with Watched(settings) as watched:
        stranger = await codes(watched, f"sha256:{blob.sha256}")
        asked, watched.asked = [key.split("/")[0] for key in watched.asked], []
        absent = await codes(watched, f"sha256:{NOWHERE}")
        assert stranger == absent
        assert asked == [key.split("/")[0] for key in watched.asked] == ["grants", "blobs"]


async def test_a_refused_request_with_the_name_of_a_folder_as_its_tenant_learns_nothing(store: Store) -> None:
    put(store, "uploads/acme/secret/fox.png")
    address = f"s3://{store.bucket}/uploads/acme/secret/fox.png"
    for tenant in ("acme/secret", "acme/", "..", "other/../acme", 7, ["acme"]):
        assert "asset_not_found" in {code for code, *_ in await codes(store, address, tenant)}


async def test_who_names_no_tenant_reads_what_is_the_default_ones(store: Store) -> None:
    put(store, "uploads/default/fox.png")
    assert isinstance(
        await admitted(store, f"s3://{store.bucket}/uploads/default/fox.png", None), JobAccepted
    )
    put(store, "uploads/acme/fox.png")
    refused = await codes(store, f"s3://{store.bucket}/uploads/acme/fox.png", None)
    assert [code for code, *_ in refused] == ["asset_not_found"]


async def test_keys_and_prefixes_are_made_of_names_alone() -> None:
    assert grant_key("acme", SHA256) == f"grants/acme/{SHA256}"
    assert uploads_prefix("acme") == "uploads/acme/"
    for make in (lambda t: grant_key(t, SHA256), uploads_prefix):
        for tenant in ("", "a/b", "..", "a\n", "a" * 64):
            with pytest.raises(Exception, match="a tenant is"):
                make(tenant)
