"""Commands that run things do not wait for the imports of the others, and all are there as before."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from producers.cli import running
from producers.cli.main import build


def names(app: typer.Typer) -> set[str]:
    commands = {str(c.name or (c.callback and c.callback.__name__)) for c in app.registered_commands}
    return commands | {str(group.name) for group in app.registered_groups}


def test_the_list_of_commands_that_run_things_is_complete() -> None:
    assert names(build("up")) == running.COMMANDS
    assert names(build()) > running.COMMANDS
    assert names(build("make")) == names(build())


@pytest.mark.parametrize("command", sorted(running.COMMANDS))
def test_a_command_that_runs_things_imports_no_other_groups(command: str) -> None:
    program = (
        "import sys\nfrom producers.cli.main import _run\n"
        f"assert _run([{command!r}, '--help']) == 0\n"
        "heavy = {'aiokafka', 'minio', 'producers.cli.making'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=120)
