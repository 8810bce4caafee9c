"""How topics come to be what `schemas.topics` says: create, correct, grow, or tell what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    BrokerResponseError,
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from bus.connections import open_admin, unreachable
from bus.leaders import LED_WITHIN_S, wait_until_led
from runtime.errors import ReelbusError
from runtime.kafka_connection import Brokers
from schemas.topics import TopicSpec, requests_topic, tenant_of

_DYNAMIC_TOPIC_CONFIG = 1
"""`config_source` of a value that was set on the topic itself (KIP-226)."""


class TopicsRefused(ReelbusError):
    """The broker did not accept a topic or its configuration."""


@dataclass(frozen=True)
class _Found:
    """A topic as the broker has it; `own_config` holds only what was set on the topic."""

    partitions: int
    replication_factor: int
    config: dict[str, str]
    own_config: dict[str, str]


async def apply(bootstrap: Brokers, specs: Iterable[TopicSpec]) -> list[str]:
    """Make the topics what `specs` says and return what was changed, a sentence each.

    Partitions grow only where no key order depends on their number; they never shrink, and replication is
    left to the operator: `check` names what remains. Configuration that `specs` does not mention stays.

    Raises:
        BusUnreachable: No broker answered in time.
        TopicsRefused: The broker did not accept a change.
    """
    specs = list(specs)
    admin = await open_admin(bootstrap)
    try:
        found = await _describe(admin, specs)
        changes = await _create(admin, [spec for spec in specs if spec.name not in found])
        changes += await _grow(admin, specs, found)
        changes += await _correct(admin, specs, found)
        if changes:
            await wait_until_led(admin, specs)
    except (KafkaError, TimeoutError, OSError) as error:
        raise _failed(bootstrap, error, "changing topics") from error
    finally:
        await admin.close()
    return changes


async def check(bootstrap: Brokers, specs: Iterable[TopicSpec]) -> list[str]:
    """Return what differs from `specs`, a sentence each; an empty list means that all is well.

    Raises:
        BusUnreachable: No broker answered in time.
    """
    specs = list(specs)
    admin = await open_admin(bootstrap)
    try:
        found = await _describe(admin, specs)
    except (KafkaError, TimeoutError, OSError) as error:
        raise unreachable(bootstrap, error) from error
    finally:
        await admin.close()
    return [problem for spec in specs for problem in _problems(spec, found.get(spec.name))]


async def request_topics(bootstrap: Brokers, prefix: str) -> list[str]:
    """Return the topics of requests that the broker has: that of all first, then those that tenants have of their own.

    Raises:
        BusUnreachable: No broker answered in time.
    """
    own = sorted(name for name in await _all_topics(bootstrap) if tenant_of(prefix, name) is not None)
    return [requests_topic(prefix), *own]


async def orders_topics(bootstrap: Brokers, prefix: str) -> list[str]:
    """Return the topics of work orders that the broker has, also those of pools that are declared no more.

    Raises:
        BusUnreachable: No broker answered in time.
    """
    below = f"{requests_topic(prefix).removesuffix('requests')}tasks."
    return sorted(name for name in await _all_topics(bootstrap) if name.startswith(below))


async def _all_topics(bootstrap: Brokers) -> list[str]:
    admin = await open_admin(bootstrap)
    try:
        async with asyncio.timeout(LED_WITHIN_S):
            return [entry["topic"] for entry in await admin.describe_topics()]
    except (KafkaError, TimeoutError, OSError) as error:
        raise unreachable(bootstrap) from error
    finally:
        await admin.close()


async def widths_of(bootstrap: Brokers, names: Iterable[str]) -> dict[str, int]:
    """Return how many partitions these topics have, without those that do not exist.

    Raises:
        BusUnreachable: No broker answered in time.
    """
    admin = await open_admin(bootstrap)
    try:
        described = {entry["topic"]: entry for entry in await admin.describe_topics()}
    except (KafkaError, TimeoutError, OSError) as error:
        raise unreachable(bootstrap, error) from error
    finally:
        await admin.close()
    return {name: len(described[name]["partitions"]) for name in names if name in described}


async def widen(bootstrap: Brokers, wanted: Mapping[str, int]) -> list[str]:
    """Add partitions to topics in which no key has a place of its own; return what was done, a sentence each.

    Raises:
        BusUnreachable: No broker answered in time, or it refuses us the right.
        TopicsRefused: The broker did not accept it.
    """
    admin = await open_admin(bootstrap)
    try:
        response = await admin.create_partitions({name: NewPartitions(n) for name, n in wanted.items()})
        for name, error_code, *detail in response.topic_errors:
            _raise_for(error_code, f"adding partitions to {name}", *detail)
    except (KafkaError, TimeoutError, OSError) as error:
        raise _failed(bootstrap, error, f"adding partitions to {', '.join(wanted)}") from error
    finally:
        await admin.close()
    return [f"widened {name} to {total} partitions" for name, total in wanted.items()]


def _problems(spec: TopicSpec, found: _Found | None) -> list[str]:
    if found is None:
        return [f"{spec.name} does not exist"]
    problems = []
    wrong_count = (
        found.partitions != spec.partitions if spec.fixed_partitions else found.partitions < spec.partitions
    )
    if wrong_count:
        problems.append(f"{spec.name} has {found.partitions} partitions instead of {spec.partitions}")
    if found.replication_factor < spec.replication_factor:
        problems.append(
            f"{spec.name} has {found.replication_factor} replicas instead of {spec.replication_factor}"
        )
    for name, wanted in spec.config.items():
        actual = found.config.get(name)
        if actual != wanted:
            problems.append(f"{spec.name} has {name}={actual} instead of {wanted}")
    return problems


async def _describe(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> dict[str, _Found]:
    """Return those topics that exist, by name."""
    # Asking for all topics never creates one, whatever the broker's auto-creation says.
    described = {entry["topic"]: entry for entry in await admin.describe_topics()}
    existing = [spec.name for spec in specs if spec.name in described]
    if not existing:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in existing]
    configs: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for response in await admin.describe_configs(resources):
        for error_code, _, _, name, entries in response.resources:
            _raise_for(error_code, f"describing {name}")
            everything = {entry[0]: entry[1] for entry in entries}
            own = {entry[0]: entry[1] for entry in entries if entry[3] == _DYNAMIC_TOPIC_CONFIG}
            configs[name] = (everything, own)
    return {
        name: _Found(
            partitions=len(described[name]["partitions"]),
            replication_factor=min(len(part["replicas"]) for part in described[name]["partitions"]),
            config=configs[name][0],
            own_config=configs[name][1],
        )
        for name in existing
    }


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[TopicSpec]) -> list[str]:
    if not missing:
        return []
    response = await admin.create_topics(
        [
            NewTopic(spec.name, spec.partitions, spec.replication_factor, topic_configs=dict(spec.config))
            for spec in missing
        ]
    )
    changes = []
    for name, error_code, *detail in response.topic_errors:
        if for_code(error_code) is TopicAlreadyExistsError:
            continue  # another process was faster, with the same specs
        _raise_for(error_code, f"creating {name}", *detail)
        changes.append(f"created {name}")
    return changes


async def _grow(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], found: dict[str, _Found]
) -> list[str]:
    small = {
        spec.name: spec.partitions
        for spec in specs
        if spec.name in found and not spec.fixed_partitions and found[spec.name].partitions < spec.partitions
    }
    if not small:
        return []
    response = await admin.create_partitions({name: NewPartitions(total) for name, total in small.items()})
    for name, error_code, *detail in response.topic_errors:
        _raise_for(error_code, f"adding partitions to {name}", *detail)
    return [
        f"grew {name} from {found[name].partitions} to {total} partitions" for name, total in small.items()
    ]


async def _correct(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], found: dict[str, _Found]
) -> list[str]:
    resources, changes = [], []
    for spec in specs:
        topic = found.get(spec.name)
        if topic is None:
            continue
        wrong = [name for name, wanted in spec.config.items() if topic.config.get(name) != wanted]
        if wrong:
            # AlterConfigs sets a topic's whole configuration: what others have set goes along.
            complete = topic.own_config | dict(spec.config)
            resources.append(ConfigResource(ConfigResourceType.TOPIC, spec.name, configs=complete))
            changes += [f"set {name}={spec.config[name]} on {spec.name}" for name in wrong]
    if resources:
        for response in await admin.alter_configs(resources):
            for error_code, detail, _, name in response.resources:
                _raise_for(error_code, f"configuring {name}", detail)
    return changes


def _failed(bootstrap: Brokers, error: BaseException, doing: str) -> ReelbusError:
    """Return what a change has met: aiokafka raises some answers of a broker that is there by itself."""
    unknown = isinstance(error, UnknownTopicOrPartitionError)
    rights = isinstance(error, TopicAuthorizationFailedError | ClusterAuthorizationFailedError)
    if isinstance(error, BrokerResponseError) and not rights and (unknown or not error.retriable):
        return TopicsRefused(f"{doing}: {error}")
    return unreachable(bootstrap, error)


def _raise_for(error_code: int, doing: str, *detail: str | None) -> None:
    if error_code:
        error = for_code(error_code)
        if error in (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
            raise error(doing.rpartition(" ")[2])
        reason = next((text for text in detail if text), None) or error.__name__
        raise TopicsRefused(f"{doing}: {reason}")
