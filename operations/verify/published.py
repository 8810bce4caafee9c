"""Whether the public events are those that follow from the log: each once, in order, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from operations.verify.reading import PublicEvent, Snapshot
from operations.verify.violations import Violation, Window
from schemas import identity
from schemas.facts import TERMINAL_TYPES

_ACCEPTED = "media.job.accepted.v1"
_REJECTED = "media.job.rejected.v1"
_ASSET = "media.asset.ready.v1"
_DAY_MS = 86_400_000


def check_published(snapshot: Snapshot, window: Window) -> Iterator[Violation]:
    """Yield what is wrong with the events on `media.jobs` and `media.assets`."""
    for place, at_ms in snapshot.unreadable:
        if window.holds(at_ms):
            yield Violation(
                "event_unreadable", place, "this public event cannot be read, or a field of it is wrong"
            )
    oldest_ms = _required_since_ms(snapshot)
    for partition, fold in snapshot.folds.items():
        published = [t for t in snapshot.published[partition] if t.type != _REJECTED]
        runs: dict[tuple[str, int], list[PublicEvent]] = defaultdict(list)
        for one in published:
            runs[one.job_id, one.run].append(one)
        suspects: set[str] = set()
        for (job_id, run), events in runs.items():
            if not window.holds(fold.touched_ms.get(job_id, events[-1].at_ms)):
                continue
            for place, violation in _check_run(job_id, run, events, whole=snapshot.events_are_whole):
                suspects.add(place)
                yield violation
            if snapshot.whole(partition, job_id):
                yield from _unexplained(snapshot, partition, events, suspects)
        there = {t.id for t in published}
        for event_id, expected in fold.facts.items():
            if event_id in there or expected.at_ms < oldest_ms:
                continue
            if snapshot.whole(partition, expected.job_id) and window.holds(fold.touched_ms[expected.job_id]):
                yield Violation(
                    f"{_noun(expected.type)}_missing",
                    expected.job_id,
                    f"run {expected.run} should have a {expected.type} with ce_id {event_id}, and has none",
                )
    yield from _check_rejections(snapshot, window, oldest_ms)


def _check_run(
    job_id: str, run: int, events: list[PublicEvent], *, whole: bool
) -> Iterator[tuple[str, Violation]]:
    """Yield (place, violation): what can be said of a run's events without the log."""
    ends = [t for t in events if t.type in TERMINAL_TYPES]
    begins_as = identity.event_id(_ACCEPTED, job_id, run)
    # Other sources that asked for the same are answered under ids of their own, later.
    begins = [t for t in events if t.type == _ACCEPTED and t.id == begins_as]
    for one in ends:
        if one.id != identity.terminal_event_id(job_id, run):
            yield (
                one.place,
                Violation(
                    "terminal_id",
                    one.place,
                    f"the ce_id of the end of run {run} of {job_id} is not the derived one",
                ),
            )
    for noun, found in (("terminal", ends), ("accepted", begins)):
        if len(found) > 1:
            yield (
                found[-1].place,
                Violation(
                    f"{noun}_doubled", job_id, f"run {run} has {len(found)} {noun} events: {_places(found)}"
                ),
            )
    by_id: dict[str, list[PublicEvent]] = defaultdict(list)
    for one in events:
        if one.type == _ASSET or (one.type == _ACCEPTED and one not in begins):
            by_id[one.id].append(one)
    for repeated in by_id.values():
        if len(repeated) > 1:
            check, what = (
                ("asset_doubled", "an asset")
                if repeated[0].type == _ASSET
                else ("accepted_doubled", "one answer")
            )
            message = f"run {run} announced {what} more than once: {_places(repeated)}"
            yield repeated[-1].place, Violation(check, job_id, message)
    if begins and ends and min(t.offset for t in ends) < begins[0].offset:
        yield (
            ends[0].place,
            Violation("out_of_order", job_id, f"run {run} ended before it was accepted: {ends[0].place}"),
        )
    if whole and not begins:
        yield (
            events[0].place,
            Violation(
                "accepted_missing", job_id, f"run {run} has events but was never accepted: {events[0].place}"
            ),
        )


def _unexplained(
    snapshot: Snapshot, partition: int, events: Iterable[PublicEvent], suspects: set[str]
) -> Iterator[Violation]:
    """Yield events that the log does not account for, and such that say something else than it does."""
    fold = snapshot.folds[partition]
    events = list(events)
    ended = any(t.type in TERMINAL_TYPES for t in events)
    for one in events:
        expected = fold.facts.get(one.id)
        if one.place in suspects or not one.settled:
            continue
        if expected is None:
            check = "asset_after_end" if one.type == _ASSET and ended else "event_unexplained"
            yield Violation(check, one.place, f"nothing in the log led to this {one.type} of {one.job_id}")
        elif (expected.type, expected.digest) != (one.type, one.digest):
            yield Violation(
                "event_differs",
                one.place,
                f"this {one.type} of {one.job_id} says something else than the log",
            )


def _check_rejections(snapshot: Snapshot, window: Window, oldest_ms: int) -> Iterator[Violation]:
    # A refusal lies in the partition of its request id, and the log event behind it in that of its job.
    expected = {i: e for fold in snapshot.folds.values() for i, e in fold.rejected.items()}
    published: dict[str, list[PublicEvent]] = defaultdict(list)
    for one in snapshot.every_published():
        if one.type == _REJECTED:
            published[one.id].append(one)
    for event_id, events in published.items():
        if not window.holds(events[-1].at_ms):
            continue
        if len(events) > 1:
            yield Violation(
                "rejected_doubled", events[0].request_id, f"refused {len(events)} times: {_places(events)}"
            )
        if snapshot.log_is_whole and event_id not in expected and all(t.settled for t in events):
            yield Violation("event_unexplained", events[0].place, "nothing in the log led to this refusal")
    for event_id, refusal in expected.items():
        if event_id not in published and refusal.at_ms >= oldest_ms and window.holds(refusal.at_ms):
            yield Violation(
                "rejected_missing", refusal.job_id, "this request was refused in the log and nobody was told"
            )


def _required_since_ms(snapshot: Snapshot) -> int:
    """Return since when every event must still be there: where retention has begun, a day after its edge."""
    if snapshot.events_are_whole:
        return 0
    oldest = min((t.at_ms for t in snapshot.every_published()), default=0)
    return oldest + _DAY_MS


def _noun(type_: str) -> str:
    if type_ in TERMINAL_TYPES:
        return "terminal"
    return "accepted" if type_ == _ACCEPTED else "asset_event"


def _places(events: list[PublicEvent]) -> str:
    return ", ".join(t.place for t in events[:4]) + (", ..." if len(events) > 4 else "")
