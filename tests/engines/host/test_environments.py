"""A host in the Python of an environment is confined as any other."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from catalog.models import PLACEHOLDER
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from infra.environments.built import environments_folder, python_of
from infra.environments.declared import environment
from infra.environments.sync import sync
from tests.engines.test_every_engine import Watched, small_task
from worker.confining import confined
from worker.folders import roots_of


async def test_a_confined_host_runs_in_the_python_of_an_environment(tmp_path: Path) -> None:
    home = tmp_path / "home"
    sync(environment("example"), environments_folder(home))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    row = replace(PLACEHOLDER, name="apart", environment="example")
    hosts = Hosts(
        confine=partial(confined, scratch=scratch, limits=Limits()),
        python_of=lambda name: python_of(name, home),
    )
    try:
        given, made = roots_of(row, scratch)
        result = await hosts.run(row, small_task("text-generation", given, made, "a", Watched()))
        assert result.products[0].path.read_bytes() == b"[placeholder]"
    finally:
        await hosts.close()
