"""How it stands with each engine is told in the words of the contract, also where no system runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.models import MODELS
from catalog.pools import DEFAULT_POOLS
from planning.routing.announced import Announced
from producers.cli.main import _run
from producers.cli.models import _of_system
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
