"""Whatever encoding the standard streams have, a command says the same and ends alike."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bus.publisher import Publisher
from infra.local.interpreter import module_command, module_path
from producers.cli.main import _run
from runtime.settings import Settings
from storage.store import Store
from tests.operations.world import World
from tests.planning.jobs import accepted

SAID = "夏の海, Füchse, 🦊"
NARROW = ("ascii", "cp1252", "utf-16")
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def job(own: Settings) -> str:
    """A job with labels, a tenant's words and a refusal that few encodings have."""
    work = {"capability": "image-generation", "params": {"prompt": "a fox"}}
    request = {"kind": "task", **work, "labels": {"title": SAID, "alone": "\N{FIRE}"}}
    event = accepted(request, key=f"key {SAID}", requested_ms=1)

    async def run() -> None:
        async with Store.from_settings(own) as store, Publisher(own.bootstrap_servers, source="/t") as to:
            await store.ensure_bucket()
            await World(own, store, to).run(event)

    asyncio.run(run())
    return event.job_id


@pytest.fixture
def cli(own: Settings, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command with standard streams of an encoding; gives its exit code, stdout and stderr."""
    for name in ("bootstrap_servers", "topic_prefix", "topic_partitions", "s3_endpoint", "bucket"):
        monkeypatch.setenv(f"REELBUS_{name.upper()}", str(getattr(own, name)))
    monkeypatch.setenv("REELBUS_S3_ACCESS_KEY", own.s3_access_key)
    monkeypatch.setenv("REELBUS_S3_SECRET_KEY", own.s3_secret_key.get_secret_value())

    def run(encoding: str, *arguments: str) -> tuple[int, str, str]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
        with monkeypatch.context() as standard:
            for name, stream in zip(("stdout", "stderr"), streams, strict=True):
                standard.setattr(sys, name, stream)
            code = _run(list(arguments))
        out, err = (s.detach().getvalue().decode(encoding) for s in streams)
        return code, out, err

    return run


@pytest.mark.parametrize("encoding", NARROW)
def test_json_is_the_same_value_in_every_encoding(cli: Cli, job: str, encoding: str) -> None:
    for command in (["jobs", "--json"], ["show", job, "--json"]):
        code, out, _ = cli(encoding, *command)
        assert (code, json.loads(out)) == (0, json.loads(cli("utf-8", *command)[1]))
    assert json.loads(cli(encoding, "jobs", "--json")[1])[0]["labels"]["title"] == SAID


@pytest.mark.parametrize("encoding", NARROW)
def test_lines_that_follow_a_job_are_json_in_every_encoding(cli: Cli, job: str, encoding: str) -> None:
    code, out, err = cli(encoding, "watch", job, "--json")
    assert code == 0
    first, *_, last = (json.loads(line) for line in out.splitlines())
    assert first["data"]["idempotency_key"] == f"key {SAID}"
    assert last["type"] == "media.job.succeeded.v1"
    assert "done in" in err


@pytest.mark.parametrize("encoding", NARROW)
def test_tables_keep_their_rows_and_columns(cli: Cli, job: str, encoding: str) -> None:
    code, out, _ = cli(encoding, "jobs")
    assert code == 0
    head, row, *_ = out.splitlines()
    assert row.startswith(job)
    assert row[head.index("STATUS") :].startswith("succeeded")
    code, out, _ = cli(encoding, "show", job)
    assert code == 0
    assert "F\\xfcchse" in out if encoding == "ascii" else "chse" in out


@pytest.mark.parametrize("encoding", NARROW)
def test_a_refusal_keeps_its_exit_code_and_its_words(
    cli: Cli, job: str, tmp_path: Path, encoding: str
) -> None:
    request = tmp_path / f"{SAID}.json"
    request.write_text(json.dumps({"kind": "film", "brief": "", SAID: 1}), "utf-8")
    code, out, err = cli(encoding, "submit", str(request))
    assert (code, out) == (2, "")
    assert "2 things to mend" in err
    assert "/brief: must not be empty" in err
    assert cli(encoding, "show", SAID)[0] == 2
    assert cli(encoding, "get", job, SAID)[0] == 2


def test_a_name_in_no_encoding_at_all_is_shown_as_an_escape(cli: Cli, job: str, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"no\xfftext.png")
    Image.new("RGB", (4, 4)).save(path, "PNG")
    assert cli("utf-8", "inspect", str(path))[0] == 0
    code, _, err = cli("utf-8", "inspect", str(path.with_suffix(".jpg")))
    assert (code, "no\\udcfftext.jpg" in err) == (2, True)


def test_violations_are_told_in_every_encoding(cli: Cli, job: str) -> None:
    expected = cli("utf-8", "verify", "--settle", "0s", "--json")
    assert {(cli(name, "verify", "--settle", "0s", "--json")[0]) for name in NARROW} == {expected[0]}


def test_processes_of_their_own_say_it_too(tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"kind": "film", "brief": "x", SAID: 1}), "utf-8")
    reelbus = " ".join(module_command("producers.cli"))
    narrow = "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0"
    done = subprocess.run(
        [
            "sh",
            "-c",
            f"PYTHONIOENCODING=latin-1 {reelbus} submit {request}; echo $?; {narrow} {reelbus} --help",
        ],
        env={**os.environ, **module_path(), "REELBUS_HOME": str(tmp_path / "home")},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"2\n")
    assert b"verify" in done.stdout
    assert b"1 thing to mend" in done.stderr
    assert b"Traceback" not in done.stderr
