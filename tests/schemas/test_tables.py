"""What is said of one thing stands in one place: a capability's row, and each closed set of words."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from schemas import choices
from schemas.capabilities import Capability

ROOT = Path(__file__).parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "root_packages"
]
FILES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
TREES = {name: ast.parse(text) for name, text in FILES.items()}
THE_TABLE = "schemas/capabilities.py"
NAMES = frozenset(Capability)


def test_no_second_table_is_keyed_by_capabilities() -> None:
    """An engine may say how it does each of its own; nobody else has a table beside the rows."""
    others = [name for name in FILES if name != THE_TABLE and not name.startswith("engines/")]
    assert len(others) > 200
    found = [f"{name}:{line}" for name in others for line in _tables(TREES[name])]
    assert found == []


@pytest.mark.parametrize(
    "table",
    [
        '{"text-generation": "writing", "composition": "composing"}',
        "{Capability.IMAGE_GENERATION: 1, Capability.COMPOSITION: 2}",
        '{Capability.VIDEO_ANIMATION.value: 1, "audio-effects": 2, "else": 3}',
        'dict.fromkeys(("composition", "video-upscaling"), 4)',
        'dict([("composition", 1), ("video-upscaling", 2)])',
        '(("composition", 1), ("video-upscaling", 2))',
        'frozenset({"composition"})',
        'frozenset(("composition", "media-transform"))',
        "{Capability.COMPOSITION}",
    ],
)
def test_a_table_in_another_spelling_would_be_found(table: str) -> None:
    assert list(_tables(ast.parse(f"TABLE = {table}")))


@pytest.mark.parametrize(
    "other",
    [
        '{"task": 1, "batch": 2, "composition": 3}',
        '{"capability": "composition", "role": "film"}',
        '("image-generation", "video-animation")',
        "{row.capability: row.params for row in rows}",
        'Model(name="composer", capabilities=("composition",))',
    ],
)
def test_what_is_no_table_of_capabilities_is_not_taken_for_one(other: str) -> None:
    assert not list(_tables(ast.parse(f"OTHER = {other}")))


def test_no_closed_set_of_words_is_written_twice() -> None:
    places: dict[frozenset[str], list[str]] = defaultdict(list)
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
                words = _words(node.slice)
                if len(words) > 1:
                    places[words].append(f"{name}:{node.lineno}")
    assert len(places) > 20
    assert [found for found in places.values() if len(found) > 1] == []


def test_no_closed_set_of_words_is_listed_again() -> None:
    sets = {frozenset(get_args(part)) for part in vars(choices).values()} - {frozenset()}
    assert len(sets) >= 8
    found = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if name != "schemas/choices.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and _words(node) in sets
    ]
    assert found == []


def _tables(tree: ast.AST) -> Iterator[int]:
    """Yield the lines of mappings mostly keyed by capabilities, of such pairs, and of sets of nothing else."""
    for node in ast.walk(tree):
        match node:
            case ast.Dict(keys=keys):
                known = [key is not None and _is_capability(key) for key in keys]
                found = any(known) and 2 * sum(known) > len(known)
            case ast.Set(elts=entries):
                found = all(map(_is_capability, entries))
            case ast.Call(func=function, args=[ast.Tuple(elts=entries) | ast.List(elts=entries), *_]):
                named = ast.unparse(function) in {"dict.fromkeys", "frozenset", "set"}
                found = named and bool(entries) and all(map(_is_capability, entries))
            case ast.Tuple(elts=entries) | ast.List(elts=entries):
                found = bool(entries) and all(
                    isinstance(entry, ast.Tuple) and len(entry.elts) > 1 and _is_capability(entry.elts[0])
                    for entry in entries
                )
            case _:
                found = False
        if found:
            yield node.lineno  # type: ignore[attr-defined]  # every case above is an expression, which has a line


def _is_capability(key: ast.expr) -> bool:
    if isinstance(key, ast.Constant):
        return key.value in NAMES
    return ast.unparse(key).startswith("Capability.")


def _words(node: ast.expr) -> frozenset[str]:
    entries = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    words = [
        entry.value for entry in entries if isinstance(entry, ast.Constant) and isinstance(entry.value, str)
    ]
    return frozenset(words) if len(words) == len(entries) else frozenset()
