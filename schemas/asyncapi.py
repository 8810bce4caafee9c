"""How the topics and their messages are described to others: one AsyncAPI 3.0 document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemas.choices import LANES
from schemas.facts import EVENT_TOPICS, EVENT_TYPES
from schemas.requests import CANCEL_REQUESTED, JOB_REQUESTED, REPLAY_REQUESTED, REQUEST_TYPES
from schemas.topics import TopicSpec, topic, topics

_OF_TENANT = "requests.tenant"
_OF_POOL = "tasks.pool"
_RECEIVES = {
    "requests": ("receive", "receive.requests"),
    _OF_TENANT: ("receive", "receive.requests.of.tenant"),
}
_SUMMARIES = {
    JOB_REQUESTED: "A job is requested.",
    CANCEL_REQUESTED: "A job is to stop.",
    REPLAY_REQUESTED: "A job is to run again.",
}


def asyncapi(schemas: Mapping[str, Any], prefix: str = "media") -> dict[str, Any]:
    """Return the AsyncAPI 3.0.0 document of all topics; `schemas` maps each message type to its JSON Schema.

    Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0 with Kafka bindings 0.5.0.
    """
    messages_of: dict[str, list[str]] = {"requests": list(REQUEST_TYPES)}
    for message, name in EVENT_TOPICS.items():
        messages_of.setdefault(name, []).append(message)
    specs = topics(prefix)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "reelbus",
            "version": "1.0.0",
            "description": "Generative media over Kafka: publish a request, read what becomes of it.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            _key(spec): _channel(spec, messages_of.get(spec.name_without_prefix, ())) for spec in specs
        }
        | {_OF_TENANT: _channel_of_tenant(prefix), _OF_POOL: _channel_of_pool(prefix)},
        "operations": {
            name: operation
            for spec in specs
            if spec.name_without_prefix in messages_of
            for name, operation in _operation(
                spec.name_without_prefix, messages_of[spec.name_without_prefix]
            ).items()
        }
        | _operation(_OF_TENANT, list(REQUEST_TYPES)),
        "components": {
            "messages": {message: _message(message) for message in schemas},
            "messageTraits": {"cloudevents": _cloudevents()},
            "schemas": _components(schemas),
        },
    }


def _key(spec: TopicSpec) -> str:
    return spec.name_without_prefix


def _channel(spec: TopicSpec, messages: Sequence[str]) -> dict[str, Any]:
    return {
        "address": spec.name,
        "description": f"{spec.description}; key: {spec.key}",
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": spec.partitions,
                "replicas": spec.replication_factor,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _channel_of_tenant(prefix: str) -> dict[str, Any]:
    spec = next(spec for spec in topics(prefix, tenants=["{tenant}"]) if "{tenant}" in spec.name)
    channel = _channel(spec, REQUEST_TYPES)
    del channel["bindings"]["kafka"]["topic"]  # it is a name, and not a pattern of names
    pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
    return channel | {
        "parameters": {"tenant": {"description": f"Whose requests they are, whatever they say: {pattern}"}}
    }


def _channel_of_pool(prefix: str) -> dict[str, Any]:
    """The lanes of a pool that is no modality's, as its fleet file or the catalogue names it."""
    spec = next(spec for spec in topics(prefix, pools=["{pool}"]) if "{pool}" in spec.name)
    channel = _channel(replace(spec, name=topic(prefix, "tasks", "{pool}", "{lane}")), ())
    channel["description"] = f"work orders for the workers of a pool of its own; key: {spec.key}"
    del channel["bindings"]["kafka"]["topic"], channel["bindings"]["kafka"]["partitions"]
    return channel | {
        "parameters": {
            "pool": {
                "description": "A name of lower case letters, digits and dashes: ^[a-z0-9][a-z0-9-]{0,62}$"
            },
            "lane": {"enum": list(LANES)},
        }
    }


def _operation(channel: str, messages: list[str]) -> dict[str, Any]:
    # AsyncAPI speaks from reelbus's side: it receives requests and sends facts.
    action, key = _RECEIVES.get(channel, ("send", f"send.{channel}"))
    return {
        key: {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"} for message in messages],
        }
    }


def _components(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return every message's schema and the definitions of all, under one name each.

    References start at the root of the whole document: its parsers do not look at `$id`. A definition that two
    messages have under one name with different contents takes the message's name before its own.
    """
    shared: dict[str, Any] = {}
    components: dict[str, Any] = {}
    for message, schema in schemas.items():
        names = {}
        for name, definition in schema.get("$defs", {}).items():
            known = shared.setdefault(name, definition)
            names[name] = name if known == definition else f"{message}.{name}"
        body = {key: value for key, value in schema.items() if key not in {"$schema", "$id", "$defs"}}
        components[message] = _from_the_root(body, names)
        for name, definition in schema.get("$defs", {}).items():
            components[names[name]] = _from_the_root(definition, names)
    return components


def _from_the_root(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_from_the_root(entry, names) for entry in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _from_the_root(entry, names) for key, entry in value.items()}
    if isinstance(reference := value.get("$ref"), str):
        inner["$ref"] = f"#/components/schemas/{names[reference.removeprefix('#/$defs/')]}"
    return inner


def _message(message: str) -> dict[str, Any]:
    model = EVENT_TYPES.get(message)
    summary = _SUMMARIES[message] if model is None else (model.__doc__ or "").strip()
    return {
        "name": message,
        "summary": summary,
        "contentType": "application/json",
        # In AsyncAPI's own format: generators of code do not look into a payload that states another, and all words
        # of ours are words of it.
        "payload": {"$ref": f"#/components/schemas/{message}"},
        "traits": [{"$ref": "#/components/messageTraits/cloudevents"}],
    }


def _cloudevents() -> dict[str, Any]:
    """The headers of the CloudEvents 1.0 Kafka binding, binary mode."""
    words = ("ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "traceparent")
    return {
        "headers": {
            "type": "object",
            "properties": {"ce_specversion": {"type": "string", "const": "1.0"}}
            | {word: {"type": "string"} for word in words},
            "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
        }
    }
