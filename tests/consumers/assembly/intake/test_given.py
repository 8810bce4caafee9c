from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from consumers.assembly.intake.handler import JOB, admit
from consumers.assembly.intake.objects import Objects
from schemas.log import JobAccepted, RequestRejected
from storage.objects import Head
from storage.store import Store
from tests.field import foreign_files as foreign

_BUFFER = io.BytesIO()
Image.new("RGB", (16, 16)).save(_BUFFER, "png")
PNG = _BUFFER.getvalue()


class _Shelf:
    """As much of a store as intake uses: objects with the media type that their uploader named."""

    def __init__(self, **objects: tuple[bytes, str]) -> None:
        self.objects = {name.replace("__", "/").replace("_", "."): given for name, given in objects.items()}

    async def head(self, key: str) -> Head | None:
        content, media_type = self.objects.get(key, (None, ""))
        return (
            Head(key, len(content), media_type, "etag", datetime(2026, 1, 1, tzinfo=UTC))
            if content is not None
            else None
        )

    async def fetch(self, key: str, to: Path, *, size_bytes: int) -> None:
        assert len(self.objects[key][0]) == size_bytes
        to.write_bytes(self.objects[key][0])  # noqa: ASYNC240

    async def put_file(self, path: Path, media_type: str) -> Any:
        content = path.read_bytes()  # noqa: ASYNC240
        sha256 = hashlib.sha256(content).hexdigest()
        self.objects[key := f"blobs/{sha256[:2]}/{sha256}"] = (content, media_type)
        return SimpleNamespace(key=key, sha256=sha256, size_bytes=len(content), bucket="media")

    async def grant(self, tenant: str, digests: Iterable[str]) -> None:
        self.objects |= {f"grants/{tenant}/{sha256}": (b"{}", "application/json") for sha256 in digests}


async def _taken(shelf: _Shelf, image: str, **more: Any) -> Any:
    data = {"kind": "task", "capability": "video-animation", "params": {"image": image}, **more}
    request = SimpleNamespace(type=JOB, id="w", data=data, traceparent=None, timestamp_ms=0)
    objects = Objects(cast(Store, shelf), "media", 1_000_000)
    try:
        _, event = await admit(request, objects, allow_private_webhooks=False)
    finally:
        await objects.close()
    return event


async def test_an_object_without_a_media_type_is_told_by_its_content() -> None:
    event = await _taken(
        _Shelf(uploads__default__a_png=(PNG, "application/octet-stream")), "s3://media/uploads/default/a.png"
    )
    assert isinstance(event, JobAccepted)
    assert event.inputs["s3://media/uploads/default/a.png"].media_type == "image/png"


async def test_an_object_that_is_no_picture_by_name_or_content_is_refused() -> None:
    for given in ((b"words", "application/octet-stream"), (b"words", "image/png"), (b"", "")):
        event = await _taken(_Shelf(uploads__default__a_png=given), "s3://media/uploads/default/a.png")
        assert [(p.path, p.code) for p in event.errors] == [("/params/image", "asset_invalid")]


_WRONG = (
    "application/octet-stream",
    "binary/octet-stream",
    "text/vnd.trolltech.linguist",
    "text/plain",
    "audio/mpeg",
)


@pytest.mark.parametrize("said", _WRONG)
@pytest.mark.parametrize(
    ("name", "codec", "kind"),
    [
        ("a.ts", "libx264", "video/mp2t"),
        ("a.avi", "mpeg4", "video/x-msvideo"),
        ("a.mkv", "ffv1", "video/x-matroska"),
        ("a.mov", "libx264", "video/quicktime"),
    ],
)
async def test_a_film_is_taken_for_one_whatever_was_said_of_it(
    tmp_path: Path, name: str, codec: str, kind: str, said: str
) -> None:
    film = foreign.plain(tmp_path / name, codec, frames=3).read_bytes()
    address = "s3://media/uploads/default/a"
    event = await _composed(_Shelf(uploads__default__a=(film, said)), address)
    assert isinstance(event, JobAccepted), event
    assert event.inputs[address].media_type == kind


async def test_a_picture_that_was_called_a_text_is_taken_for_a_picture() -> None:
    address = "s3://media/uploads/default/a.png"
    event = await _taken(_Shelf(uploads__default__a_png=(PNG, "text/plain")), address)
    assert isinstance(event, JobAccepted)
    assert event.inputs[address].media_type == "image/png"


async def test_aac_without_a_type_is_heard_and_refused_on_a_track_of_pictures(tmp_path: Path) -> None:
    sound = foreign.tone(tmp_path / "a.aac", "aac", container="adts").read_bytes()
    address = "s3://media/uploads/default/a"
    shelf = _Shelf(uploads__default__a=(sound, "application/octet-stream"))
    event = await _composed(shelf, address, "audio")
    assert event.inputs[address].media_type == "audio/aac"
    refused = await _composed(shelf, address)
    assert [p.message for p in refused.errors] == ["this asset is audio/aac; image or video is wanted here"]


@pytest.mark.parametrize("said", ["image/svg+xml", "application/octet-stream", "image/png"])
async def test_what_is_not_read_here_is_named_and_something_else_advised(said: str) -> None:
    drawing = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    event = await _taken(_Shelf(uploads__default__a_svg=(drawing, said)), "s3://media/uploads/default/a.svg")
    assert [p.message for p in event.errors] == [
        "The file is an SVG drawing, which is not drawn here: give it as PNG, JPEG, WebP or AVIF."
    ]


async def test_a_refused_request_is_not_told_that_a_file_is_what_its_uploader_called_it() -> None:
    address = "s3://media/uploads/default/a.png"
    event = await _taken(_Shelf(uploads__default__a_png=(PNG, "text/plain")), address, foo=1)
    assert {(p.path, p.code) for p in event.errors} == {("/foo", "unknown_field")}


async def _composed(shelf: _Shelf, address: str, kind: str = "video") -> Any:
    canvas = {"width_px": 160, "height_px": 96, "fps": 25}
    timeline = {"canvas": canvas, "tracks": [{"kind": kind, "clips": [{"source": address, "duration_s": 1}]}]}
    data = {"kind": "composition", "timeline": timeline}
    request = SimpleNamespace(type=JOB, id="w", data=data, traceparent=None, timestamp_ms=0)
    objects = Objects(cast(Store, shelf), "media", 1_000_000)
    try:
        return (await admit(request, objects, allow_private_webhooks=False))[1]
    finally:
        await objects.close()


async def test_a_missing_asset_is_told_together_with_everything_else() -> None:
    event = await _taken(_Shelf(), "s3://media/uploads/default/a.png", on_failure="x", foo=1)
    assert isinstance(event, RequestRejected)
    assert {(p.path, p.code) for p in event.errors} == {
        ("/on_failure", "invalid_request"),
        ("/foo", "unknown_field"),
        ("/params/image", "asset_not_found"),
    }
