from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from planning.job.state import STATE_VERSION, Job
from planning.partition import records
from planning.partition.deflate_dictionary import WORDS
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import (
    StateIsNewer,
    StateUnreadable,
    load,
    pack,
    packed,
    parts_of,
    read_job,
    unpack,
)
from tests.planning.jobs import History, accepted, folded, orders, ready, started

VERSION_1 = (Path(__file__).parent / "states" / "version-1.jsonl").read_text().splitlines()
PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}


def wide(count: int) -> dict[str, object]:
    item = {"capability": "image-generation", "params": {"prompt": "a fox"}}
    return {"kind": "batch", "items": [{"id": f"p{i}", **item} for i in range(count)]}


def entries_of(job: Job) -> dict[str, bytes]:
    parts = parts_of(job)
    return packed(job, parts, parts)


def test_the_dictionary_of_format_2_never_changes() -> None:
    assert hashlib.sha256(WORDS).hexdigest() == DICTIONARY_SHA256


DICTIONARY_SHA256 = "b31f9ecaab27d97568cf04d8c45dc42d45df8df6de3b4756b4c9b59af4dd7d29"


@pytest.mark.parametrize("count", [1, 16, 17, 300])
def test_a_job_reads_as_it_was_written_whole_or_in_parts(count: int) -> None:
    history = History()
    for order in orders(history.add(accepted(wide(count))))[:3]:
        history.add(started(order))
        history.add(ready(order))
    job = history.job
    assert read_job(job.job_id, entries_of(job)) == job
    assert (len(entries_of(job)) > 1) is (count > records.PARTED_ABOVE_NODES)


@pytest.mark.parametrize("line", VERSION_1)
def test_state_that_version_1_wrote_still_loads_and_goes_on(line: str) -> None:
    old = json.loads(line)
    job = read_job(old["job_id"], {old["job_id"]: line.encode()})
    assert job is not None
    assert (job.status, list(job.nodes)) == (old.get("status", "open"), list(old.get("nodes", {})))
    lacks = [(n.node_id, lack.code) for n in job.nodes.values() for lack in n.degraded]
    assert sorted(lacks) == sorted((d["node_id"], d["code"]) for d in old.get("degraded", []))
    assert read_job(job.job_id, entries_of(job)) == job


def test_an_open_job_of_version_1_is_finished_by_this_one() -> None:
    line = next(v for v in VERSION_1 if json.loads(v).get("status", "open") == "open" and '"dispatched"' in v)
    job_id = json.loads(line)["job_id"]
    partition = Partition({job_id: line.encode()}, json.loads(line)["applied"] + 1)
    told: list[str] = []
    at_ms = 2_000_000_000_000
    for _ in range(50):
        job = partition.job(job_id)
        assert job is not None
        node = next((n for n in job.nodes.values() if n.status in {"dispatched", "running"}), None)
        if node is None:
            break
        from planning.job.order import order

        outbox, _ = folded(partition, LogEntry(partition.next_offset, at_ms, ready(order(job, node))))
        told += [fact.type for fact in outbox.facts]
    assert told[-1] == "media.job.succeeded.v1"


def test_what_is_not_ours_or_not_whole_is_unreadable() -> None:
    good = pack(b'{"next_offset":7}')
    assert records.unpack_offset(good) == records.Checkpoint(7)
    assert records.unpack_offset(records.pack_offset(records.Checkpoint(7, 3))) == (7, 3)
    for bad in (b"", b"\x02", good[:-1], good + b"x", bytes([good[0] ^ 1]) + good[1:], b"{", b"[]"):
        with pytest.raises(StateUnreadable):
            records.unpack_offset(bad)


def test_every_flipped_bit_of_a_record_is_noticed() -> None:
    history = History()
    history.add(accepted(PICTURE))
    ((job_id, record),) = entries_of(history.job).items()
    for place in range(len(record)):
        damaged = bytearray(record)
        damaged[place] ^= 0x10
        with pytest.raises(StateUnreadable):
            records.check(job_id, bytes(damaged))


def test_state_of_a_newer_version_is_left_to_that_version() -> None:
    history = History()
    history.add(accepted(PICTURE))
    job = history.job
    job.version = STATE_VERSION + 1
    with pytest.raises(StateIsNewer):
        load(job.job_id, entries_of(job))


def test_a_missing_part_makes_the_job_unreadable() -> None:
    history = History()
    history.add(accepted(wide(20)))
    entries = entries_of(history.job)
    del entries[f"{history.job_id}/p3"]
    with pytest.raises(StateUnreadable):
        load(history.job_id, entries)


def test_a_record_says_without_being_opened_whether_its_job_is_open_and_when_it_wants_to_be_woken() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE)))
    (record,) = entries_of(history.job).values()
    assert records.header_of(record) == (True, True, 0, records.tenant_mark("default"), True)
    history.add(started(order, lease_s=6.0))
    (record,) = entries_of(history.job).values()
    assert records.header_of(record).due_ms == history.at_ms + 6_000
    history.add(ready(order))
    (record,) = entries_of(history.job).values()
    assert records.header_of(record) == (
        True,
        False,
        history.at_ms + records.RETENTION_MS,
        records.tenant_mark("default"),
        False,
    )


def test_a_small_record_is_less_than_a_third_of_its_json() -> None:
    history = History()
    history.add(accepted(PICTURE))
    (record,) = entries_of(history.job).values()
    assert len(record) < len(unpack(record)) / 3
    assert msgspec.json.decode(unpack(record), type=Job) == history.job
