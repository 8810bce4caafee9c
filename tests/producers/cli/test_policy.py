"""A command refuses by the policy that it knows, before anything is sent; of another installation intake decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from producers.cli.exits import UNREACHABLE, WRONG_USE
from producers.cli.main import _run

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}


@pytest.mark.parametrize("place", ["setting", "home"])
def test_a_request_that_its_tenant_may_not_make_is_refused_without_a_broker(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path))
    request = tmp_path / "request.json"
    request.write_text(json.dumps(PICTURE | {"tenant": "acme"}), "utf-8")
    assert _run(["submit", str(request)]) == UNREACHABLE
    policy = tmp_path / "run" / "policy.toml"
    policy.parent.mkdir()
    policy.write_text("[tenants.acme]\nengines = []\n", "utf-8")
    if place == "setting":
        policy = policy.rename(tmp_path / "mine.toml")
        monkeypatch.setenv("REELBUS_POLICY", str(policy))
    capfd.readouterr()
    assert _run(["submit", str(request)]) == WRONG_USE
    assert "is not for this tenant: allowed are none" in capfd.readouterr().err
    request.write_text(json.dumps(PICTURE), "utf-8")
    assert _run(["submit", str(request)]) == UNREACHABLE


def test_a_policy_that_cannot_be_used_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path / "home"))
    (tmp_path / "policy.toml").write_text("[defualt]\n", "utf-8")
    monkeypatch.setenv("REELBUS_POLICY", str(tmp_path / "policy.toml"))
    assert _run(["up"]) == WRONG_USE
    assert 'did you mean "default"?' in capfd.readouterr().err
    assert not (tmp_path / "home").exists()
