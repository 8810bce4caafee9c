"""How an event travels in a Kafka record: CloudEvents 1.0, Kafka protocol binding 1.0.2."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from bus.strict_json import MAX_DEPTH, loads
from bus.unreadable import DlqReason, Unreadable
from schemas.facts import EVENT_TYPES
from schemas.sizes import ID_BYTES, TRACE_BYTES

PLAIN_TYPE = "media.job.requested.v1"
"""What a plain JSON object on `media.requests` means."""

Headers = Sequence[tuple[str, bytes | None]]
_Named = dict[str, list[bytes | None]]
"""Headers by their names in lower case."""

_REQUIRED = ("specversion", "id", "source", "type")
_STRUCTURED = "application/cloudevents+json"
_FOREIGN_PREFIXES = ("ce-", "cloudevents:", "cloudevents_")
"""How the bindings for HTTP and AMQP spell `ce_`; a bridge or a careless producer leaves it so."""


class Record(Protocol):
    """What this module needs of a consumed Kafka record; aiokafka's ConsumerRecord fits."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


@dataclass(frozen=True)
class Event:
    """One event as read: its attributes, its JSON data, and the record it came in, untouched."""

    type: str
    id: str
    source: str
    subject: str | None
    time: str | None
    data: dict[str, Any]
    traceparent: str | None
    key: bytes | None
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    value: bytes | None = field(repr=False)
    headers: Headers = field(repr=False)

    @property
    def position(self) -> str:
        """Return `<topic>/<partition>/<offset>`, the record's name."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def timestamp(self) -> int:
        """Return `timestamp_ms`, so that an event can stand where a record is asked for."""
        return self.timestamp_ms


def encode(
    type: str,
    data: bytes,
    *,
    id: str,
    source: str,
    subject: str | None = None,
    time: str | None = None,
    traceparent: str | None = None,
) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return value and headers of an event in binary mode; `time` is RFC 3339, now when absent."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", type.encode()),
        ("ce_time", (time or rfc3339_now()).encode()),
    ]
    if subject is not None:
        headers.append(("ce_subject", subject.encode()))
    headers.append(("content-type", b"application/json"))
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return data, headers


def decode(record: Record, *, plain_ok: bool = False, types: Collection[str] | None = None) -> Event:
    """Return the event in `record`: structured or binary mode, and plain JSON where `plain_ok`.

    `types` are the types this topic may carry; None takes any. Of a record without an envelope the id is
    `<topic>/<partition>/<offset>` and the type `PLAIN_TYPE`. `ce_time`, `ce_subject` and extensions never
    make a record unreadable.

    Raises:
        Unreadable: As the contract's section "Reading" lists.
    """
    named = _by_name(record.headers)
    # The content type decides first: the binding (3.1) lets a structured record repeat them as headers.
    if _is_structured(named):
        event = _structured(record, named)
    elif any(name.startswith("ce_") for name in named):
        event = _binary(record, named)
    elif plain_ok:
        event = _plain(record, named)
    else:
        raise Unreadable(DlqReason.ATTRIBUTE_MISSING, "the record has no CloudEvents headers")
    if types is not None and event.type not in types:
        raise Unreadable(
            DlqReason.UNKNOWN_TYPE, f"type {_short(event.type)} has no meaning on {record.topic}"
        )
    return event


def header(headers: Headers, name: str) -> str | None:
    """Return the first header of that name, in any case, as text; None when it is absent or no text."""
    for found, value in headers:
        if found.lower() == name:
            return _text(value)
    return None


def rfc3339_now() -> str:
    """Return the present time as RFC 3339 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _by_name(headers: Headers) -> _Named:
    # Bridges from HTTP, whose header names have no case, may write Ce_Id.
    named: _Named = {}
    for name, value in headers:
        named.setdefault(name.lower(), []).append(value)
    if any(name.startswith("ce_") for name in named):
        return named
    # Without its id a record that is sent again would be another request.
    for prefix in _FOREIGN_PREFIXES:
        if any(prefix + attribute in named for attribute in _REQUIRED):
            return {
                f"ce_{name.removeprefix(prefix)}" if name.startswith(prefix) else name: values
                for name, values in named.items()
            }
    return named


def _is_structured(named: _Named) -> bool:
    types = [_text(value) or "" for value in named.get("content-type", ())]
    return any(text.split(";", 1)[0].strip().lower() == _STRUCTURED for text in types)


def _binary(record: Record, named: _Named) -> Event:
    attributes = {name: _required_header(named, name) for name in _REQUIRED}
    return _event(
        record,
        attributes,
        _object(loads(record.value)),
        subject=_first(named, "ce_subject"),
        time=_first(named, "ce_time"),
        traceparent=_first(named, "traceparent") or _first(named, "ce_traceparent"),
    )


def _first(named: _Named, name: str) -> str | None:
    return _text(named[name][0]) if name in named else None


def _required_header(named: _Named, name: str) -> str:
    values = named.get(f"ce_{name}")
    if not values:
        raise Unreadable(DlqReason.ATTRIBUTE_MISSING, f"ce_{name} is missing")
    if len(values) > 1:
        raise Unreadable(DlqReason.ATTRIBUTE_DOUBLED, f"ce_{name} is there {len(values)} times")
    text = _text(values[0])
    if text is None:
        raise Unreadable(DlqReason.ATTRIBUTE_NOT_TEXT, f"ce_{name} is not UTF-8 text")
    if not text:
        raise Unreadable(DlqReason.ATTRIBUTE_EMPTY, f"ce_{name} is empty")
    return text


def _structured(record: Record, named: _Named) -> Event:
    # The envelope is one level of its own: the data inside keeps the whole depth.
    envelope = _object(loads(record.value, MAX_DEPTH + 1))
    attributes = {name: _required_member(envelope, name) for name in _REQUIRED}
    return _event(
        record,
        attributes,
        _structured_data(envelope),
        subject=_optional_member(envelope, "subject"),
        time=_optional_member(envelope, "time"),
        traceparent=_first(named, "traceparent") or _optional_member(envelope, "traceparent"),
    )


def _required_member(envelope: dict[str, Any], name: str) -> str:
    value = envelope.get(name)
    if value is None:
        raise Unreadable(DlqReason.ATTRIBUTE_MISSING, f"{name} is missing")
    if not isinstance(value, str):
        raise Unreadable(DlqReason.ATTRIBUTE_NOT_TEXT, f"{name} is not text")
    if not value:
        raise Unreadable(DlqReason.ATTRIBUTE_EMPTY, f"{name} is empty")
    return value


def _optional_member(envelope: dict[str, Any], name: str) -> str | None:
    value = envelope.get(name)
    return value if isinstance(value, str) else None


def _structured_data(envelope: dict[str, Any]) -> dict[str, Any]:
    encoded = envelope.get("data_base64")
    if encoded is None:
        if envelope.get("data") is None:
            raise Unreadable(DlqReason.NO_VALUE, "the event has no data")
        return _object(envelope["data"])
    if "data" in envelope:
        raise Unreadable(DlqReason.ATTRIBUTE_DOUBLED, "the event has both data and data_base64")
    if not isinstance(encoded, str):
        raise Unreadable(DlqReason.ATTRIBUTE_NOT_TEXT, "data_base64 is not text")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(DlqReason.NOT_JSON, "data_base64 is not base64") from None
    return _object(loads(data))


def _plain(record: Record, named: _Named) -> Event:
    position = f"{record.topic}/{record.partition}/{record.offset}"
    attributes = {"specversion": "1.0", "id": position, "source": f"/{record.topic}", "type": PLAIN_TYPE}
    return _event(
        record,
        attributes,
        _object(loads(record.value)),
        subject=None,
        time=None,
        traceparent=_first(named, "traceparent"),
    )


def _event(
    record: Record,
    attributes: dict[str, str],
    data: dict[str, Any],
    *,
    subject: str | None,
    time: str | None,
    traceparent: str | None,
) -> Event:
    if attributes["specversion"] != "1.0":
        found = _short(attributes["specversion"])
        raise Unreadable(DlqReason.UNSUPPORTED_SPECVERSION, f"specversion {found} is not 1.0")
    # They are said again in every answer, as key, header and field.
    for name in ("id", "source"):
        if len(attributes[name].encode("utf-8", "surrogatepass")) > ID_BYTES:
            raise Unreadable(DlqReason.ATTRIBUTE_TOO_LONG, f"{name} is longer than {ID_BYTES} bytes")
    if traceparent is not None and len(traceparent) > TRACE_BYTES:
        traceparent = None
    return Event(
        type=attributes["type"],
        id=attributes["id"],
        source=attributes["source"],
        subject=subject,
        time=time,
        data=data,
        traceparent=traceparent,
        key=record.key,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        value=record.value,
        headers=record.headers,
    )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(DlqReason.NOT_AN_OBJECT, "the data is not a JSON object")
    return value


def _text(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _short(text: str) -> str:
    return repr(text[:64])


def readable(records: Iterable[Any], types: Collection[str] = EVENT_TYPES.keys()) -> Iterator[Event]:
    """Yield the events of these types; what is none, or cannot be read, is not ours to judge here."""
    for record in records:
        try:
            yield decode(record, types=types)
        except Unreadable:
            continue
