"""An environment is built whole or not at all, and what cannot be used is told with what to run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog.models import MODELS
from infra.environments import built
from infra.environments.built import environments_folder, look, look_at_all, python_in, python_of
from infra.environments.declared import Environment, declared, environment
from infra.environments.sync import sync
from infra.local.failures import ToolMissing
from runtime.errors import EngineUnavailable
from runtime.hosts import Host

LOCK = """version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "tiny"
version = "1"
source = { virtual = "." }
"""
PROJECT = """[project]
name = "tiny"
version = "1"
description = "Nothing."
requires-python = "REQUIRES"
dependencies = []

[tool.uv]
package = false
"""


def declare(root: Path, name: str = "tiny", *, requires: str = ">=3.11", lock: str = LOCK) -> Environment:
    (root / name).mkdir(parents=True, exist_ok=True)
    (root / name / "pyproject.toml").write_text(PROJECT.replace("REQUIRES", requires))
    (root / name / "uv.lock").write_text(lock.replace(">=3.11", requires))
    return environment(name, root)


@pytest.fixture
def tiny(tmp_path: Path) -> Environment:
    return declare(tmp_path / "declared")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "environments"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with the example built, as an operator builds it."""
    home = tmp_path_factory.mktemp("home")
    sync(environment("example"), environments_folder(home))
    return home


def test_the_example_has_its_package_and_nothing_of_ours(home: Path) -> None:
    code = (
        "import segno, importlib.util as u; print(len(segno.make('reelbus').matrix), u.find_spec('pydantic'))"
    )
    said = subprocess.run(
        [python_of("example", home), "-I", "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert said.stdout.split() == ["15", "None"]


def test_what_is_not_built_is_told_with_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(
        EngineUnavailable, match=r"example is not built here: run `reelbus engines sync example`"
    ):
        python_of("example", tmp_path)


@pytest.mark.parametrize("name", ["nothing", "../example", "", "a" * 5000])
def test_what_is_not_declared_is_told_with_what_is(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        EngineUnavailable, match=r"there is no environment .*; declared are: .*example"
    ) as told:
        python_of(name, tmp_path)
    assert len(told.value.message) < 300


def test_engines_name_environments_that_are_declared() -> None:
    assert {model.environment for model in MODELS if model.environment} <= {each.name for each in declared()}


def test_everything_declared_is_locked_and_says_what_it_is_for() -> None:
    for each in declared():
        assert each.purpose.endswith(".")
        assert b" size = " not in (each.folder / "uv.lock").read_bytes()


def test_a_folder_without_a_lock_is_told(tmp_path: Path) -> None:
    (declare(tmp_path).folder / "uv.lock").unlink()
    with pytest.raises(EngineUnavailable, match=r"the environment tiny cannot be read: .*uv.lock"):
        declared(tmp_path)


def test_it_is_built_once(tiny: Environment, root: Path) -> None:
    assert look(tiny, root).state == "missing"
    lines: list[str] = []
    first = sync(tiny, root, tell=lines.append)
    assert (first.anew, first.built.state) == (True, "built")
    assert any("Creating virtual environment" in line for line in lines)
    again = sync(tiny, root)
    assert (again.anew, again.built) == (False, first.built)
    assert [path.name for path in root.iterdir() if path.is_dir()] == [f"tiny-{tiny.digest}"]


def test_two_at_the_same_time_build_once(tiny: Environment, root: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: sync(tiny, root), range(2)))
    assert sorted(each.anew for each in done) == [False, True]
    assert {each.built.state for each in done} == {"built"}


def _without_record(folder: Path) -> None:
    (folder / "built.json").unlink()


def _garbage(folder: Path) -> None:
    (folder / "built.json").write_bytes(b"\0\xff")


def _other_machine(folder: Path) -> None:
    said = json.loads((folder / "built.json").read_text())
    (folder / "built.json").write_text(json.dumps({**said, "machine": "vax"}))


def _interpreter_gone(folder: Path) -> None:
    python_in(folder).unlink()
    python_in(folder).symlink_to("/no/such/python")


def _interpreter_fails(folder: Path) -> None:
    python_in(folder).unlink()
    python_in(folder).write_text("#!/bin/sh\nexit 3\n")
    python_in(folder).chmod(0o755)


@pytest.mark.parametrize(
    ("harm", "state", "word"),
    [
        (_without_record, "half built", "built by half"),
        (_garbage, "half built", "built by half"),
        (_other_machine, "of another machine", "built for linux vax"),
        (_interpreter_gone, "half built", "built by half"),
        (_interpreter_fails, "broken", "without an interpreter that runs"),
    ],
)
def test_what_cannot_be_used_is_noticed_and_built_again(
    tiny: Environment, root: Path, harm: object, state: str, word: str
) -> None:
    folder = sync(tiny, root).built.folder
    assert callable(harm)
    harm(folder)
    found = look(tiny, root, run=True)
    assert found.state == state
    assert word in found.detail
    assert sync(tiny, root).anew
    assert look(tiny, root, run=True).state == "built"
    assert sorted(path.name for path in root.iterdir()) == [".tiny.lock", f"tiny-{tiny.digest}"]


def test_another_lock_is_another_environment_and_the_older_one_goes(tiny: Environment, root: Path) -> None:
    old = sync(tiny, root).built.folder
    changed = declare(tiny.folder.parent, lock=LOCK + "\n")
    assert changed.digest != tiny.digest
    assert look(changed, root).state == "missing"
    assert [each.state for each in look_at_all(root, tiny.folder.parent)] == ["missing", "stale"]
    busy = Host(os.getpid(), "now", "worker", environment="tiny")
    assert sync(changed, root, in_use=[busy]).removed == 0
    assert old.exists()
    assert sync(changed, root).removed == 1
    assert not old.exists()


def test_one_whose_name_begins_as_anothers_is_left_alone(tiny: Environment, root: Path) -> None:
    longer = declare(tiny.folder.parent, "tiny-two")
    kept = [sync(longer, root).built.folder, root / f".{longer.name}-{longer.digest}.building"]
    kept[1].mkdir()
    sync(tiny, root)
    sync(declare(tiny.folder.parent, lock=LOCK + "\n"), root)
    assert all(path.exists() for path in kept)


def test_a_build_that_was_cut_off_is_taken_away(tiny: Environment, root: Path) -> None:
    left = root / f".tiny-{tiny.digest}.building"
    (left / "bin").mkdir(parents=True)
    assert look(tiny, root).state == "missing"
    sync(tiny, root)
    assert not left.exists()


def test_what_cannot_be_built_leaves_nothing_and_says_why(tmp_path: Path, root: Path) -> None:
    never = declare(tmp_path / "declared", requires=">=3.99")
    with pytest.raises(EngineUnavailable, match=r"cannot be built. uv says: .*3\.99"):
        sync(never, root)
    assert [path.name for path in root.iterdir()] == [".tiny.lock"]


def test_without_the_registry_it_says_so(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    with pytest.raises(EngineUnavailable, match=r"registry of packages cannot be reached"):
        sync(environment("example"), root)


def test_without_uv_it_says_how_to_get_it(
    tiny: Environment, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ToolMissing, match=r"pip install uv"):
        sync(tiny, root)


def test_a_place_that_cannot_be_written_is_told(tiny: Environment, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineUnavailable, match=r"set REELBUS_ENVIRONMENTS"):
        sync(tiny, tmp_path / "file" / "environments")


def test_images_have_environments_in_a_place_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert environments_folder(tmp_path) == tmp_path / "environments"
    monkeypatch.setenv("REELBUS_ENVIRONMENTS", str(tmp_path / "opt"))
    assert built.environments_folder(tmp_path) == tmp_path / "opt"
