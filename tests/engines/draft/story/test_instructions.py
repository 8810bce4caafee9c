"""Whether a script follows the orders of its brief without telling them, and ends no sentence too early."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engines.contract import Result
from engines.draft.story.text import shorten, split_sentences
from engines.draft.text import DraftText
from language.instructions import count_words
from schemas.script import Direction, script_prompt
from tests.engines.running import Work, generate


class _Silent:
    def step(self, done: int, total: int, stage: str) -> None:
        pass

    def preview(self, path: Path) -> None:
        pass


def written(
    brief: str, workdir: Path, seed: int = 1, **direction: Any
) -> tuple[list[str], dict[str, Any], Result]:
    params = script_prompt(brief, Direction(**direction))
    result = generate(DraftText(), [Work("t", "text-generation", params, seed)], workdir, _Silent())[0]
    script = json.loads(result.products[0].path.read_text())
    return [scene["narration"] for scene in script["scenes"]], script, result


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("duration_s", [8.0, 30.0, 60.0])
def test_orders_are_followed_and_not_told(tmp_path: Path, duration_s: float, seed: int) -> None:
    brief = (
        "Write me a script about a fox who learns to fly. Keep it under 60 words. Target audience: kids. "
        "Use upbeat music and bold captions. #fox https://example.com/fox"
    )
    told, script, result = written(brief, tmp_path, seed, duration_s=duration_s)
    whole = " ".join(told)
    assert "fox" in whole
    assert not re.search(r"words|audience|kids|music|captions|script|example|#", whole, re.IGNORECASE)
    assert count_words(whole) <= 60
    assert script["music"]["mood"] == "happy"
    assert [re.findall("an audience|captions|hashtags|an address", note) for note in result.degraded] == [
        ["an audience", "captions"],
        ["hashtags", "an address"],
    ]


def test_a_short_limit_and_a_number_of_scenes_are_kept(tmp_path: Path) -> None:
    told, _, result = written(
        "A whale sings. Split it into 3 scenes. At most 20 words.", tmp_path, duration_s=30
    )
    assert len(told) == 3
    assert count_words(" ".join(told)) <= 20
    assert result.degraded == ()


def test_a_brief_without_orders_has_nothing_to_tell(tmp_path: Path) -> None:
    assert written("A fox finds the sea.", tmp_path)[2].degraded == ()


@pytest.mark.parametrize(
    ("brief", "whole"),
    [
        ("Dr. Smith opens a bakery in Paris and bakes 3.5 loaves.", "Dr. Smith opens a bakery in Paris and bakes 3.5 loaves."),
        ("Two friends climb Mt. Everest with Mr. Jones.", "Two friends climb Mt. Everest with Mr. Jones."),
    ],
)  # fmt: skip
def test_a_brief_is_not_cut_at_an_abbreviation(tmp_path: Path, brief: str, whole: str) -> None:
    assert split_sentences(brief) == [whole]
    told, script, _ = written(brief, tmp_path, duration_s=8)
    assert not any(re.search(r"\b(?:Dr|Mt|Mr)\.(?:$| [A-Z]\w+ (?:looked|ago|hour))", line) for line in told)
    assert any("Dr. Smith opens" in line or "Mt. Everest" in line for line in told)
    assert not script["title"].endswith(("Dr", "Mt", "Dr.", "Mt."))


def test_a_shortened_sentence_ends_at_no_abbreviation_or_number() -> None:
    text = "The whole town had been waiting since the early morning for good old Dr. Smith and the 12 boxes of No. 5 from the U.S. Army"
    for limit in range(20, len(text)):
        assert not re.search(r"\b(?:Dr|No|U\.S)\.$|\b\d+\.?$", shorten(text, limit)), limit


def test_markdown_is_not_told(tmp_path: Path) -> None:
    told, script, _ = written(
        "# The Fox\n\n**A fox** finds the _sea_.\n\n* It is `blue`.\n* It is cold.", tmp_path, duration_s=20
    )
    assert not re.search(r"[*#`_]", " ".join([*told, script["title"], script["logline"]]))
