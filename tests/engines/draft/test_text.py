"""Whether the draft text engine writes what is asked, refuses what it cannot do, and repeats itself
exactly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engines.contract import Result
from engines.draft.text import DraftText
from runtime.errors import EngineUnavailable, InvalidRequest
from schemas.script import Direction, read_script, script_prompt
from tests.engines.running import Work, generate


class Quiet:
    """A report that remembers the steps it was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def step(self, done: int, total: int, stage: str) -> None:
        assert stage
        self.steps.append((done, total))

    def preview(self, path: Path) -> None:
        raise AssertionError("text has no preview")


def make(workdir: Path, capability: str, params: Mapping[str, Any], seed: int = 1) -> Result:
    engine = DraftText()
    engine.load("cpu")
    return generate(engine, [Work("t", capability, params, seed)], workdir, Quiet())[0]


def text_of(result: Result) -> str:
    (product,) = result.products
    text = product.path.read_bytes().decode()
    assert product.text == text
    assert product.role is None
    return text


def test_a_film_script_comes_as_json_that_reads_back(tmp_path: Path) -> None:
    result = make(tmp_path, "text-generation", script_prompt("A fox finds the sea", Direction(duration_s=20)))
    assert result.products[0].media_type == "application/json"
    script = read_script(text_of(result))
    assert sum(scene.duration_s for scene in script.scenes) == 20
    assert "fox" in text_of(result)


def test_a_script_schema_that_travelled_as_json_is_still_known(tmp_path: Path) -> None:
    params = json.loads(json.dumps(script_prompt("A fox finds the sea", Direction(duration_s=9))))
    assert read_script(text_of(make(tmp_path, "text-generation", params)))


def test_a_batch_gives_each_its_result_and_each_says_how_far_it_is(tmp_path: Path) -> None:
    report = Quiet()
    tasks = [Work(n, "text-generation", {"prompt": f"a story about a {n}"}, 1) for n in ("fox", "bear")]
    first, second = generate(DraftText(), tasks, tmp_path, report)
    assert "fox" in text_of(first)
    assert "bear" in text_of(second)
    assert report.steps == [(0, 1), (1, 1)] * 2


def test_equal_tasks_give_equal_bytes_and_another_seed_another_text(tmp_path: Path) -> None:
    texts: list[str] = []
    for seed in (1, 1, 2):
        folder = tmp_path / str(len(texts))
        folder.mkdir()
        texts.append(text_of(make(folder, "text-generation", {"prompt": "a story about a fox"}, seed)))
    assert texts[0] == texts[1] != texts[2]


def test_a_plain_prompt_gives_a_short_text_about_it(tmp_path: Path) -> None:
    result = make(
        tmp_path,
        "text-generation",
        {"prompt": "Write a story about a brave little tugboat", "max_tokens": 60},
    )
    text = text_of(result)
    assert result.products[0].media_type == "text/plain"
    assert "tugboat" in text
    assert len(text) <= 60 * 4


def test_a_question_of_fact_is_not_answered_with_an_invention(tmp_path: Path) -> None:
    text = text_of(make(tmp_path, "text-generation", {"prompt": "What is the capital of France?"}))
    assert "language model" in text


def test_a_slogan_speaks_of_its_subject(tmp_path: Path) -> None:
    text = text_of(make(tmp_path, "text-generation", {"prompt": "Write a slogan for our new bakery"}))
    assert "our new bakery" in text
    assert "slogan" not in text


def test_titles_are_listed_one_a_line(tmp_path: Path) -> None:
    text = text_of(
        make(tmp_path, "text-generation", {"prompt": "Give me three titles for a story about an old whale"})
    )
    assert len(text.splitlines()) == 3


def test_an_unknown_schema_is_refused_with_what_could_do_it(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="language model"):
        make(tmp_path, "text-generation", {"prompt": "x", "json_schema": {"type": "object"}})


def test_an_unreadable_direction_is_an_invalid_request(tmp_path: Path) -> None:
    params = script_prompt("x", Direction()) | {"system": 'Direction: {"duration_s": "long"}'}
    with pytest.raises(InvalidRequest, match="direction"):
        make(tmp_path, "text-generation", params)


@pytest.mark.parametrize("purpose", ["image", "video", "music"])
def test_a_refined_prompt_keeps_every_word_of_the_request(tmp_path: Path, purpose: str) -> None:
    request = "an old lighthouse, stormy sea, oil painting"
    text = text_of(make(tmp_path, "prompt-refinement", {"prompt": request, "purpose": purpose}))
    assert text.startswith(request)
    assert len(text) > len(request) + 30


PASSAGE = (
    "The fox ran home (it was late). The fox was happy; the night was cold. "
    "In order to sleep, it closed the door."
)


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("make it uppercase", PASSAGE.upper()),
        ("lowercase please", PASSAGE.lower()),
        ("first sentence only", "The fox ran home (it was late)."),
        (
            "Simplify this",
            "The fox ran home. The fox was happy. The night was cold. To sleep, it closed the door.",
        ),
        ("shorten to 4 words", "The fox ran home…"),
    ],
)
def test_simple_edits_do_what_they_say(tmp_path: Path, instruction: str, expected: str) -> None:
    assert text_of(make(tmp_path, "text-to-text", {"text": PASSAGE, "instruction": instruction})) == expected


def test_a_summary_is_shorter_and_in_the_texts_own_sentences(tmp_path: Path) -> None:
    text = text_of(
        make(tmp_path, "text-to-text", {"text": PASSAGE, "instruction": "Summarise in one sentence"})
    )
    assert text in PASSAGE
    assert len(text) < len(PASSAGE)


def test_bullet_points_have_one_line_a_sentence(tmp_path: Path) -> None:
    text = text_of(make(tmp_path, "text-to-text", {"text": PASSAGE, "instruction": "as bullet points"}))
    assert [line[:2] for line in text.splitlines()] == ["- "] * 3


@pytest.mark.parametrize(
    "params",
    [
        {"target_language": "de"},
        {"instruction": "translate into German"},
        {"instruction": "rewrite it as a pirate"},
        {},
    ],
)
def test_what_needs_understanding_is_refused_with_what_could_do_it(
    tmp_path: Path, params: Mapping[str, Any]
) -> None:
    with pytest.raises(EngineUnavailable, match="language model"):
        make(tmp_path, "text-to-text", {"text": "Hello.", **params})


@pytest.mark.parametrize(
    "prompt", ["x", "\x00\x07", "🦊", "词" * 10_000, "word " * 2000, "a" * 10_000, "\u202e\u200b"]
)
def test_odd_prompts_never_break_the_engine(tmp_path: Path, prompt: str) -> None:
    assert text_of(make(tmp_path, "text-generation", {"prompt": prompt})).strip()
    script = json.loads(
        text_of(make(tmp_path, "text-generation", script_prompt(prompt, Direction(duration_s=30))))
    )
    assert script["scenes"]
    assert all(scene["picture"].strip() for scene in script["scenes"])
    assert text_of(make(tmp_path, "prompt-refinement", {"prompt": prompt})).strip()


def test_the_text_engine_needs_nothing_that_paints(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from tests.engines.running import Work, generate\n"
        "from engines.draft.text import DraftText\n"
        "from schemas.script import Direction, script_prompt\n"
        "class Quiet:\n"
        "    def step(self, *said): pass\n"
        "params = script_prompt('A fox finds the sea', Direction(duration_s=20))\n"
        "generate(DraftText(), [Work('t', 'text-generation', params, 1)], pathlib.Path(sys.argv[1]), Quiet())\n"
        "assert not {'numpy', 'cv2', 'PIL', 'av'} & sys.modules.keys()\n"
    )
    root = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, "-P", "-c", program, str(tmp_path)],
        env={"PYTHONPATH": str(root)},
        check=True,
        timeout=120,
    )
