"""Which S3 server a home gets, and how MinIO is started when it is installed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from infra.local.child import terminate
from infra.local.failures import ToolMissing
from infra.local.object_store import StorePlace, choose_kind, is_ready, start_store
from infra.local.ports import pick

FAKE_MINIO = """#!{python}
import http.server, json, os, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/minio/health/cluster" else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()
names = ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD")
with open(sys.argv[-1] + "/started.json", "w") as record:
    json.dump([sys.argv[1:], [os.environ[name] for name in names]], record)
host, port = sys.argv[sys.argv.index("--address") + 1].split(":")
http.server.HTTPServer((host, int(port)), Health).serve_forever()
"""


@pytest.fixture
def minio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "minio").write_text(FAKE_MINIO.format(python=sys.executable), "utf-8")
    (tools / "minio").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))


def test_minio_is_used_where_it_is_installed(minio: None, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert choose_kind(folder) == "minio"
    place = StorePlace(folder, owner="M", port=pick(), access_key="me", secret_key="secret", kind="minio")
    child = start_store(place, log=tmp_path / "store.log", pid_file=tmp_path / "store.pid")
    try:
        deadline = time.monotonic() + 20
        while not is_ready(folder, place.port):
            assert time.monotonic() < deadline
            assert child.alive()
        arguments, keys = json.loads((place.data / "started.json").read_text("utf-8"))
        assert arguments[0] == "server"
        assert "secret" not in " ".join(arguments)
        assert keys == ["me", "secret"]
    finally:
        terminate(child, grace_s=5)


def test_a_home_keeps_the_server_that_wrote_its_data(minio: None, tmp_path: Path) -> None:
    (tmp_path / "store" / "s3proxy").mkdir(parents=True)
    assert choose_kind(tmp_path / "store") == "s3proxy"


def test_data_that_minio_wrote_is_not_hidden_when_minio_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "store" / "minio").mkdir(parents=True)
    assert choose_kind(tmp_path / "store") == "minio"
    place = StorePlace(tmp_path / "store", owner="M", port=1, access_key="a", secret_key="b", kind="minio")
    with pytest.raises(ToolMissing, match="written by MinIO"):
        start_store(place, log=tmp_path / "log", pid_file=tmp_path / "pid")


def test_without_minio_a_home_gets_s3proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_kind(tmp_path) == "s3proxy"


def test_the_secret_does_not_show_in_a_place(tmp_path: Path) -> None:
    assert "hush" not in repr(StorePlace(tmp_path, owner="M", port=1, access_key="me", secret_key="hush"))
