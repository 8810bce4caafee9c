"""A worker says which engines it could load without loading any, and what the others lack."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.models import MODELS, Model
from catalog.pools import Pool, pools_of
from catalog.weights.source import Source, WeightsFile
from worker.offering import Offering, lack_of

ABSENT = Model(
    "absent",
    ("image-generation",),
    "local",
    "engines.nowhere:Absent",
    "1",
    "Its module is not here.",
    needs=("a_module_that_nobody_has",),
)
ROWS = (*MODELS, ABSENT)


def looked(pool: str, *declared: Pool, only: tuple[str, ...] = ()) -> Offering:
    offering = Offering(pool, pools_of(declared, ROWS), only)
    offering.look()
    return offering


def test_it_names_what_it_can_load_and_the_command_that_brings_the_rest() -> None:
    before = set(sys.modules)
    offering = looked("image")
    assert "engines.draft.image" not in set(sys.modules) - before
    ours = [row for row in MODELS if "image" in pools_of().homes_of(row)]
    assert offering.loadable == tuple(row.name for row in ours if not row.environment and not row.provider)
    assert offering.missing["absent"] == (
        "without engines.nowhere, a_module_that_nobody_has: uv pip install 'reelbus[image]'"
    )
    assert offering.why_not("draft-scene") is None
    assert "uv pip install" in (offering.why_not("absent") or "")
    assert offering.why_not("of-tomorrow") == "this worker's catalogue has no engine of-tomorrow"


def test_one_that_was_started_for_some_engines_offers_no_other() -> None:
    offering = looked("image", only=("absent",))
    assert offering.loadable == ()
    assert "--engines" in offering.missing["draft-scene"]
    assert "--engines" in (offering.why_not("draft-scene") or "")
    assert offering.why_not("placeholder") is None


def test_an_environment_that_is_not_built_is_missing_with_the_command_that_builds_it(tmp_path: Path) -> None:
    rows = (
        Model(
            "apart", ("image-generation",), "local", "engines.nowhere:Apart", "1", "", environment="example"
        ),
    )
    offering = Offering("image", pools_of((), rows), home=tmp_path)
    offering.look()
    assert "reelbus engines sync example" in offering.missing["apart"]


def test_what_the_fleet_file_gave_to_another_pool_is_not_announced_and_still_done() -> None:
    gpu = Pool("gpu", "image", ("draft-scene",))
    assert looked("gpu", gpu).loadable == ("draft-scene",)
    image = looked("image", gpu)
    assert "draft-scene" not in image.loadable
    assert image.why_not("draft-scene") is None  # an order of before the file was changed


def test_weights_that_are_not_here_are_missing_with_the_command_that_brings_them(tmp_path: Path) -> None:
    file = WeightsFile("model.safetensors", "0" * 64, 7)
    hub = Source("hub", "acme/voice", "abc123", "MIT", (file,))
    package = Source("package", "structlog", "0.0.1", "MIT", (file,))
    row = replace(ABSENT, name="speaks", target="engines.contract:Task", needs=(), weights=(hub,))
    assert lack_of(row, tmp_path) == (
        "the weights model.safetensors of acme/voice are not on this machine (reelbus models pull); reelbus models pull speaks"
    )
    place = tmp_path / "models" / "acme" / "voice" / "abc123"
    place.mkdir(parents=True)
    (place / "model.safetensors").write_bytes(b"weights")
    assert lack_of(row, tmp_path) == ""
    lack = lack_of(replace(row, weights=(hub, package)), tmp_path)
    assert "its weights are pinned at 0.0.1" in lack


def test_a_provider_is_offered_where_its_key_is_and_the_operator_lets_it_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FAL_KEY", raising=False)
    assert looked("image").missing["fal-flux-schnell"] == "without FAL_KEY: set it where its worker runs"
    monkeypatch.setenv("FAL_KEY", "k")
    assert "fal-flux-schnell" in looked("image").loadable
    for allowed, there in (("none", False), ("xai, fal", True), ("xai", False)):
        monkeypatch.setenv("REELBUS_PROVIDERS", allowed)
        assert ("fal-flux-schnell" in looked("image").loadable) is there
    monkeypatch.delenv("REELBUS_PROVIDERS")
    for named, there in (("replicate", False), ("falai", True)):
        monkeypatch.setenv("SERVICE_TYPE", named)
        assert ("fal-flux-schnell" in looked("image").loadable) is there
