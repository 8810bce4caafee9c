"""The page of what is covered counts itself rightly, and names files that there are."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text("utf-8")
STATES = ("works", "draft", "partly", "not yet", "n/a")
ROWS = re.findall(r"^\| (S\d{3})-(\d{3}) \| (.+?) \| ([^|]+?) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_requirement_has_one_row_and_a_state() -> None:
    assert [int(number) for _, number, *_ in ROWS] == list(range(1, 322))
    assert len(re.findall(r"^\| S\d{3}-", PAGE, re.MULTILINE)) == len(ROWS)
    assert {state for *_, state, _ in ROWS} == set(STATES)


def test_the_counts_are_those_of_the_rows() -> None:
    table = re.findall(
        r"^\| \*{0,2}([^|*]+?)\*{0,2} \| " + r" \| ".join([r"\*{0,2}(\d+)\*{0,2}"] * 5), PAGE, re.M
    )
    counted = {name.rpartition("(")[2].rstrip(")"): tuple(map(int, counts)) for name, *counts in table}
    expected = {
        section: tuple(
            Counter(state for found, _, _, state, _ in ROWS if found == section)[state] for state in STATES
        )
        for section in sorted({section for section, *_ in ROWS})
    }
    expected["all"] = tuple(map(sum, zip(*expected.values(), strict=True)))
    assert counted == expected
    works, drafts, partly, not_yet, none = expected["all"]
    sentence = (
        f"{works} work, {drafts} as drafts, {partly} partly, {not_yet} not yet, {none} is no requirement"
    )
    assert f"{sentence}: {len(ROWS)} rows." in PAGE


def test_every_file_that_a_row_names_is_there() -> None:
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", PAGE))
    files = {name for name in named if name.split("/")[0] in {path.name for path in ROOT.iterdir()}}
    assert len(files) > 60
    assert [name for name in sorted(files) if not (ROOT / name).exists()] == []


def test_what_works_or_is_a_draft_names_what_shows_it() -> None:
    for section, number, _, state, text in ROWS:
        assert state not in {"works", "draft"} or "`" in text, f"{section}-{number}"
