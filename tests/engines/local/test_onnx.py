"""What runs in onnxruntime is told to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engines.host import warm_parent

ROOT = Path(__file__).parents[3]
CODE = """
from catalog.weights.moderation import ONNX, OPEN_NSFW
from engines.local.onnx import session
from engines.local.weights import read_weights
session(read_weights(OPEN_NSFW, ONNX), "text")
"""


def test_it_keeps_no_id_on_the_disk_and_says_nothing(tmp_path: Path) -> None:
    left_out = ("CI", "ORT_DISABLE_TELEMETRY", "GITHUB_ACTIONS", "TF_BUILD", "XDG_CACHE_HOME")
    env = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=env | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert list(tmp_path.rglob("*")) == []
    assert done.stdout + done.stderr == ""


def test_hosts_begin_with_it_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    assert warm_parent._environment()["ORT_DISABLE_TELEMETRY"] == "1"
