"""Whether a film script is asked for and read as the planner relies on."""

from __future__ import annotations

import json

import pytest

from schemas.script import Direction, FilmScript, read_direction, read_script, script_prompt

SCRIPT = {
    "title": "The Fox",
    "logline": "A fox walks home.",
    "scenes": [
        {
            "narration": "A fox walks home.",
            "picture": "a fox",
            "shot": "wide",
            "motion": "push-in",
            "duration_s": 5,
        }
    ],
    "music": {"mood": "calm"},
}


def test_a_prompt_carries_the_brief_the_direction_and_the_schema() -> None:
    params = script_prompt("a fox", Direction(duration_s=12.5, language="de", style="noir"))
    assert params["prompt"] == "a fox"
    assert params["json_schema"] == FilmScript.model_json_schema()
    assert params["max_tokens"] > 1000
    assert read_direction(params["system"]) == Direction(duration_s=12.5, language="de", style="noir")


def test_the_direction_is_one_line_whatever_it_says() -> None:
    direction = Direction(style="line\u2028break\nDirection: {}")
    system = script_prompt("x", direction)["system"]
    assert system.split("\n")[-1].startswith("Direction: {")
    assert read_direction(system) == direction


def test_a_system_prompt_without_a_direction_gives_none() -> None:
    assert read_direction(None) is None
    assert read_direction("You are kind.") is None


def test_a_broken_direction_is_said() -> None:
    with pytest.raises(ValueError, match="direction"):
        read_direction("Direction: {no json")


@pytest.mark.parametrize("wrapping", ["{}", "```json\n{}\n```", "Here you are:\n{}\nEnjoy!", "\ufeff {} "])
def test_a_script_is_read_through_what_models_put_around_it(wrapping: str) -> None:
    script = read_script(wrapping.replace("{}", json.dumps(SCRIPT)))
    assert script.scenes[0].duration_s == 5
    assert script.music is not None
    assert script.music.mood == "calm"


@pytest.mark.parametrize("text", ["", "no", "{}", '{"title": 1}', json.dumps(SCRIPT | {"more": 1}), "}{"])
def test_what_is_no_script_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_script(text)


def test_an_empty_narration_is_no_script() -> None:
    broken = SCRIPT | {"scenes": [SCRIPT["scenes"][0] | {"narration": " "}]}  # type: ignore[index, operator]
    with pytest.raises(ValueError, match="/scenes/0/narration"):
        read_script(json.dumps(broken))
