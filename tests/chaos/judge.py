"""What became of all requests: is anything lost, doubled or left dangling? Plain bookkeeping, nothing of ours is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.chaos.hearing import ACCEPTED, REJECTED, Heard
from tests.chaos.load import Book, Promise

DANGLING = frozenset({"asset_missing", "asset_size", "asset_digest", "asset_id", "asset_key"})


@dataclass
class Verdict:
    """What was found: a sentence for each request that was lost and each event that is too many."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        """Whether every request ended once."""
        return not self.lost and not self.doubled


def judge(book: Book, events: Sequence[Heard]) -> Verdict:
    """Compare what was asked for with what was told on `media.jobs`, in the order of each partition."""
    verdict = Verdict()
    for event_id, count in Counter(event.id for event in events).items():
        if count > 1:
            verdict.doubled.append(f"event {event_id} was told {count} times")
    refused = Counter(str(event.data["request_id"]) for event in events if event.type == REJECTED)
    _judge_refusals(book, refused, verdict)
    by_job: dict[str, list[Heard]] = defaultdict(list)
    for event in events:
        if event.type != REJECTED:
            by_job[str(event.data["job_id"])].append(event)
    for job_id in by_job.keys() - book.jobs.keys():
        verdict.doubled.append(f"job {job_id} was never requested")
    for promise in book.jobs.values():
        obeyed = sum(1 for request_id in promise.replays if not refused[request_id])
        _judge_job(promise, 1 + obeyed, by_job[promise.job_id], verdict)
    return verdict


def _judge_refusals(book: Book, refused: Counter[str], verdict: Verdict) -> None:
    for request_id in book.invalid:
        if not refused[request_id]:
            verdict.lost.append(f"the invalid request {request_id} was never refused")
    for request_id, count in refused.items():
        if count > 1:
            verdict.doubled.append(f"{request_id} was refused {count} times")
        if request_id not in book.invalid | book.asides:
            verdict.doubled.append(f"{request_id} was refused, and nothing is wrong with it")
    verdict.outcomes["rejected"] += sum(refused.values())


def _judge_job(promise: Promise, runs: int, events: Iterable[Heard], verdict: Verdict) -> None:
    told: dict[int, list[Heard]] = defaultdict(list)
    for event in events:
        told[event.data["run"]].append(event)
    for run in range(1, max([runs, *told]) + 1):
        found = told[run]
        where = f"job {promise.job_id} run {run}"
        kinds = ["accepted" if event.type == ACCEPTED else "end" for event in found]
        if run > runs:
            verdict.doubled.append(f"{where} was not asked for: {kinds}")
        elif kinds == ["accepted", "end"]:
            verdict.outcomes[_outcome(found[-1])] += 1
        else:
            missing = {"accepted", "end"} - set(kinds)
            (verdict.lost if missing else verdict.doubled).append(f"{where} was told as {kinds}")


def _outcome(event: Heard) -> str:
    kind = event.type.split(".")[2]
    return f"{kind}: {event.data['error']['code']}" if kind == "failed" else kind
