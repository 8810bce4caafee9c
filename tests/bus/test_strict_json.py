"""The loader takes exactly RFC 8259, minus what two readers may take differently."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.strict_json import loads
from bus.unreadable import DlqReason, Unreadable

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON)
def test_what_json_writes_is_read_back(value: Any) -> None:
    assert loads(json.dumps(value).encode()) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) is not Ellipsis


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_unreadable(data: bytes) -> None:
    try:
        value = loads(data)
    except Unreadable as why:
        value = why
    if isinstance(value, Unreadable):
        assert value.detail
    else:
        assert loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) == value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, DlqReason.NO_VALUE),
        (b"", DlqReason.NO_VALUE),
        (b"  ", DlqReason.NOT_JSON),
        (b"{", DlqReason.NOT_JSON),
        (b"{} {}", DlqReason.NOT_JSON),
        (b"{'a': 1}", DlqReason.NOT_JSON),
        (b'{"a": 1,}', DlqReason.NOT_JSON),
        (b'{"a": 01}', DlqReason.NOT_JSON),
        (b'{"a": +1}', DlqReason.NOT_JSON),
        (b'{"a": .5}', DlqReason.NOT_JSON),
        (b'{"a": "\n"}', DlqReason.NOT_JSON),
        (b'{"a": "\\x"}', DlqReason.NOT_JSON),
        (b"\xc2\xa0{}", DlqReason.NOT_JSON),
        ('{"a": ١}'.encode(), DlqReason.NOT_JSON),
        (b'{"a": NaN}', DlqReason.NOT_JSON),
        (b'{"a": Infinity}', DlqReason.NOT_JSON),
        (b'{"a": -Infinity}', DlqReason.NOT_JSON),
        (b'{"a": 1e400}', DlqReason.NUMBER_OUT_OF_RANGE),
        (b'{"a": -1e400}', DlqReason.NUMBER_OUT_OF_RANGE),
        (b'{"a": ' + b"9" * 309 + b"}", DlqReason.NUMBER_OUT_OF_RANGE),
        (b'{"a": -' + b"9" * 309 + b"}", DlqReason.NUMBER_OUT_OF_RANGE),
        (b'{"a": ' + b"1" * 100_000 + b"}", DlqReason.NUMBER_OUT_OF_RANGE),
        (b'{"a": 1, "a": 1}', DlqReason.DUPLICATE_NAME),
        (b'{"a": 1, "\\u0061": 1}', DlqReason.DUPLICATE_NAME),
        (b'{"x": [{"a": 1, "a": 2}]}', DlqReason.DUPLICATE_NAME),
        (b"\xef\xbb\xbf{}", DlqReason.BYTE_ORDER_MARK),
        ("{}".encode("utf-16"), DlqReason.BYTE_ORDER_MARK),
        (b'{"a": "\xff"}', DlqReason.NOT_UTF8),
        (b'{"a": "\xed\xa0\x80"}', DlqReason.NOT_UTF8),
        (b"[" * 65 + b"]" * 65, DlqReason.TOO_DEEP),
        (b'{"a":' * 65 + b"1" + b"}" * 65, DlqReason.TOO_DEEP),
        (b"[" * 500_000, DlqReason.TOO_DEEP),
    ],
)
def test_what_is_refused_says_why(data: bytes | None, reason: DlqReason) -> None:
    with pytest.raises(Unreadable) as caught:
        loads(data)
    assert caught.value.reason is reason


def test_sixty_four_levels_and_the_largest_numbers_are_read() -> None:
    assert loads(b"[" * 64 + b"]" * 64)
    assert loads(b"1.7976931348623157e308") == 1.7976931348623157e308
    assert loads(b"1" + b"0" * 308) == 10**308
    assert loads(b"1e-400") == 0.0


def test_brackets_in_strings_are_no_nesting() -> None:
    text = "[{" * 100 + '"\\'
    assert loads(json.dumps({"a": text}).encode()) == {"a": text}


def test_an_unfinished_string_of_escaped_quotes_is_refused_in_linear_time() -> None:
    with pytest.raises(Unreadable):
        loads(b"[" * 70 + b'"' + b'\\"' * 500_000)


def test_a_lone_surrogate_becomes_a_replacement_character_and_a_pair_stays_a_character() -> None:
    assert loads(rb'{"a": "x\ud800y", "b": "\ud83d\ude00", "c": ["\udc00"]}') == {
        "a": "x\ufffdy",
        "b": "\U0001f600",
        "c": ["\ufffd"],
    }
