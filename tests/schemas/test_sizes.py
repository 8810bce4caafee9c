"""Every record that keeps its budget fits its topic, whatever is around it and however the topic is compressed."""

from __future__ import annotations

import pytest

from bus.cloudevents import encode
from bus.connections import MAX_REQUEST_BYTES
from schemas.sizes import BUDGETS, ENVELOPE_BYTES, ID_BYTES, TRACE_BYTES, largest_bytes
from schemas.topics import topics

BROKER_DEFAULT_BYTES = 1_048_588
"""`max.message.bytes` where a topic says nothing."""
OF_OTHERS = {"requests", "dlq"}


@pytest.mark.parametrize("spec", topics(), ids=lambda spec: str(spec.name))
def test_a_record_within_its_budget_fits_its_topic(spec: object) -> None:
    name = spec.name_without_prefix.split(".")[0]  # type: ignore[attr-defined]
    if name in OF_OTHERS:
        assert name not in BUDGETS
        return
    takes = int(spec.config.get("max.message.bytes", BROKER_DEFAULT_BYTES))  # type: ignore[attr-defined]
    assert largest_bytes(BUDGETS[name]) <= takes < MAX_REQUEST_BYTES


def test_the_largest_envelope_fits_its_part() -> None:
    longest = "i" * ID_BYTES
    _, headers = encode(
        "media.job.rejected.v1", b"", id=longest, source="s" * ID_BYTES, subject=longest,
        traceparent="t" * TRACE_BYTES,
    )  # fmt: skip
    framing = 512  # of a batch of one record: 61 bytes, and some for each header
    assert len(longest) + sum(len(n) + len(v) for n, v in headers) + framing <= ENVELOPE_BYTES
