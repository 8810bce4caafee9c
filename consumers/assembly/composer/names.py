"""How finished work gets names that people can read: `jobs/<job_id>/<role>.<ext>` beside the blobs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import ValidationError

from bus.unreadable import DlqReason, Unreadable
from runtime.errors import AssetNotFound, InvalidRequest
from runtime.telemetry import get_logger
from schemas.facts import JobSucceeded
from schemas.suffixes import suffix_of
from storage.store import Store

SUCCEEDED = "media.job.succeeded.v1"
TYPES = (
    SUCCEEDED,
    "media.job.failed.v1",
    "media.job.cancelled.v1",
    "media.job.accepted.v1",
    "media.job.rejected.v1",
)

log = get_logger(__name__)


class Fact(Protocol):
    """A public fact of a job."""

    @property
    def type(self) -> str:
        """Its CloudEvents type."""

    @property
    def data(self) -> dict[str, Any]:
        """Its data."""


async def name_outputs(facts: Sequence[Fact], store: Store) -> None:
    """Copy the outputs of jobs that succeeded to their readable names; doing it again is harmless.

    Raises:
        Unreadable: One of the facts does not say what its type says.
    """
    ends = [_read(fact.data) for fact in facts if fact.type == SUCCEEDED]
    copies = [
        _copy(store, asset.key, readable_key(end.job_id, role, asset.media_type), asset.media_type)
        for end in ends
        for role, asset in end.outputs.items()
    ]
    await asyncio.gather(*copies)


def _read(data: dict[str, Any]) -> JobSucceeded:
    try:
        return JobSucceeded.model_validate(data, strict=False)
    except ValidationError as error:
        wrong = f"{error.error_count()} fields are wrong"
        raise Unreadable(DlqReason.INVALID_MESSAGE, wrong) from None


def readable_key(job_id: str, role: str, media_type: str) -> str:
    """Return where a person finds an output in the bucket."""
    return f"jobs/{job_id}/{role}{suffix_of(media_type)}"


async def _copy(store: Store, source_key: str, target_key: str, media_type: str) -> None:
    try:
        await store.copy(source_key, target_key, media_type)
    except AssetNotFound:
        log.warning("names.source_gone", key=source_key)
    except InvalidRequest as error:
        log.warning("names.no_name", key=source_key, reason=error.message)
