"""Topics are created, corrected and grown to their specs, and what cannot be mended is named."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bus.admin import TopicsRefused, apply, check, widen, widths_of
from bus.publisher import Publisher
from runtime.errors import BusUnreachable
from schemas.topics import TopicSpec, topics

NOBODY = "127.0.0.1:1"


def _spec(name: str, partitions: int = 2, *, fixed: bool = False, **config: str) -> TopicSpec:
    return TopicSpec(
        name_without_prefix=name,
        name=name,
        key="any",
        partitions=partitions,
        replication_factor=1,
        description="of a test",
        fixed_partitions=fixed,
        config={option.replace("_", "."): value for option, value in config.items()},
    )


async def test_all_topics_are_created_once_and_a_second_time_changes_nothing(
    bootstrap: str, prefix: str
) -> None:
    specs = topics(prefix)
    assert await check(bootstrap, specs) == [f"{spec.name} does not exist" for spec in specs]
    assert await apply(bootstrap, specs) == [f"created {spec.name}" for spec in specs]
    started = time.monotonic()
    assert await apply(bootstrap, specs) == []
    assert time.monotonic() - started < 3.0
    assert await check(bootstrap, specs) == []


async def test_a_new_topic_takes_events_at_once(bootstrap: str, prefix: str) -> None:
    async with Publisher(bootstrap) as publisher:
        await apply(bootstrap, [_spec(f"{prefix}.new")])
        assert await publisher.publish(f"{prefix}.new", "k", "t", b"{}", id="1")


async def test_a_changed_setting_is_corrected_and_a_foreign_one_stays(bootstrap: str, prefix: str) -> None:
    spec = _spec(f"{prefix}.a", retention_ms="1000000", segment_ms="70000")
    await apply(bootstrap, [spec])
    wanted = replace(spec, config={"retention.ms": "2000000"})
    assert await check(bootstrap, [wanted]) == [f"{spec.name} has retention.ms=1000000 instead of 2000000"]
    assert await apply(bootstrap, [wanted]) == [f"set retention.ms=2000000 on {spec.name}"]
    assert await check(bootstrap, [wanted, replace(spec, config={"segment.ms": "70000"})]) == []


async def test_partitions_grow_where_order_does_not_depend_on_them(bootstrap: str, prefix: str) -> None:
    spec = _spec(f"{prefix}.tasks")
    await apply(bootstrap, [spec])
    larger = replace(spec, partitions=5)
    assert await apply(bootstrap, [larger]) == [f"grew {spec.name} from 2 to 5 partitions"]
    assert await check(bootstrap, [larger]) == []
    assert await check(bootstrap, [spec]) == []


async def test_partitions_of_keyed_truth_never_change_but_are_reported(bootstrap: str, prefix: str) -> None:
    spec = _spec(f"{prefix}.log", fixed=True)
    await apply(bootstrap, [spec])
    other = replace(spec, partitions=5)
    assert await apply(bootstrap, [other]) == []
    assert await check(bootstrap, [other]) == [f"{spec.name} has 2 partitions instead of 5"]


async def test_topics_are_widened_and_what_there_is_none_of_has_no_width(bootstrap: str, prefix: str) -> None:
    narrow, other = _spec(f"{prefix}.narrow"), _spec(f"{prefix}.other")
    await apply(bootstrap, [narrow, other])
    assert await widen(bootstrap, {narrow.name: 5}) == [f"widened {narrow.name} to 5 partitions"]
    names = (narrow.name, other.name, f"{prefix}.none")
    assert await widths_of(bootstrap, names) == {narrow.name: 5, other.name: 2}
    # Its records and readers have their places: it never becomes narrower.
    with pytest.raises(TopicsRefused, match=f"adding partitions to {narrow.name}"):
        await widen(bootstrap, {narrow.name: 3})
    with pytest.raises(TopicsRefused, match=f"adding partitions to {prefix}.none"):
        await widen(bootstrap, {f"{prefix}.none": 3})
    assert await widths_of(bootstrap, names) == {narrow.name: 5, other.name: 2}


async def test_without_a_broker_nothing_is_widened_or_measured() -> None:
    with pytest.raises(BusUnreachable):
        await widen(NOBODY, {"t": 3})
    with pytest.raises(BusUnreachable):
        await widths_of(NOBODY, ["t"])


async def test_without_a_broker_the_error_says_how_to_start_one() -> None:
    with pytest.raises(
        BusUnreachable, match=r"cannot reach Kafka at 127.0.0.1:1: start it with `reelbus stack"
    ):
        await check(NOBODY, topics())
