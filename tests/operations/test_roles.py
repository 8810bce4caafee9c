from __future__ import annotations

from pathlib import Path

import pytest

from catalog.fleet import read_pools
from catalog.models import MODELS
from operations.roles import MODULES, default_counts, environment_of, module_of, most
from producers.cli.running import _counts
from runtime.errors import InvalidRequest


def test_what_is_not_named_keeps_its_number() -> None:
    assert _counts("image=3, assembly=2") == default_counts() | {"image": 3, "composer": 2}
    assert _counts("") == default_counts()


def test_a_role_can_be_left_out() -> None:
    assert _counts("image=0")["image"] == 0


@pytest.mark.parametrize(
    "text", ["image", "image=", "image=-1", "image=1.5", "image=²", "painter=1", "image=99999", "=3"]
)
def test_what_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="--workers"):
        _counts(text)


def test_the_poller_is_started_where_an_engine_gives_its_work_away(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in MODELS:
        for name in row.keys:
            monkeypatch.delenv(name, raising=False)
    assert default_counts()["remote"] == 0
    monkeypatch.setenv("XAI_API_KEY", "k")
    assert default_counts()["remote"] == 1
    assert _counts("remote=1")["remote"] == 1


def test_no_more_processes_are_started_than_find_a_partition() -> None:
    assert {role: most(role) for role in MODULES} == {
        "intake": 12,
        "coordinator": 4,
        "text": 256,
        "image": 256,
        "video": 256,
        "audio": 256,
        "composer": 256,
        "remote": 4,
    }
    with pytest.raises(InvalidRequest, match="0 to 256"):
        _counts("image=257")


def test_a_fleet_file_says_how_many_of_each_pool_are_started_and_as_what(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(
        '[pools.gpu]\nmodality = "image"\nworkers = 2\nslots = 3\n[pools.voices]\nmodality = "audio"\n'
        '[pools.off]\nmodality = "assembly"\nworkers = 0\n[pools.video]\nworkers = 0\n',
        "utf-8",
    )
    pools = read_pools(path)
    counts = default_counts(pools)
    assert {name: counts[name] for name in ("gpu", "voices", "off", "video", "image")} == {
        "gpu": 2,
        "voices": 1,
        "off": 0,
        "video": 0,
        "image": 1,
    }
    assert _counts("gpu=5,image=0", pools)["gpu"] == 5
    assert [module_of(role, pools) for role in ("gpu", "off", "image")] == [
        "consumers.image",
        "consumers.assembly.composer",
        "consumers.image",
    ]
    assert environment_of("gpu", pools) == {
        "REELBUS_WORKER_POOL": "gpu",
        "REELBUS_WORKER_ENGINES": "",
        "REELBUS_WORKER_SLOTS": "3",
    }
    assert environment_of("image", pools)["REELBUS_WORKER_POOL"] == ""
    assert environment_of("intake", pools) == {}
