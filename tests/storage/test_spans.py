"""What a store's requests leave in a trace: what was done with which of our keys, and nothing that others named."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.trace import SpanKind

from runtime.errors import AssetNotFound
from runtime.tracing import span
from storage.store import Store
from tests.spans import recording


async def test_a_request_to_the_store_is_a_span_of_the_work_that_makes_it(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "a secret fox.txt"
    file.write_bytes(b"words")
    with recording() as exporter:
        with span("work"):
            blob = await store.put_file(file, "text/plain")
            await store.fetch(blob.key, tmp_path / "copy")
            with pytest.raises(AssetNotFound):
                await store.fetch("uploads/a secret fox", tmp_path / "none")
        await store.fetch(blob.key, tmp_path / "again")  # outside of any work: begins no trace
    put, get, missing, work = exporter.get_finished_spans()
    assert [s.name for s in (put, get, missing, work)] == ["store put", "store get", "store get", "work"]
    assert {s.parent and s.parent.span_id for s in (put, get, missing)} == {work.context.span_id}
    assert put.kind == SpanKind.CLIENT
    assert dict(put.attributes or {}) == {
        "aws.s3.bucket": store.bucket,
        "aws.s3.key": blob.key,
        "reelbus.operation": "put",
        "reelbus.size_bytes": 5,
    }
    assert dict(get.attributes or {}) == {
        "aws.s3.bucket": store.bucket,
        "aws.s3.key": blob.key,
        "reelbus.operation": "get",
    }
    assert dict(missing.attributes or {}) == {
        "aws.s3.bucket": store.bucket,
        "reelbus.operation": "get",
        "error.type": "asset_not_found",
    }
