from __future__ import annotations

import pytest

from catalog.models import MODELS
from operations.roles import MODULES, default_counts, most
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


def test_the_poller_is_started_where_an_engine_gives_its_work_away() -> None:
    assert default_counts()["remote"] == int(any(row.family == "remote" for row in MODELS))
    assert _counts("remote=1")["remote"] == 1


def test_no_more_processes_are_started_than_find_a_partition() -> None:
    assert {role: most(role) for role in MODULES} == {
        "intake": 12,
        "coordinator": 4,
        "text": 28,
        "image": 28,
        "video": 28,
        "audio": 28,
        "composer": 28,
        "remote": 4,
    }
    with pytest.raises(InvalidRequest, match="0 to 28"):
        _counts("image=29")
