"""The page for operators names every setting, topic and metric, and says of them what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import REGISTRY

import runtime.metrics
from operations.verify.examine import SETTLE_S
from runtime.settings import Settings
from schemas.topics import topics

PAGE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text("utf-8")
MIB = 1024 * 1024


def _rows(head: str) -> list[list[str]]:
    """The rows of the table that begins with a heading row."""
    table = PAGE[PAGE.index(f"| {head} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]


def test_every_setting_has_a_row_that_says_what_it_means() -> None:
    rows = {name: row for row in _rows("variable") for name in re.findall(r"`(REELBUS_\w+)`", row[0])}
    fields = {f"REELBUS_{name.upper()}" for name in Settings.model_fields}
    assert fields - rows.keys() == set()
    assert rows.keys() - fields == {"REELBUS_CACHE", "REELBUS_ROLE"} - fields
    assert [name for name, row in rows.items() if not row[2]] == []


def test_defaults_are_those_of_the_settings() -> None:
    for row in _rows("variable"):
        shown = re.fullmatch(r"`([^`]+)`", row[1])
        name = re.findall(r"`REELBUS_(\w+)`", row[0])[0].lower()
        field = Settings.model_fields.get(name)
        if shown is None or field is None or name == "home":
            continue
        default = field.default
        value = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        expected = str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(value, float) and value.is_integer():
            expected = f"{value:.0f}"
        assert shown[1] == expected, row[0]


def test_the_largest_records_are_those_of_the_topics() -> None:
    said = {}
    for row in _rows("topic | partitions"):
        names = row[0].replace("\\<modality\\>", "text").split(", ")
        for name in names:
            whole = f"tasks.text{name}" if name.startswith(".") else name
            said[whole] = row[3]
    sizes = {spec.name_without_prefix: spec.config.get("max.message.bytes") for spec in topics()}
    for name, size in sizes.items():
        if name.startswith("tasks.") and not name.startswith("tasks.text."):
            continue
        if name == "dlq":
            assert size == str(2 * int(sizes["requests"] or 0))
            assert said[name] == "twice requests"
        else:
            expected = "broker's" if size is None else f"{int(size) // MIB} MiB"
            assert said[name].startswith(expected), name


def test_every_metric_has_a_row() -> None:
    assert runtime.metrics.__name__
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("reelbus_")}
    named = set(re.findall(r"`(reelbus_\w+)`", PAGE))
    assert len(ours) > 10
    assert {name for name in ours if not {name, f"{name}_total"} & named} == set()


def test_how_old_something_must_be_is_what_verify_takes() -> None:
    assert f"`--settle` ({SETTLE_S:.0f} s)" in PAGE
