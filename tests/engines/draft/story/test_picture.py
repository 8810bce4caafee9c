"""Whether the pictures of a film show what its brief names, and nothing that film language names."""

from __future__ import annotations

import pytest

from engines.draft.scene.lexicon import lexicon
from engines.draft.scene.plan import plan_scene
from engines.draft.scene.spec import SceneSpec
from engines.draft.story.write import write_script
from schemas.script import Direction

FILMS = {
    "An old lighthouse keeper befriends a whale, and on the night of the great storm the whale saves the harbour.": (
        "👴 :lighthouse 🐋", "en",
    ),
    "A small robot learns to bake bread for the whole village.": ("🤖 🍞", "en"),
    "A fox crosses a snowy forest to find her cubs.": ("🦊", "en"),
    "Two strangers fall in love under one umbrella in the rainy streets of Paris.": ("👩 👨 ☂", "en"),
    "An astronaut alone on Mars grows a single sunflower.": ("🧑‍🚀 🌻", "en"),
    "A caravan of camels crosses the desert to find a lost oasis.": ("🐪", "en"),
    "Introducing the AeroBottle, a steel water bottle that keeps coffee hot all day.": ("🧴 ☕", "en"),
    "A grandmother teaches her grandson to cook her secret tomato soup.": ("👵 👦 🥣", "en"),
    "A family builds a snowman and decorates the tree on Christmas eve.": ("👨 👩 🧒 ⛄ 🌳", "en"),
    "Lily turns seven and gets a puppy for her birthday.": ("👧 🐕", "en"),
    "A girl hears whispers in a haunted house at midnight.": ("👧 🏠", "en"),
    "A young runner trains for the city marathon after an injury.": ("🏃", "en"),
    "Ein alter Fischer findet eine Flaschenpost und sucht ihre Absenderin.": ("👴 👩", "de"),
    "Une petite fille et son chat voyagent en train jusqu'à la mer.": ("👧 🐈 🚂", "fr"),
}  # fmt: skip
OUTDOORS = {"👴 :lighthouse 🐋": {"sea", "harbour", "cliff", "beach", "island"}, "🐪": {"desert"}}


def scenes(brief: str, language: str, seed: int) -> list[SceneSpec]:
    script = write_script(brief, Direction(duration_s=45, language=language), seed)
    return [plan_scene(one.picture, style=None, seed=seed + at) for at, one in enumerate(script.scenes)]


def glyphs_of(line: str) -> set[str]:
    known = lexicon().emoji
    return {part if part[0] == ":" else known[part.replace("\ufe0f", "")] for part in line.split()}


@pytest.mark.parametrize("brief", FILMS)
def test_pictures_show_the_things_of_the_brief_and_no_others(brief: str) -> None:
    line, language = FILMS[brief]
    wanted = glyphs_of(line)
    first = next(iter(glyphs_of(line.split()[0])))
    for seed in range(5):
        for spec in scenes(brief, language, seed):
            shown = {subject.glyph for subject in spec.subjects}
            assert shown <= wanted, (seed, shown - wanted)
            assert first in shown
            assert spec.place in OUTDOORS.get(line, {spec.place})


@pytest.mark.parametrize("brief", FILMS)
def test_a_film_changes_its_framing_its_place_or_its_hour(brief: str) -> None:
    _, language = FILMS[brief]
    for seed in range(3):
        looks = [(spec.place, spec.time, spec.shot) for spec in scenes(brief, language, seed)]
        assert len(set(looks)) >= len(looks) // 2


def test_faces_stay_above_the_captions() -> None:
    for brief, (_, language) in FILMS.items():
        for spec in scenes(brief, language, seed=2):
            for subject in spec.subjects:
                if subject.body != "none":
                    assert subject.y - subject.height < 0.72


def test_no_line_is_said_twice_in_a_short_film_of_any_language() -> None:
    for brief, (_, language) in FILMS.items():
        for duration_s in (5, 10, 60):
            script = write_script(brief, Direction(duration_s=duration_s, language=language), 4)
            said = [scene.narration for scene in script.scenes]
            assert len(said) == len(set(said)), said
