"""How it stands with each engine is told in the words of the contract, also where no system runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.models import MODELS, Model
from catalog.pools import DEFAULT_POOLS, pools_of
from catalog.weights.lock import written
from catalog.weights.source import Source, WeightsFile
from planning.routing.announced import Announced
from producers.cli.main import _run
from producers.cli.models import Standing, _of_system, _sentences, _state
from schemas.orders import WorkerAnnounced

NOW = 1_000_000_000


def test_every_engine_is_told_with_the_fields_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path))
    assert _run(["models", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert [each["name"] for each in told] == [row.name for row in MODELS]
    fields = [
        "capabilities",
        "family",
        "environment",
        "pool",
        "licence",
        "available",
        "reason",
        "offered_by",
        "lifecycle",
    ]
    for each in told:
        assert set(fields) <= each.keys()
        assert set(each["licence"]) == {"code", "weights", "commercial"}
        assert each["offered_by"] == []
    assert _run(["models"]) == 0
    assert "draft-scene: no system runs here" in capfd.readouterr().out


def test_who_offers_an_engine_is_named_and_else_what_is_missing() -> None:
    announced = Announced(DEFAULT_POOLS)
    for worker_id, loadable, missing in (
        ("w1", ("draft-scene",), {}),
        ("w2", (), {"draft-audio": "without num2words: uv pip install 'reelbus[audio]'"}),
    ):
        word = WorkerAnnounced(
            worker_id=worker_id,
            modality="image" if loadable else "audio",
            slots=1,
            free=1,
            draining=False,
            pool="image" if loadable else "audio",
            loadable=loadable,
            missing=missing,
        )
        announced.heard(worker_id, word, NOW)
    told = {each.row.name: each.to_json() for each in _of_system(announced, NOW)}
    assert told["draft-scene"]["offered_by"] == ["w1"]
    assert (told["draft-audio"]["available"], told["draft-audio"]["reason"]) == (
        False,
        "without num2words: uv pip install 'reelbus[audio]'",
    )
    assert told["draft-story"]["available"]
    assert "declared" in told["draft-story"]["reason"]


def test_licences_ailments_and_what_takes_the_place_of_an_engine_are_told() -> None:
    rows = (
        Model(
            "xtts",
            ("text-to-speech",),
            "local",
            "engines.nowhere:Xtts",
            "1",
            "Speaks.",
            code_licence="MPL-2.0",
            weights_licence="CPML",
            commercial_ok=False,
            watermark_required=True,
        ),
        Model(
            "old",
            ("text-to-speech",),
            "local",
            "engines.nowhere:Old",
            "1",
            "Spoke.",
            lifecycle="retired",
            successor="xtts",
        ),
    )
    announced = Announced(pools_of(models=rows))
    word = WorkerAnnounced(
        worker_id="w1",
        modality="audio",
        slots=1,
        free=1,
        draining=False,
        pool="audio",
        loadable=("xtts",),
        ailing={"xtts": "it failed for 3 jobs"},
    )
    announced.heard("w1", word, NOW)
    xtts, old = _of_system(announced, NOW)
    told = xtts.to_json()
    assert told["licence"] == {"code": "MPL-2.0", "weights": "CPML", "commercial": False}
    assert (told["watermark_required"], told["ailing"], told["available"]) == (
        True,
        "it failed for 3 jobs",
        True,
    )
    assert (old.to_json()["lifecycle"], old.to_json()["successor"], old.available) == (
        "retired",
        "xtts",
        False,
    )
    assert [_state(each) for each in (xtts, old)] == ["ailing", "retired"]
    assert any("no commercial use" in said for said in _sentences(xtts))


def test_who_pinned_weights_that_the_catalogue_leaves_open_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path))
    source = Source("hub", "acme/voice", "", "MIT", ())
    row = Model("v", ("text-to-speech",), "local", "engines.nowhere:V", "1", "Speaks.", weights=(source,))
    assert list(_sentences(Standing(row, ("audio",), available=True, reason="", offered_by=("w1",)))) == [
        "offered by w1",
        "the weights of acme/voice are not yet pinned (reelbus models pull)",
    ]
    folder = tmp_path / "models" / "acme" / "voice"
    folder.mkdir(parents=True)
    file = WeightsFile("a.safetensors", "0" * 64, 1)
    (folder / "pinned.json").write_bytes(written(replace(source, revision="a" * 40, files=(file,))))
    said = list(_sentences(Standing(row, ("audio",), available=True, reason="", offered_by=("w1",))))
    assert said[1] == f"acme/voice is pinned by the operator at {'a' * 40}"
