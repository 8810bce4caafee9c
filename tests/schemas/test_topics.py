"""Topics as data agree with the published contract."""

from __future__ import annotations

import re

from schemas.choices import LANES, MODALITIES
from schemas.sizes import ENVELOPE_BYTES, JOB_RECORD_BYTES
from schemas.topics import (
    DEAD_LETTER_BYTES,
    JOB_BYTES,
    REQUEST_BYTES,
    requests_pattern,
    requests_topic,
    tasks_topics,
    tenant_of,
    topic,
    topics,
)


def test_every_topic_of_the_contract_is_there() -> None:
    names = {spec.name for spec in topics("media")}
    plain = "requests log state control workers deferred progress assets jobs dlq"
    assert names == {f"media.{name}" for name in plain.split()} | {
        f"media.tasks.{modality}.{lane}" for modality in MODALITIES for lane in LANES
    }


def test_what_shares_a_key_shares_its_partition_count() -> None:
    counts = {spec.name_without_prefix: spec for spec in topics("media", partitions=7)}
    for name in ("log", "state", "jobs", "assets"):
        assert counts[name].partitions == 7
        assert counts[name].fixed_partitions


def test_a_request_of_one_megabyte_fits_and_a_dead_letter_takes_twice_that() -> None:
    sizes = {spec.name_without_prefix: spec.config.get("max.message.bytes") for spec in topics()}
    assert REQUEST_BYTES > 1024 * 1024
    assert DEAD_LETTER_BYTES == 2 * REQUEST_BYTES
    assert sizes["requests"] == str(REQUEST_BYTES)
    assert sizes["dlq"] == str(DEAD_LETTER_BYTES)


def test_what_follows_from_a_request_fits_into_its_topics() -> None:
    """What `schemas/sizes.py` lets grow is refused by no broker, and what is small has the broker's limit."""
    sizes = {spec.name_without_prefix: spec.config.get("max.message.bytes") for spec in topics()}
    large = {
        "log",
        "state",
        "jobs",
        *(f"tasks.{modality}.{lane}" for modality in MODALITIES for lane in LANES),
    }
    assert {name: sizes[name] for name in large} == dict.fromkeys(large, str(4 * 1024 * 1024))
    assert JOB_RECORD_BYTES + ENVELOPE_BYTES < JOB_BYTES
    assert {name for name, size in sizes.items() if size is None} == {
        "control",
        "workers",
        "deferred",
        "progress",
        "assets",
    }


def test_deleted_keys_of_compacted_topics_are_seen_by_whoever_was_away() -> None:
    """A coordinator that was away for a week still learns that a job was forgotten."""
    compacted = [spec for spec in topics() if spec.config["cleanup.policy"] == "compact"]
    assert {spec.name_without_prefix for spec in compacted} == {"state", "workers", "deferred"}
    assert {int(spec.config["delete.retention.ms"]) for spec in compacted} == {7 * 24 * 3_600_000}
    assert {spec.config["segment.ms"] for spec in compacted} == {"600000"}


def test_what_strangers_compress_is_inflated_by_the_broker() -> None:
    compressed = {spec.name_without_prefix: spec.config.get("compression.type") for spec in topics()}
    assert compressed["requests"] == "uncompressed"


def test_three_replicas_need_two_in_sync() -> None:
    assert {spec.config["min.insync.replicas"] for spec in topics(replication_factor=3)} == {"2"}
    assert {spec.config["min.insync.replicas"] for spec in topics(replication_factor=1)} == {"1"}


def test_snapshots_are_compacted_and_the_log_carries_the_brokers_time() -> None:
    configs = {spec.name_without_prefix: spec.config for spec in topics()}
    assert configs["state"]["cleanup.policy"] == configs["workers"]["cleanup.policy"] == "compact"
    assert configs["log"]["message.timestamp.type"] == "LogAppendTime"
    assert configs["progress"]["retention.ms"] == "3600000"


def test_lanes_come_with_the_most_urgent_first() -> None:
    assert tasks_topics("media", "image")[0] == topic("media", "tasks", "image", "interactive")


def test_a_tenants_own_topic_of_requests_is_set_as_that_of_all() -> None:
    specs = {spec.name: spec for spec in topics("media", tenants=["acme", "b.c", "acme"])}
    of_all, own = specs["media.requests"], specs["media.requests.acme"]
    assert (own.partitions, own.config, own.key) == (of_all.partitions, of_all.config, of_all.key)
    assert len(specs) == len(topics("media")) + 2


def test_a_topic_tells_whose_requests_it_holds() -> None:
    assert requests_topic("media") == "media.requests"
    assert tenant_of("media", requests_topic("media", "acme")) == "acme"
    assert tenant_of("media", requests_topic("media", "b.c-d_e")) == "b.c-d_e"
    for other in ("media.requests", "media.log", "mediaXrequests.a", "media.requests.", "x.media.requests.a"):
        assert tenant_of("media", other) is None
    assert tenant_of("media", "media.requests..a") is None


def test_the_pattern_of_requests_matches_them_and_nothing_else() -> None:
    pattern = re.compile(requests_pattern("a.b"))
    assert [
        name
        for name in (
            "a.b.requests",
            "a.b.requests.t",
            "axb.requests",
            "a.b.requestsx",
            "a.b.log",
            "za.b.requests",
        )
        if pattern.match(name)
    ] == ["a.b.requests", "a.b.requests.t"]
