"""Every mutant gets a verdict from the pure readers: an event or the reason why it is none, a job or what is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random

import pytest
from pydantic import ValidationError

from bus.cloudevents import Event, Headers, decode
from bus.unreadable import Unreadable
from planning.intake import Accepted, examine
from planning.intake.offers import offers
from schemas.log import LOG_TYPES, log_type
from schemas.requests import REQUEST_TYPES
from tests.planning.jobs import History, accepted, failed, orders, ready, started
from tests.poison.corpus import Sample, mutants
from tests.poison.feeding import requests

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
pytestmark = pytest.mark.timeout(3_000)


@dataclass(frozen=True)
class Read:
    """A record as it comes from a topic."""

    value: bytes | None = field(repr=False)
    headers: Headers
    key: bytes | None = None
    topic: str = "media.requests"
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


def verdict(sample: Sample) -> str:
    """Read a record as intake does; any error but the one that says why would stop its partition."""
    try:
        event: Event = decode(Read(sample.value, sample.headers), plain_ok=True)
    except Unreadable as error:
        return str(error.reason)
    json.dumps(event.data, ensure_ascii=False, allow_nan=False).encode()
    if event.type not in REQUEST_TYPES:
        return "of another type"
    found = examine(event.type, event.data, offers=offers(), allow_private_webhooks=False)
    assert isinstance(found, Accepted) or found.problems
    return "accepted" if isinstance(found, Accepted) else "refused"


def test_every_mutant_of_a_request_gets_a_verdict(count: int) -> None:
    seen = set()
    for sample in mutants({"requests": requests()}, count, Random(count)):
        try:
            seen.add(verdict(sample))
        except Exception as error:
            error.add_note(f"{sample.how}: {sample.headers} {(sample.value or b'')[:2_000]!r}")
            raise
    assert {"accepted", "refused", "not_json", "too_deep", "duplicate_name", "attribute_missing"} <= seen


def test_every_mutant_is_an_event_of_the_log_or_none(count: int) -> None:
    history = History()
    (order,) = orders(history.add(begun := accepted(PICTURE)))
    seeds = [
        Sample("log", 0, None, event.to_bytes(), (("ce_type", log_type(event).encode()),))
        for event in (begun, started(order), ready(order), failed(order))
    ]
    read = refused = 0
    for sample in mutants({"log": seeds}, count // 10, Random(7)):
        for kind in LOG_TYPES.values():
            try:
                event = kind.model_validate_json(sample.value or b"")
            except ValidationError:
                refused += 1
                continue
            # What is read can be written, and is the same then: the log keeps it for a month.
            assert kind.model_validate_json(event.to_bytes()) == event
            read += 1
    assert min(read, refused) > count // 100
