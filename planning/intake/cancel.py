"""Whether a cancel says which jobs it means: one by its id, or those of a tenant, or those with some labels."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.base import JsonObject
from schemas.codes import ErrorCode
from schemas.facts import Problem


def cancel_problems(data: JsonObject) -> Iterator[Problem]:
    """Say what is wrong with the choice of jobs; nothing but a clear choice ends jobs."""
    if "job_id" in data:
        if data.get("labels"):
            yield _invalid("/labels", "a job_id says which job: give either that, or labels")
    elif not (data.get("tenant") or data.get("labels")):
        yield _invalid("/job_id", "say which job ends by its job_id, or which jobs by tenant and labels")


def _invalid(path: str, message: str) -> Problem:
    return Problem(code=ErrorCode.INVALID_REQUEST, path=path, message=message)
