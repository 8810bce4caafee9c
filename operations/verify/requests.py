"""Whether every record on the requests topic was taken in, or lies in the dead letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from operations.dead_letter import DeadLetter
from operations.verify.reading import Snapshot
from operations.verify.violations import Violation, Window

_KEPT_MS = 29 * 86_400_000
"""Requests, log and dead letters are kept for 30 days; at the edge one may be gone before the other."""


def check_requests(snapshot: Snapshot, window: Window, letters: Sequence[DeadLetter]) -> Iterator[Violation]:
    """Yield requests that nobody answered and unreadable records that nobody kept."""
    taken_in = {note for fold in snapshot.folds.values() for note in fold.requests}
    given_up = {letter.id for letter in letters}
    oldest_ms = max(window.since_ms, window.now_ms - _KEPT_MS)
    for request in snapshot.requests:
        # What the client library cannot parse has no time (-1): it is always looked at.
        if not window.settled(request.at_ms) or 0 <= request.at_ms < oldest_ms:
            continue
        # What an older version took in stands in the log with its id alone.
        if request.place in given_up or (request.id is not None and {request.mark, request.id} & taken_in):
            continue
        if request.id is None:
            yield Violation(
                "dead_letter_missing", request.place, "this record cannot be read and is no dead letter"
            )
        else:
            yield Violation(
                "request_lost", request.place, f"the request {request.id} was not taken in: does intake run?"
            )
