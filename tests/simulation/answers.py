"""Which answer every request must get, whoever else used its id: worked out from the log, without the reducer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from planning.job.commands import PublishFact
from planning.partition.partition import LogEntry
from schemas.identity import event_id, rejected_event_id
from schemas.log import Asked, CancelRequested, JobAccepted, ReplayRequested, RequestRejected

ACCEPTED, REFUSED = "media.job.accepted.v1", "media.job.rejected.v1"


def header_of(event: Asked) -> str:
    """What tells a request from every other."""
    return event.mark or event.request_id


def begins_a_run(tell: PublishFact) -> bool:
    """Whether this is the acceptance of a run, and not the same told to another who asked for it."""
    fact: Any = tell.fact
    return tell.type == ACCEPTED and tell.event_id == event_id(ACCEPTED, fact.job_id, fact.run)


def every_request_has_its_answer(log: Iterable[LogEntry], told: Iterable[PublishFact]) -> Iterator[str]:
    """Yield the requests that were not answered as often as they must be."""
    wanted: dict[str, tuple[Asked, int]] = {}
    first: dict[str, JobAccepted] = {}
    sources: dict[str, set[str]] = defaultdict(set)
    for entry in log:
        event = entry.event
        if not isinstance(event, Asked) or header_of(event) in wanted:
            continue  # a true repeat is told nothing
        match event:
            case JobAccepted():
                known = first.setdefault(event.job_id, event)
                same = known.request_digest == event.request_digest
                stranger = event.source not in sources[event.job_id] and event.request_id == known.request_id
                if same:
                    sources[event.job_id].add(event.source)
                wanted[header_of(event)] = event, 1 if event is known or stranger or not same else 0
            case RequestRejected() | ReplayRequested():
                wanted[header_of(event)] = event, 1
            case CancelRequested():
                owner = first.get(event.job_id)
                wanted[header_of(event)] = event, 0 if owner and owner.tenant == event.tenant else 1
    ids = Counter(tell.event_id for tell in told)
    begun: Counter[tuple[str, str]] = Counter()
    again: Counter[tuple[str, str]] = Counter()
    for tell in told:
        fact: Any = tell.fact
        if tell.type == ACCEPTED:
            (begun if begins_a_run(tell) else again)[fact.request_id, fact.request_source or ""] += 1
    for event, answers in wanted.values():
        who = (event.request_id, event.source)
        got = ids[rejected_event_id(event.request_id, event.mark)]
        if isinstance(event, ReplayRequested) or event in first.values():
            got += begun[who]
        elif isinstance(event, JobAccepted):
            got += again[who]
        if got != answers:
            yield f"the request {event.request_id} of {event.source} was answered {got} times and not {answers}"
