"""How an early picture comes to whoever watches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.facts import Progress
from storage.store import Store
from tests.worker.test_perform import ordered
from worker.events import TaskEvents
from worker.previews import PREVIEW_BYTES, show_preview
from worker.report import TaskReport

JPEG = b"\xff\xd8\xff" + bytes(100)
WEBP = b"RIFF\0\0\0\0WEBP" + bytes(100)


class Voice:
    """Hears what a worker publishes."""

    def __init__(self) -> None:
        self.heard: list[Progress] = []

    async def publish(
        self, topic: str, key: str, type: str, message: Any, /, *, id: str, subject: str
    ) -> None:
        self.heard.append(message)

    async def publish_record(self, topic: str, key: str, value: bytes | None, headers: Any, /) -> None:
        """Nobody listens."""


async def shown(store: Store, path: Path) -> list[Progress]:
    voice, report = Voice(), TaskReport()
    report.step(1, 4, "drawing")
    await show_preview(path, ordered(), report, TaskEvents(voice, "media", "w", 6.0), store)
    return voice.heard


@pytest.mark.parametrize(("data", "media_type"), [(JPEG, "image/jpeg"), (WEBP, "image/webp")])
async def test_a_picture_is_stored_and_told_with_how_far_its_task_is(
    store: Store, tmp_path: Path, data: bytes, media_type: str
) -> None:
    path = tmp_path / "early"
    path.write_bytes(data)
    (told,) = await shown(store, path)
    assert told.preview is not None
    assert (told.fraction, told.stage, told.preview.media_type) == (0.25, "drawing", media_type)
    await store.fetch(told.preview.key, tmp_path / "again", sha256=told.preview.sha256)
    assert (tmp_path / "again").read_bytes() == data


@pytest.mark.parametrize("data", [None, b"", b"no picture", JPEG + bytes(PREVIEW_BYTES)])
async def test_what_is_no_small_picture_is_lost_without_harm(
    store: Store, tmp_path: Path, data: bytes | None
) -> None:
    path = tmp_path / "bad"
    if data is not None:
        path.write_bytes(data)
    assert await shown(store, path) == []


def test_an_early_picture_is_taken_once(tmp_path: Path) -> None:
    report = TaskReport()
    report.preview(tmp_path / "one")
    report.preview(tmp_path / "two")
    assert report.take_preview() == tmp_path / "two"
    assert report.take_preview() is None
