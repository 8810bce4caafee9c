from __future__ import annotations

from operations.liveness import FIRST_WORD_WITHIN_S, Liveness


def looks(liveness: Liveness, pids: list[int], seconds: range) -> list[list[int]]:
    return [liveness.silent(pids, float(now)) for now in seconds]


def test_who_says_nothing_for_too_long_is_silent_and_who_speaks_is_not() -> None:
    liveness = Liveness(5.0)
    liveness.heard(1)
    liveness.heard(2)
    assert looks(liveness, [1, 2], range(5)) == [[]] * 5
    liveness.heard(1)
    assert liveness.silent([1, 2], 5.0) == [2]


def test_a_pause_of_the_one_who_looks_is_blamed_on_nobody() -> None:
    liveness = Liveness(5.0)
    liveness.heard(1)
    looks(liveness, [1], range(2))
    assert liveness.silent([1], 1000.0) == []


def test_a_process_that_was_started_again_begins_anew() -> None:
    liveness = Liveness(5.0)
    looks(liveness, [1], range(5))
    assert liveness.silent([2], 5.0) == []
    assert looks(liveness, [2], range(6, 10)) == [[]] * 4


def test_a_process_that_starts_has_longer_for_its_first_word_and_not_for_ever() -> None:
    liveness = Liveness(5.0)
    assert looks(liveness, [1], range(int(FIRST_WORD_WITHIN_S))) == [[]] * int(FIRST_WORD_WITHIN_S)
    assert liveness.silent([1], FIRST_WORD_WITHIN_S) == [1]


def test_nobody_is_ever_silent_when_nobody_shall_be() -> None:
    liveness = Liveness(0.0)
    assert looks(liveness, [1], range(500)) == [[]] * 500
