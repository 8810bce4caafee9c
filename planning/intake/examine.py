"""What the verdict on a request is: accepted, or rejected with everything that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from pydantic import ValidationError

from planning.intake.assets import bucket_problems
from planning.intake.budget import budget_problems
from planning.intake.cancel import cancel_problems
from planning.intake.engines import engine_problems
from planning.intake.expansion import expansion_problems
from planning.intake.graph import graph_problems
from planning.intake.jsonschema import json_schema_problems
from planning.intake.names import name_problems
from planning.intake.offers import Offers
from planning.intake.timeline import timeline_problems
from planning.intake.webhook import webhook_problems
from schemas.base import JsonObject
from schemas.codes import ErrorCode
from schemas.explain import TOLD_AT_MOST, explain, quoted
from schemas.facts import Problem
from schemas.requests import (
    CANCEL_REQUESTED,
    JOB_REQUESTED,
    JOBS,
    REQUEST_MAX_BYTES,
    REQUEST_TYPES,
    Request,
    request_model,
)

_TOLD_BYTES_AT_MOST = 400_000
_DEEPEST = 64
_MOST_VALUES = 100_000
_ENVELOPE = frozenset({"specversion", "id", "source", "type"})
_CONNECT = frozenset({"schema", "payload"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that can be done; `data` is the request as given: plain numbers, no defaults added."""

    request: Request
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Rejected:
    """A request that cannot be done, and why."""

    problems: tuple[Problem, ...]


Verdict = Accepted | Rejected


def examine(request_type: str, data: Any, *, offers: Offers, allow_private_webhooks: bool) -> Verdict:
    """Judge a request by its CloudEvents type and its JSON data; whatever they are, it gives a verdict."""
    if request_type not in REQUEST_TYPES:
        return _rejected([_whole(f"{quoted(request_type)} is no request; known: {', '.join(REQUEST_TYPES)}")])
    if not isinstance(data, dict):
        return _rejected([_whole("a request is a JSON object")])
    unfit = _unfit(data)
    if unfit:
        return _rejected([_whole(unfit)])
    model = request_model(request_type, data)
    # Nothing can be said of the other fields of a job of no known kind.
    any_kind = request_type == JOB_REQUESTED and model not in JOBS.values()
    problems: list[Problem] = []
    request: Request | None = None
    try:
        request = model.model_validate(
            data, by_alias=True, by_name=False, extra="ignore" if any_kind else None
        )
    except ValidationError as error:
        problems = explain(error, model, data)
    if request_type == CANCEL_REQUESTED:
        problems += cancel_problems(data)
    problems += islice(_meant(data, offers, allow_private_webhooks), TOLD_AT_MOST)
    if problems or request is None:
        return _rejected([*_mistaken(data), *problems])
    return Accepted(request, request.model_dump(mode="json", exclude_unset=True))


def _mistaken(data: JsonObject) -> Iterator[Problem]:
    """Say what a request was probably meant to be: producers forget the header of a structured event."""
    if data.keys() >= _ENVELOPE:
        yield _whole(
            "this looks like a structured CloudEvent: send it with the header "
            "content-type: application/cloudevents+json"
        )
    if data.keys() == _CONNECT:
        yield _whole(
            "this looks like JSON of Kafka Connect with its schema: set value.converter.schemas.enable=false"
        )


def _unfit(data: JsonObject) -> str | None:
    """Say why a request cannot be looked at more closely."""
    row: list[Any] = [data]
    values = 0
    for _ in range(_DEEPEST):
        row = [inner for value in row for inner in (value.values() if isinstance(value, dict) else value)]
        values += len(row)
        row = [value for value in row if isinstance(value, dict | list)]
        if not row:
            break
    if row:
        return f"a request is nested {_DEEPEST} deep at most"
    if values > _MOST_VALUES:
        return f"a request has at most {_MOST_VALUES} values, and this one has {values}"
    try:
        size = len(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode())
    except UnicodeEncodeError:
        # "\ud800" alone is JSON, but no text: it could be written into no event.
        return "text is Unicode without lone surrogates"
    return (
        f"a request has at most {REQUEST_MAX_BYTES} bytes, and this one has {size}"
        if size > REQUEST_MAX_BYTES
        else None
    )


def _meant(data: JsonObject, offers: Offers, allow_private_webhooks: bool) -> Iterator[Problem]:
    """Say what is wrong with the meaning of a request, passing over values of a wrong type."""
    yield from chain(
        graph_problems(data),
        name_problems(data, offers),
        engine_problems(data, offers),
        timeline_problems(data),
        budget_problems(data, offers.budget),
        json_schema_problems(data),
        bucket_problems(data, offers.bucket),
        webhook_problems(data, allow_private=allow_private_webhooks),
        expansion_problems(data),
    )


def _rejected(problems: Iterable[Problem]) -> Rejected:
    return Rejected(within_limits(problems))


def within_limits(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems of a refusal, each once; of a request that is wrong in thousands of places, the first.

    The refusal travels in one record.
    """
    found: dict[tuple[str, str], Problem] = {}
    room = _TOLD_BYTES_AT_MOST
    for problem in problems:
        room -= len(problem.to_bytes())
        if found and (room < 0 or len(found) >= TOLD_AT_MOST):
            break
        found.setdefault((problem.path, problem.message), problem)
    return tuple(found.values())


def _whole(message: str) -> Problem:
    return Problem(code=ErrorCode.INVALID_REQUEST, path="", message=message)
