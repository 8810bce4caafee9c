from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planning.recipes.film.timing import pace

SCENES = st.lists(st.tuples(st.floats(0.5, 20.0), st.floats(0.0, 15.0)), min_size=1, max_size=60)


@given(scenes=SCENES, fps=st.sampled_from([12, 24, 25, 30, 60]), overlap_s=st.sampled_from([0.0, 0.5]))
def test_every_scene_lasts_longer_than_its_words(
    scenes: list[tuple[float, float]], fps: float, overlap_s: float
) -> None:
    wanted, spoken = [w for w, _ in scenes], [s for _, s in scenes]
    pacing = pace(wanted, spoken, duration_s=sum(wanted), overlap_s=overlap_s, fps=fps)
    for frames, words_s in zip(pacing.frames, spoken, strict=True):
        assert frames >= 1
        assert frames / fps >= words_s / pacing.speech_speed - 1 / fps


@given(
    count=st.integers(1, 40),
    duration_s=st.floats(5.0, 300.0),
    filled=st.floats(0.0, 0.6),
    fps=st.sampled_from([24, 30]),
)
def test_words_that_fit_give_exactly_the_length_that_was_asked_for(
    count: int, duration_s: float, filled: float, fps: float
) -> None:
    each_s = duration_s / count
    if each_s < 3:
        return
    pacing = pace([each_s] * count, [each_s * filled] * count, duration_s=duration_s, overlap_s=0.5, fps=fps)
    assert abs(pacing.total_frames / fps - duration_s) <= 1.5 / fps
    assert pacing.speech_speed == 1.0


def test_too_many_words_are_said_faster_and_the_film_stays_within_five_percent() -> None:
    pacing = pace([5.0] * 6, [6.0] * 6, duration_s=30.0, overlap_s=0.5, fps=24)
    assert 1.0 < pacing.speech_speed <= 2.0
    assert abs(pacing.total_frames / 24 - 30.0) <= 1.5


def test_scenes_keep_the_proportions_that_were_wanted() -> None:
    pacing = pace([2.0, 4.0, 8.0], [0.0, 0.0, 0.0], duration_s=14.0, overlap_s=0.0, fps=24)
    assert pacing.frames == (48, 96, 192)


def test_words_that_were_said_faster_already_are_given_the_time_they_take() -> None:
    pacing = pace([5.0] * 2, [6.0] * 2, duration_s=10.0, overlap_s=0.5, fps=24, final=True)
    assert pacing.speech_speed == 1.0
    assert all(frames / 24 >= 6.0 for frames in pacing.frames)


def test_words_that_nobody_could_follow_make_the_film_longer_instead() -> None:
    pacing = pace([3.0, 3.0], [40.0, 1.0], duration_s=6.0, overlap_s=0.5, fps=24)
    assert pacing.speech_speed == 1.0
    assert pacing.frames[0] / 24 >= 40.8
    assert pacing.frames[1] / 24 >= 1.8


def test_short_silent_scenes_stay_as_short_as_they_were_wanted() -> None:
    pacing = pace([0.5] * 100, [0.0] * 100, duration_s=50.0, overlap_s=0.5, fps=12)
    assert pacing.total_frames == 600
