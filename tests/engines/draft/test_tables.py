"""Whether the tables of the draft engines can be read, and whether anything reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

import engines.draft
from engines.draft.speech.spelled.tongue import SPELLED, tongue
from engines.draft.story.lines import tongues
from engines.draft.tables import read_table

FOLDER = Path(engines.draft.__file__ or "").parent
TABLES = sorted(FOLDER.rglob("*.toml"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_table_is_the_table_of_a_module_or_of_a_language(path: Path) -> None:
    assert read_table(str(path.with_suffix(".py")))
    language = path.stem.removeprefix("words_")
    assert path.with_suffix(".py").exists() or language in {*SPELLED, *tongues.SPOKEN}


def test_every_language_has_its_words_and_its_lines() -> None:
    assert [code for code in SPELLED if tongue(code) is None] == []
    assert [code for code in tongues.SPOKEN if tongues.tongue(code) is None] == []
    assert tongue("xx") is None
    assert tongues.tongue("xx") is None


def test_lists_come_as_tuples_and_a_table_may_have_another_name(tmp_path: Path) -> None:
    code = tmp_path / "shapes.py"
    code.with_suffix(".toml").write_text('names = ["a", "b"]\n\n[sizes]\n"🐋" = [1.5, "sea"]\n', "utf-8")
    (tmp_path / "other.toml").write_text("one = 1\n", "utf-8")
    assert read_table(str(code)) == {"names": ("a", "b"), "sizes": {"🐋": (1.5, "sea")}}
    assert read_table(str(code), "other") == {"one": 1}
