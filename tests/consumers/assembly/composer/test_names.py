from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bus.unreadable import DlqReason, Unreadable
from consumers.assembly.composer.names import name_outputs, readable_key
from storage.store import Store


@dataclass(frozen=True)
class Told:
    type: str
    data: dict[str, Any] = field(default_factory=dict)


def end(key: str) -> Told:
    sha256 = key.rsplit("/", 1)[1]
    poster = {"bucket": "b", "key": key, "sha256": sha256, "asset_id": f"sha256:{sha256}"}
    outputs = {"poster": poster | {"size_bytes": 8, "media_type": "image/jpeg"}}
    data = {"job_id": "j1", "run": 1, "labels": {}, "outputs": outputs, "duration_ms": 1, "draft": True}
    return Told("media.job.succeeded.v1", data)


async def test_outputs_of_a_job_that_succeeded_get_readable_names(store: Store, tmp_path: Path) -> None:
    blob = await store.put_bytes(b"a poster", "image/jpeg")
    await name_outputs([Told("media.job.accepted.v1"), end(blob.key), end(blob.key)], store)
    await store.fetch("jobs/j1/poster.jpg", tmp_path / "poster.jpg")
    assert (tmp_path / "poster.jpg").read_bytes() == b"a poster"


async def test_an_output_that_is_gone_is_passed_over(store: Store) -> None:
    blob = await store.put_bytes(b"still there", "image/jpeg")
    gone, kept = end("blobs/00/" + "0" * 64), end(blob.key)
    gone.data["job_id"], kept.data["job_id"] = "j-gone", "j-kept"
    await name_outputs([gone, kept], store)
    assert await store.head("jobs/j-kept/poster.jpg") is not None
    assert await store.head("jobs/j-gone/poster.jpg") is None


@pytest.mark.parametrize("data", [{}, {"job_id": "j1", "run": 1, "outputs": {"poster": "sha256:00"}}])
async def test_an_end_that_is_none_cannot_be_read(store: Store, data: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as error:
        await name_outputs([Told("media.job.succeeded.v1", data)], store)
    assert error.value.reason is DlqReason.INVALID_MESSAGE


def test_names_have_the_suffix_of_their_medium() -> None:
    assert readable_key("j", "film", "video/mp4") == "jobs/j/film.mp4"
    assert readable_key("j", "captions_srt", "application/x-subrip") == "jobs/j/captions_srt.srt"
    assert readable_key("j", "captions_vtt", "text/vtt") == "jobs/j/captions_vtt.vtt"
    assert readable_key("j", "thing", "application/x-unheard-of") == "jobs/j/thing.bin"
