"""Intake knows what a given asset is, whatever type its uploader gave or did not give."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from consumers.assembly.intake.handler import admit
from consumers.assembly.intake.objects import Objects
from schemas.log import JobAccepted, RequestRejected
from storage.objects import Blob, Head
from storage.store import Store


@dataclass
class Shelf:
    """A store that holds objects in memory."""

    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    async def head(self, key: str) -> Head | None:
        held = self.objects.get(key)
        return Head(key, len(held[0]), held[1], "", None) if held else None

    async def fetch(self, key: str, to: Path, *, size_bytes: int) -> None:
        assert len(self.objects[key][0]) == size_bytes
        to.write_bytes(self.objects[key][0])  # noqa: ASYNC240

    async def put_file(self, path: Path, media_type: str) -> Blob:
        data = path.read_bytes()  # noqa: ASYNC240
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"blobs/{sha256[:2]}/{sha256}"
        self.objects[key] = (data, media_type)
        return Blob("media", key, sha256, len(data))

    async def grant(self, tenant: str, digests: Iterable[str]) -> None:
        self.objects |= {f"grants/{tenant}/{sha256}": (b"{}", "application/json") for sha256 in digests}


@dataclass(frozen=True)
class Request:
    """A request to animate a picture."""

    image: str
    type: str = "media.job.requested.v1"
    id: str = "a-request"
    traceparent: str | None = None
    timestamp_ms: int = 0

    @property
    def data(self) -> dict[str, Any]:
        """What is requested."""
        return {"kind": "task", "capability": "video-animation", "params": {"image": self.image}}


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 16), "#204060").save(file, "WEBP")
    return file.getvalue()


async def answer(data: bytes, media_type: str, *, named: bool) -> Any:
    sha256 = hashlib.sha256(data).hexdigest()
    key = "uploads/default/mine" if named else f"blobs/{sha256[:2]}/{sha256}"
    request = Request(f"s3://media/{key}" if named else f"sha256:{sha256}")
    shelf = {key: (data, media_type), f"grants/default/{sha256}": (b"{}", "application/json")}
    objects = Objects(cast("Store", Shelf(shelf)), "media", 1_000_000)
    try:
        _, event = await admit(request, objects, allow_private_webhooks=False)
    finally:
        await objects.close()
    return event


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("media_type", ["application/octet-stream", "binary/octet-stream", "image/webp"])
async def test_a_picture_uploaded_without_its_type_is_known_by_its_bytes(
    media_type: str, named: bool
) -> None:
    event = await answer(picture(), media_type, named=named)
    assert isinstance(event, JobAccepted)
    (asset,) = event.inputs.values()
    assert asset.media_type == "image/webp"


@pytest.mark.parametrize("named", [False, True])
async def test_bytes_that_are_no_medium_are_refused_at_intake(named: bool) -> None:
    event = await answer(b"\x00\x01 nothing", "application/octet-stream", named=named)
    assert isinstance(event, RequestRejected)
    assert [(error.code, error.path) for error in event.errors] == [("asset_invalid", "/params/image")]
