"""What a diary says became of jobs: lost, joined twice, joined too early, tasks run again."""

from __future__ import annotations

from benchmarks.peers.diary import TASKS, Line
from benchmarks.peers.outcome import begun, outcome


def diary_of(*events: str) -> list[Line]:
    """Each event is `kind job task`, a second after the one before."""
    lines = []
    for at_s, event in enumerate(events):
        kind, job, *task = event.split()
        lines.append(Line(float(at_s), kind, job, int(task[0]) if task else 0))
    return lines


def tasks(job: str) -> list[str]:
    return [f"{kind} {job} {task}" for task in range(TASKS) for kind in ("began", "ended")]


def test_a_job_that_was_asked_for_and_joined_once_is_done() -> None:
    found = outcome(diary_of("asked a-0", *tasks("a-0"), "joined a-0"), "a")
    assert (found.joined, found.lost, found.doubled, found.early, found.again) == (1, 0, 0, 0, 0)
    assert found.took_s == 2 * TASKS + 1


def test_a_job_without_a_join_is_lost() -> None:
    assert outcome(diary_of("asked a-0", "asked a-1", "joined a-1"), "a").lost == 1


def test_a_second_join_is_counted_but_joins_no_second_job() -> None:
    found = outcome(diary_of("asked a-0", *tasks("a-0"), "joined a-0", "joined a-0"), "a")
    assert (found.joined, found.doubled) == (1, 1)


def test_a_join_before_the_last_task_ended_is_early() -> None:
    almost = tasks("a-0")[:-1]
    found = outcome(diary_of("asked a-0", *almost, "joined a-0", "ended a-0 4"), "a")
    assert (found.early, found.lost) == (1, 0)


def test_each_further_beginning_of_a_task_is_work_done_again() -> None:
    diary = diary_of("asked a-0", "began a-0 0", "began a-0 0", *tasks("a-0"), "joined a-0")
    assert outcome(diary, "a").again == 2
    assert begun(diary, "a") == TASKS


def test_jobs_of_another_name_do_not_count() -> None:
    diary = diary_of("asked a-0", "asked ab-0", "began ab-0 1", "joined ab-0")
    assert (outcome(diary, "a").asked, outcome(diary, "a").joined, begun(diary, "a")) == (1, 0, 0)
