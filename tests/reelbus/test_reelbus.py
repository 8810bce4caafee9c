"""Whether a program gets the client, and nothing that only our processes need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import producers.client
import reelbus

ROOT = Path(__file__).parents[2]
NOT_OURS = {"av", "cv2", "faststream", "jsonschema", "minio", "numpy", "PIL", "typer", "uvloop"}
"""Libraries that take long to import, or are only there with an extra."""


def imported(program: str) -> set[str]:
    """Return the packages that a fresh interpreter has after a program."""
    told = f"import sys\n{program}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-P", "-c", told],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(done.stdout.split())


def test_the_client_comes_without_our_processes_and_without_heavy_libraries() -> None:
    found = imported("import reelbus")
    assert {"reelbus", "producers", "bus"} <= found
    assert found & {"consumers", "worker", "operations", "engines", "storage"} == set()
    assert found & NOT_OURS == set()


def test_what_is_promised_is_there_and_is_the_clients_own() -> None:
    assert [name for name in reelbus.__all__ if not hasattr(reelbus, name)] == []
    assert reelbus.Client is producers.client.Client
    assert reelbus.Job is producers.client.Job
