"""Messages survive any cutting of the bytes, and what is none ends the talk."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.host.wire import MESSAGE_BYTES, Decoder, Garbled, encode


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=4), st.data()
)
def test_messages_come_whole_however_their_bytes_are_cut(
    contents: list[dict[str, str]], data: st.DataObject
) -> None:
    messages = [{**content, "kind": "word"} for content in contents]
    whole = b"".join(map(encode, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    decoder, found = Decoder(), []
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found += list(decoder.feed(whole[begin:end]))
    assert found == messages


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("!I", MESSAGE_BYTES + 1),
        struct.pack("!I", 3) + b"\xff\xfe\xfd",
        struct.pack("!I", 2) + b"[]",
        struct.pack("!I", 2) + b"{}",
        struct.pack("!I", 10) + b'{"kind":1}',
        struct.pack("!I", 0),
        struct.pack("!I", 200_000) + b"[" * 200_000,
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Garbled):
        list(Decoder().feed(data))


@pytest.mark.parametrize("value", ["x" * MESSAGE_BYTES, b"bytes", {1, 2}])
def test_what_no_message_can_carry_is_not_sent(value: object) -> None:
    with pytest.raises(Garbled):
        encode({"kind": "word", "value": value})


def test_a_message_is_its_length_and_json() -> None:
    data = encode({"kind": "word"})
    assert struct.unpack("!I", data[:4]) == (len(data) - 4,)
    assert json.loads(data[4:]) == {"kind": "word"}
