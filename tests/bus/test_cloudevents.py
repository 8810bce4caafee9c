"""Events survive the envelope, and nothing hostile in an envelope survives it unnoticed."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.cloudevents import PLAIN_TYPE, Event, Headers, decode, encode
from bus.unreadable import DlqReason, Unreadable

_WORD = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@dataclass(frozen=True)
class FakeRecord:
    value: bytes | None = b"{}"
    headers: Headers = ()
    key: bytes | None = b"k"
    topic: str = "media.requests"
    partition: int = 3
    offset: int = 42
    timestamp: int = 1_700_000_000_000


def _binary(**changes: bytes | None) -> list[tuple[str, bytes | None]]:
    headers: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": b"e1",
        "ce_source": b"/test",
        "ce_type": b"media.job.requested.v1",
    }
    headers |= {f"ce_{name}": value for name, value in changes.items()}
    return list(headers.items())


def _structured(**changes: Any) -> FakeRecord:
    envelope = {"specversion": "1.0", "id": "e1", "source": "/test", "type": PLAIN_TYPE, "data": {"a": 1}}
    value = json.dumps(envelope | changes).encode()
    return FakeRecord(value=value, headers=[("content-type", b"application/cloudevents+json; charset=UTF-8")])


@given(_WORD, _WORD, _WORD, st.none() | _WORD, st.dictionaries(_WORD, st.integers(0, 2**53)))
def test_an_encoded_event_is_decoded_as_it_was(
    type: str, id: str, source: str, subject: str | None, data: dict[str, Any]
) -> None:
    value, headers = encode(
        type, json.dumps(data).encode(), id=id, source=source, subject=subject, time="2026-01-01T00:00:00Z"
    )
    event = decode(FakeRecord(value=value, headers=headers))
    assert (event.type, event.id, event.source, event.subject) == (type, id, source, subject)
    assert event.data == data
    assert event.time == "2026-01-01T00:00:00Z"
    assert (event.key, event.partition, event.offset) == (b"k", 3, 42)
    assert event.value == value


_NAMES = st.sampled_from(
    [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "content-type",
        "Content-Type",
        "traceparent",
        "x",
    ]
) | st.text(max_size=8)
_VALUES = st.none() | st.binary(max_size=12) | st.sampled_from([b"1.0", b"application/cloudevents+json"])


@given(
    st.lists(st.tuples(_NAMES, _VALUES), max_size=8),
    st.none() | st.binary(max_size=40) | st.sampled_from([b"{}", b"[]", b'{"id": 1}']),
    st.booleans(),
)
def test_hostile_headers_make_an_event_or_a_dead_letter_and_never_a_crash(
    headers: list[tuple[str, bytes | None]], value: bytes | None, plain_ok: bool
) -> None:
    try:
        event = decode(FakeRecord(value=value, headers=headers), plain_ok=plain_ok)
    except Unreadable:
        return
    assert isinstance(event, Event)
    assert event.id
    assert event.source


@pytest.mark.parametrize("prefix", ["ce-", "Ce-", "cloudEvents:", "cloudEvents_"])
def test_headers_that_another_binding_spells_keep_their_id(prefix: str) -> None:
    headers = [(prefix + name.removeprefix("ce_"), value) for name, value in _binary(time=b"never")]
    event = decode(FakeRecord(headers=headers), plain_ok=True)
    assert (event.id, event.source, event.time) == ("e1", "/test", "never")
    assert event.headers == headers


def test_an_id_in_foreign_headers_is_never_passed_over() -> None:
    """Sent again, such a record would be another request."""
    for headers in ([("ce-id", b"e1")], [*_binary()[:1], ("ce-id", b"e1")]):
        with pytest.raises(Unreadable) as caught:
            decode(FakeRecord(headers=headers), plain_ok=True)
        assert caught.value.reason is DlqReason.ATTRIBUTE_MISSING
    # Other people's headers that only look alike make nothing unreadable.
    assert decode(FakeRecord(headers=[("ce-thing", b"x")]), plain_ok=True).id == "media.requests/3/42"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([pair for pair in _binary() if pair[0] != "ce_id"], DlqReason.ATTRIBUTE_MISSING),
        ([pair for pair in _binary() if pair[0] != "ce_specversion"], DlqReason.ATTRIBUTE_MISSING),
        ([*_binary(), ("ce_id", b"e1")], DlqReason.ATTRIBUTE_DOUBLED),
        ([*_binary(), ("ce_type", None)], DlqReason.ATTRIBUTE_DOUBLED),
        (_binary(id=b""), DlqReason.ATTRIBUTE_EMPTY),
        (_binary(source=b""), DlqReason.ATTRIBUTE_EMPTY),
        (_binary(id=None), DlqReason.ATTRIBUTE_NOT_TEXT),
        (_binary(type=b"\xff"), DlqReason.ATTRIBUTE_NOT_TEXT),
        (_binary(id=b"i" * 1025), DlqReason.ATTRIBUTE_TOO_LONG),
        (_binary(source="é".encode() * 513), DlqReason.ATTRIBUTE_TOO_LONG),
        (_binary(specversion=b"0.3"), DlqReason.UNSUPPORTED_SPECVERSION),
        (_binary(specversion=b"1.0 "), DlqReason.UNSUPPORTED_SPECVERSION),
        (_binary(type=b"media.job.requested.v2"), DlqReason.UNKNOWN_TYPE),
        ([("ce_unheard", b"of")], DlqReason.ATTRIBUTE_MISSING),
    ],
)
def test_a_broken_binary_envelope_is_unreadable(headers: Headers, reason: DlqReason) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(FakeRecord(headers=headers), plain_ok=True, types={PLAIN_TYPE})
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, DlqReason.ATTRIBUTE_MISSING),
        ({"id": ""}, DlqReason.ATTRIBUTE_EMPTY),
        ({"id": 7}, DlqReason.ATTRIBUTE_NOT_TEXT),
        ({"source": ["/x"]}, DlqReason.ATTRIBUTE_NOT_TEXT),
        ({"specversion": 1.0}, DlqReason.ATTRIBUTE_NOT_TEXT),
        ({"specversion": "2.0"}, DlqReason.UNSUPPORTED_SPECVERSION),
        ({"type": "nothing"}, DlqReason.UNKNOWN_TYPE),
        ({"data": None}, DlqReason.NO_VALUE),
        ({"data": "text"}, DlqReason.NOT_AN_OBJECT),
        ({"data": []}, DlqReason.NOT_AN_OBJECT),
        ({"data_base64": "e30="}, DlqReason.ATTRIBUTE_DOUBLED),
    ],
)
def test_a_broken_structured_envelope_is_unreadable(changes: dict[str, Any], reason: DlqReason) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(_structured(**changes), types={PLAIN_TYPE})
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/cloudevents+json",
        b"Application/CloudEvents+JSON;charset=utf-8",
        b" application/cloudevents+json ",
    ],
)
def test_structured_mode_is_known_by_its_content_type_alone(content_type: bytes) -> None:
    record = _structured()
    event = decode(
        FakeRecord(value=record.value, headers=[*_binary(id=b"other"), ("content-type", content_type)])
    )
    assert event.id == "e1"
    assert event.data == {"a": 1}


def test_structured_data_may_come_as_base64() -> None:
    envelope = {"specversion": "1.0", "id": "e", "source": "/s", "type": "t"}
    encoded = base64.b64encode(b'{"a": 1}').decode()
    headers = [("content-type", b"application/cloudevents+json")]
    record = FakeRecord(value=json.dumps(envelope | {"data_base64": encoded}).encode(), headers=headers)
    assert decode(record).data == {"a": 1}


def test_a_request_of_full_depth_is_readable_in_every_mode() -> None:
    deep = '{"a":' * 64 + "1" + "}" * 64
    assert decode(FakeRecord(value=deep.encode()), plain_ok=True)
    assert decode(_structured(data=json.loads(deep)))
    with pytest.raises(Unreadable):
        decode(_structured(data={"a": json.loads(deep)}))


def test_a_plain_object_is_a_request_named_after_its_place() -> None:
    event = decode(
        FakeRecord(value=b'{"kind": "task"}', headers=[("x", b"\xff"), ("y", None)]), plain_ok=True
    )
    assert event.id == "media.requests/3/42"
    assert event.type == PLAIN_TYPE
    assert event.data == {"kind": "task"}


def test_a_plain_object_is_no_event_on_any_other_topic() -> None:
    with pytest.raises(Unreadable) as caught:
        decode(FakeRecord())
    assert caught.value.reason is DlqReason.ATTRIBUTE_MISSING


def test_any_content_type_is_taken_and_time_subject_and_extensions_never_matter() -> None:
    headers = _binary(time=b"yesterday", subject=b"\xff", tenant=None)
    event = decode(FakeRecord(headers=[*headers, *headers[4:], ("content-type", b"image/png")]))
    assert event.subject is None
    assert event.time == "yesterday"


def test_attributes_are_found_whatever_the_case_of_their_headers() -> None:
    headers = [(name.title(), value) for name, value in _binary()]
    assert decode(FakeRecord(headers=headers), plain_ok=True).id == "e1"
    with pytest.raises(Unreadable) as caught:
        decode(FakeRecord(headers=[*headers, ("ce_id", b"e2")]), plain_ok=True)
    assert caught.value.reason is DlqReason.ATTRIBUTE_DOUBLED


def test_a_trace_without_end_is_none_and_the_event_is_read() -> None:
    headers = [*_binary(), ("traceparent", b"0" * 100_000)]
    assert decode(FakeRecord(headers=headers)).traceparent is None
