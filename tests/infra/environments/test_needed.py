"""The doctor names environments that engines need and this machine has not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from catalog.models import MODELS
from infra.environments.built import environments_folder
from infra.environments.declared import environment
from infra.environments.needed import engines_of, environments_needed
from infra.environments.sync import sync

CODES = replace(MODELS[0], name="codes", environment="example")
LOST = replace(MODELS[0], name="lost", environment="nowhere")


def test_what_nobody_needs_is_not_told(tmp_path: Path) -> None:
    assert environments_needed(tmp_path, [replace(CODES, environment="")]) == []


def test_what_is_missing_is_told_with_its_command_until_it_is_built(tmp_path: Path) -> None:
    models = [CODES, replace(CODES, name="more-codes")]
    (found,) = environments_needed(tmp_path, models)
    assert (found.name, found.ok, found.needed) == ("environment example", False, False)
    assert found.detail == "not built here; for codes, more-codes"
    assert found.remedy == "reelbus engines sync example"
    sync(environment("example"), environments_folder(tmp_path))
    (found,) = environments_needed(tmp_path, models)
    assert found.ok
    assert found.detail.endswith(", for codes, more-codes")
    assert engines_of("example", models) == ("codes", "more-codes")


def test_one_that_is_not_declared_is_told(tmp_path: Path) -> None:
    (found,) = environments_needed(tmp_path, [LOST])
    assert (
        found.detail == "lost: there is no environment 'nowhere'; declared are: example, torch, transcription"
    )
