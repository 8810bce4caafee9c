"""What a plan takes from words, in whatever language and however hostile."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.draft.scene.lexicon import lexicon
from engines.draft.scene.plan import plan_scene
from engines.draft.scene.spec import SceneSpec

WHALE, FOX, ROBOT, GIRL = "1f40b", "1f98a", "1f916", "1f467"


def planned(prompt: str, seed: int = 1, negative: str = "") -> SceneSpec:
    return plan_scene(prompt, style=None, seed=seed, negative_prompt=negative)


def glyphs(prompt: str, negative: str = "") -> set[str]:
    return {subject.glyph for subject in planned(prompt, negative=negative).subjects}


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a lighthouse keeper and a whale", {":lighthouse", WHALE}),
        ("a red fox", {FOX}),
        ("a robot baking bread", {ROBOT}),
        ("a sailing boat", {"26f5"}),
        ("Two kittens playing", {"1f408"}),
        ("Ein Wal im Meer", {WHALE}),
        ("un renard dans la forêt", {FOX}),
        ("una ballena en el mar", {WHALE}),
        ("夜の海とクジラ", {WHALE}),
        ("🐘 at the circus", {"1f418"}),
    ],
)
def test_the_things_a_prompt_names_are_in_the_scene(prompt: str, wanted: set[str]) -> None:
    assert wanted <= glyphs(prompt)


@pytest.mark.parametrize(
    ("prompt", "place", "time", "weather"),
    [
        ("Wide shot of a small harbour at dawn, a fishing boat leaving, mist", "harbour", "dawn", "fog"),
        ("An old lighthouse on a cliff in a storm at night, waves", "cliff", "night", "storm"),
        ("A girl in a rainy city street at night", "street", "night", "rain"),
        ("Nebel über dem See am Abend", "lake", "sunset", "fog"),
        ("une ville sous la pluie, la nuit", "city", "night", "rain"),
    ],
)
def test_place_hour_and_weather_follow_the_words(prompt: str, place: str, time: str, weather: str) -> None:
    spec = planned(prompt)
    assert (spec.place, spec.time, spec.weather) == (place, time, weather)


def test_a_colour_word_tints_its_noun_only() -> None:
    (girl,) = planned("A girl with a red umbrella in the rain").subjects
    assert girl.glyph == GIRL
    assert girl.tint is None
    assert girl.held is not None
    assert girl.held_tint == "#c8322b"


def test_a_bridge_of_colour_over_no_noun_goes_into_the_palette() -> None:
    assert planned("An astronaut on a purple planet").palette == ("#7a4bb5",)


def test_what_the_negative_prompt_names_is_left_out() -> None:
    assert glyphs("a fox and a whale", negative="whale") == {FOX}


def test_a_close_up_shows_its_subject_larger_than_a_wide_shot() -> None:
    near, far = (
        planned(f"{shot} of a fox in a field").subjects[0].height for shot in ("close-up", "wide shot")
    )
    assert near > 1.6 * far


def test_counted_things_are_shown_that_often() -> None:
    assert sum(subject.glyph == "1f411" for subject in planned("three sheep on a hill").subjects) == 3


def test_seeds_give_different_compositions() -> None:
    assert len({planned("a fox in a forest", seed).subjects for seed in range(6)}) == 6


def test_a_scene_survives_json() -> None:
    spec = planned("A girl with a red umbrella and three sheep in a snowy village at dusk")
    assert SceneSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"version":99}', '{"version":1,"subjects":3}', "[" * 9000]
)
def test_what_is_no_scene_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        SceneSpec.from_json(text)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300), st.text(max_size=60), st.integers(0, 2**53 - 1))
def test_every_text_has_a_scene_inside_the_frame(prompt: str, negative: str, seed: int) -> None:
    spec = plan_scene(prompt, style=None, seed=seed, negative_prompt=negative)
    assert spec == plan_scene(prompt, style=None, seed=seed, negative_prompt=negative)
    assert SceneSpec.from_json(spec.to_json()) == spec
    for subject in spec.subjects:
        assert 0 < subject.x < 1
        assert 0 < subject.y < 1.5
        assert 0 < subject.height < 1.5
        assert subject.y - subject.height < 0.9


@pytest.mark.parametrize(
    "prompt",
    [
        "\x00\x07\x1b[31m",
        "fox " * 5000,
        "🦊" * 20_000,
        "a" * 20_000,
        "\u202e" * 300,
        "'s 's 's",
        "海" * 20_000,
    ],
)
def test_long_and_strange_prompts_are_planned(prompt: str) -> None:
    assert planned(prompt).place


def test_every_name_leads_to_a_glyph_that_exists() -> None:
    from engines.draft.scene.props import shapes_named

    known = lexicon()
    ours = set(known.phrases["ours"].values())
    assert len(known.groups) > 1000
    assert all(shapes_named(glyph) for glyph in sorted(ours))
