"""The operator's commands as a person types them, in this process, against the real servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from producers.cli.main import _run
from runtime.settings import Settings
from schemas.topics import topic
from storage.store import Store

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(own: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command; gives its exit code, stdout and stderr."""
    for name in ("bootstrap_servers", "topic_prefix", "topic_partitions", "s3_endpoint", "bucket"):
        monkeypatch.setenv(f"REELBUS_{name.upper()}", str(getattr(own, name)))
    monkeypatch.setenv("REELBUS_S3_ACCESS_KEY", own.s3_access_key)
    monkeypatch.setenv("REELBUS_S3_SECRET_KEY", own.s3_secret_key.get_secret_value())

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = _run(list(arguments))
        return code, *capfd.readouterr()

    return run


def poison(own: Settings, offset: int, value: bytes = b"{", reason: str = "not_json") -> str:
    """Write a dead letter of a record of the requests."""
    requests = topic(own.topic_prefix, "requests")
    headers = {
        "dlq_reason": reason,
        "dlq_error": "why\x1b[2J",
        "dlq_topic": requests,
        "dlq_partition": "0",
        "dlq_offset": str(offset),
        "dlq_time": "2026-01-01T00:00:00.000Z",
    }

    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=own.bootstrap_servers) as producer:
            pairs = [(name, text.encode()) for name, text in headers.items()]
            await producer.send_and_wait(topic(own.topic_prefix, "dlq"), value, key=b"k", headers=pairs)

    asyncio.run(write())
    return f"{requests}/0/{offset}"


def test_the_list_counts_by_reason_and_tells_a_terminal_nothing_but_text(own: Settings, cli: Cli) -> None:
    poison(own, 1)
    poison(own, 2)
    poison(own, 3, reason="not_utf8")
    code, out, err = cli("dlq", "list")
    assert code == 0
    assert "\x1b" not in out
    assert "2 not_json" in err
    assert [x["id"][-1] for x in json.loads(cli("dlq", "list", "--reason", "not_utf8", "--json")[1])] == ["3"]


def test_letters_are_counted_by_reason(own: Settings, cli: Cli) -> None:
    kept = [poison(own, n, reason="no_value") for n in range(60, 63)]
    cli("dlq", "drop", kept[0])
    counts = {x["reason"]: x["count"] for x in json.loads(cli("dlq", "count", "--json")[1])}
    assert counts["no_value"] == 2
    every = {x["reason"]: x["count"] for x in json.loads(cli("dlq", "count", "--decided", "--json")[1])}
    assert every["no_value"] == 3
    code, out, err = cli("dlq", "count")
    assert (code, out.split("\n")[0].split()) == (0, ["REASON", "COUNT"])
    assert f"{sum(counts.values())} dead letters" in err


def test_bytes_come_out_as_they_are_and_a_wrong_id_is_answered_with_the_nearest(
    own: Settings, cli: Cli
) -> None:
    place = poison(own, 17, b"\xff\x00{")
    shown = json.loads(cli("dlq", "show", place, "--json")[1])
    assert shown["value"] == {"base64": "/wB7"}
    assert {"name": "dlq_offset", "value": "17"} in shown["headers"]
    code, out, err = cli("dlq", "show", place + "7")
    assert (code, out) == (2, "")
    assert place in err


def test_nothing_is_redriven_twice_by_accident(own: Settings, cli: Cli, tmp_path: Path) -> None:
    place, other = poison(own, 30), poison(own, 31)
    edit = tmp_path / "edit.json"
    edit.write_bytes(b'{"kind": "film"}')
    assert cli("dlq", "redrive", place, "--edit", str(edit))[0] == 0
    code, _, err = cli("dlq", "redrive", place)
    assert code == 2
    assert "--again" in err
    assert cli("dlq", "redrive", place, other)[0] == 2
    assert cli("dlq", "redrive", place, "--again")[0] == 0
    assert cli("dlq", "drop", other, "--json")[1] == json.dumps([other]) + "\n"
    assert other not in cli("dlq", "list")[1]
    assert "dropped" in cli("dlq", "list", "--decided")[1]


def test_what_is_asked_for_must_be_clear(own: Settings, cli: Cli, tmp_path: Path) -> None:
    place = poison(own, 40)
    assert cli("dlq", "drop")[0] == 2
    assert cli("dlq", "drop", place, "--all")[0] == 2
    assert cli("dlq", "redrive", "--all", "--edit", str(tmp_path / "none"))[0] == 2
    assert cli("dlq", "redrive", place, "--edit", str(tmp_path / "none"))[0] == 2
    assert cli("gc", "--older-than", "soon")[0] == 2
    assert cli("verify", "--since", "yesterday")[0] == 2


def test_everything_of_a_reason_goes_at_once(own: Settings, cli: Cli) -> None:
    ids = [poison(own, n, reason="too_deep") for n in (50, 51)]
    assert sorted(json.loads(cli("dlq", "drop", "--all", "--reason", "too_deep", "--json")[1])) == ids
    assert json.loads(cli("dlq", "drop", "--all", "--reason", "too_deep", "--json")[1]) == []


def test_verify_and_gc_end_with_the_right_code(own: Settings, cli: Cli) -> None:
    async def write() -> None:
        async with Store.from_settings(own) as store:
            await store.ensure_bucket()
        async with AIOKafkaProducer(bootstrap_servers=own.bootstrap_servers) as producer:
            await producer.send_and_wait(topic(own.topic_prefix, "jobs"), b"not an event")

    asyncio.run(write())
    code, out, _ = cli("verify", "--json")
    assert (code, [v["check"] for v in json.loads(out)]) == (1, ["event_unreadable"])
    assert json.loads(cli("gc", "--json")[1])["objects"] == 0
    assert cli("verify", "--since", "2100-01-01T00:00:00Z")[:2] == (0, "")
