"""Whether the code keeps its measures: files and functions stay short, and imports make no circles."""

from __future__ import annotations

import ast
import importlib
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from catalog.models import MODELS, PLACEHOLDER, Model

ROOT = Path(__file__).parents[2]
FILE_P90_LINES = 220
FILE_MOST_LINES = 400
FUNCTION_MOST_LINES = 60
FROZEN = ("engines", "draft")
"""The draft engines are counted for circles alone: they are kept as they are."""


@dataclass(frozen=True)
class Module:
    """One file of the product: its name as imports say it, its length and its tree."""

    name: str
    path: Path
    lines: int
    tree: ast.Module

    @property
    def frozen(self) -> bool:
        return self.path.relative_to(ROOT).parts[: len(FROZEN)] == FROZEN


@cache
def packages() -> tuple[str, ...]:
    """Return the packages that are installed, as the project's own file says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


@cache
def modules() -> dict[str, Module]:
    found = {}
    for path in sorted(path for package in packages() for path in (ROOT / package).rglob("*.py")):
        text = path.read_text("utf-8")
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path, len(text.splitlines()), ast.parse(text))
    return found


def measured() -> list[Module]:
    return [module for module in modules().values() if not module.frozen]


def imports(module: Module) -> Iterator[str]:
    """Yield the modules of ours that a file imports, late imports too; what only a type checker reads does not count."""
    types_only = {
        id(inner)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(module.tree):
        if id(node) in types_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner_name = f"{node.module}.{alias.name}"
                yield from [name for name in (inner_name, node.module) if name in modules()][:1]


@cache
def graph() -> dict[str, frozenset[str]]:
    return {name: frozenset(imports(module)) - {name} for name, module in modules().items()}


def circles(edges: dict[str, frozenset[str]]) -> list[list[str]]:
    """Return each set of names that reach one another (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(edges[name]):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            ring = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(ring) > 1:
                found.append(sorted(ring))

    for name in sorted(edges):
        if name not in order:
            visit(name)
    return found


def test_nine_files_of_ten_are_short_and_none_is_long() -> None:
    lengths = sorted(module.lines for module in measured())
    longest = sorted((module.lines, str(module.path.relative_to(ROOT))) for module in measured())[-45:]
    assert lengths[math.ceil(0.9 * len(lengths)) - 1] <= FILE_P90_LINES, longest
    assert lengths[-1] <= FILE_MOST_LINES, longest[-1]


def test_no_function_is_longer_than_a_page() -> None:
    functions = [
        (node.end_lineno - node.lineno + 1, f"{module.name}.{node.name}")
        for module in measured()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    ]
    assert [row for row in sorted(functions) if row[0] > FUNCTION_MOST_LINES] == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(graph()) == []


def test_a_circle_would_be_found() -> None:
    edges = {"a": frozenset("b"), "b": frozenset("cd"), "c": frozenset("a"), "d": frozenset("d")}
    assert circles(edges) == [["a", "b", "c"]]


def test_no_two_packages_import_each_other() -> None:
    between = {
        (name.split(".")[0], other.split(".")[0]) for name, others in graph().items() for other in others
    }
    assert [(a, b) for a, b in sorted(between) if a < b and (b, a) in between] == []


def test_every_package_is_installed_named_to_the_tools_and_has_its_types() -> None:
    there = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    installed = sorted({*there} - {"tests", "benchmarks"})
    assert sorted(packages()) == installed
    assert sorted(project["tool"]["mypy"]["packages"]) == installed
    assert sorted(project["tool"]["importlinter"]["root_packages"]) == installed
    assert [name for name in installed if not (ROOT / name / "py.typed").exists()] == []


@pytest.mark.parametrize("row", [*MODELS, PLACEHOLDER], ids=lambda row: row.name)
def test_what_the_catalogue_names_is_an_engine_below_engines(row: Model) -> None:
    module, _, name = row.target.partition(":")
    assert module.startswith("engines.")
    engine = getattr(importlib.import_module(module), name)
    assert callable(engine.load)
    wanted = ("submit", "check", "fetch", "cancel") if row.family == "remote" else ("generate",)
    assert all(callable(getattr(engine, name)) for name in wanted)
