from __future__ import annotations

from catalog.motions import MOTIONS, find_motion, motion_for_seed, motion_in, nearest_motion


def test_every_motion_has_its_own_id_and_a_sentence() -> None:
    ids = [motion.id for motion in MOTIONS]
    assert len(ids) == len(set(ids)) == 9
    assert all(motion.description.endswith(".") for motion in MOTIONS)


def test_a_motion_is_found_however_its_name_is_spaced() -> None:
    assert find_motion("Push In") is find_motion("push_in") is find_motion("push-in")
    assert find_motion("somersault") is None


def test_a_misspelled_motion_has_a_nearest_name() -> None:
    assert nearest_motion("orbitt") == "orbit"
    assert nearest_motion("zoom pull out") == "pull-out"


def test_a_prompt_can_ask_for_a_motion_in_words() -> None:
    assert (motion := motion_in("A harbour; slowly zoom in, then pan left")) is not None
    assert motion.id == "push-in"
    assert motion_in("a harbour at dawn") is None
    assert motion_in("driftwood on a beach") is None


def test_seeds_choose_among_all_moving_cameras() -> None:
    chosen = {motion_for_seed(seed).id for seed in range(100)}
    assert chosen == {motion.id for motion in MOTIONS} - {"static"}
    assert motion_for_seed(7) is motion_for_seed(7)
