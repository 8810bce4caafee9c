"""How many bytes a record that we derive from a request may have: a budget for each topic, below what the topic takes."""

from __future__ import annotations

from collections.abc import Mapping

ENVELOPE_BYTES = 16 * 1024
"""Key, headers and framing of a record. Ids and traces of others are refused long before they fill it."""

RECOMPRESSION = 7 / 6
"""So much larger a record may become where an operator has its topic compressed: Snappy's worst case is a sixth."""

JOB_RECORD_BYTES = 3_500_000
"""The largest event, state, order and fact of a job, as UTF-8 JSON. Parts of a state are deflated after that."""

ASSET_FACT_BYTES = 800_000
"""The largest `asset.ready`: an asset with the longest text, every character of it escaped, has half of that."""

SMALL_RECORD_BYTES = 64_000
"""The largest stop, progress and word of a worker."""

BUDGETS: Mapping[str, int] = {
    "log": JOB_RECORD_BYTES,
    "state": JOB_RECORD_BYTES,
    "tasks": JOB_RECORD_BYTES,
    "jobs": JOB_RECORD_BYTES,
    "assets": ASSET_FACT_BYTES,
    "control": SMALL_RECORD_BYTES,
    "workers": SMALL_RECORD_BYTES,
    "deferred": SMALL_RECORD_BYTES,
    "progress": SMALL_RECORD_BYTES,
}
"""The budget of each topic that we write, without prefix, modality and lane, in bytes of UTF-8 JSON."""

MESSAGE_CHARS = 2_000
"""What is kept of a sentence about an error."""

STAGE_CHARS = 200
"""What is kept of the words of an engine about how far it is."""

ID_BYTES = 1024
"""The longest id of a request, which becomes a key, a header and a field of its answer."""

TRACE_BYTES = 512
"""The longest `traceparent`: a longer one is none."""


def largest_bytes(budget_bytes: int) -> int:
    """Return how large a record within a budget can be on the broker, in bytes."""
    return int((budget_bytes + ENVELOPE_BYTES) * RECOMPRESSION) + 1
