"""What the README shows can be done: its requests are accepted, its commands exist, its links lead somewhere."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from jsonschema import Draft202012Validator

from planning.intake import Accepted, examine
from planning.intake.offers import offers
from producers.cli.follow import say_problems
from producers.cli.main import build
from schemas.export import json_schemas
from schemas.requests import JOB_REQUESTED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
VALIDATOR = Draft202012Validator(json_schemas()[JOB_REQUESTED])


def requests() -> list[dict[str, Any]]:
    """Every request on the page: whole blocks of JSON, what is piped into a client, and the one in Python."""
    found = [json.loads(text) for kind, text in BLOCKS if kind == "json"]
    piped = re.findall(r"^echo '(\{.*\})' \| kcat -P ", PAGE, re.MULTILINE)
    program = next(text for kind, text in BLOCKS if kind == "python")
    in_python = re.search(r"^REQUEST = (\{.*?^\})", program, re.MULTILINE | re.DOTALL)
    assert in_python is not None
    return [*found, *map(json.loads, piped), ast.literal_eval(in_python[1])]


def test_a_graph_and_a_composition_are_shown() -> None:
    assert [request["kind"] for request in requests()] == ["composition", "graph", "film", "task"]


@pytest.mark.parametrize("request_", requests(), ids=lambda request: request["kind"])
def test_a_request_is_accepted(request_: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(request_)] == []
    verdict = examine(JOB_REQUESTED, request_, offers=offers(), allow_private_webhooks=False)
    assert isinstance(verdict, Accepted)


def test_the_errors_are_those_that_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    shown = next(text for kind, text in BLOCKS if kind == "console" and "submit -" in text)
    request = json.loads(re.findall(r"echo '(.*)' \|", shown)[0])
    verdict = examine(JOB_REQUESTED, request, offers=offers(), allow_private_webhooks=False)
    assert not isinstance(verdict, Accepted)
    say_problems([problem.to_json() for problem in verdict.problems])
    told = capsys.readouterr().err.splitlines()
    for line, expected in zip(told, shown.splitlines()[1:], strict=True):
        before, dots, after = expected.partition("...")
        assert line.startswith(before)
        assert line.endswith(after if dots else before)


def test_every_command_on_the_page_exists() -> None:
    known = set(typer.main.get_command(build()).commands)  # type: ignore[attr-defined]  # a group of commands
    used = set(re.findall(r"\.venv/bin/reelbus ([a-z]+)", PAGE))
    assert used >= {"up", "make", "submit", "upload", "watch", "get", "verify"}
    assert used <= known


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))]
)
def test_every_link_within_the_project_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        if anchor:
            assert anchor in {_anchor(line) for line in path.read_text("utf-8").splitlines()}, target


def _anchor(line: str) -> str:
    """As GitHub makes it of a heading."""
    if not line.startswith("#"):
        return ""
    words = line.lstrip("# ").lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
