"""Which keys are ours and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runtime.errors import InvalidRequest
from storage.keys import blob_key, checked, is_valid, result_key


def test_content_lies_under_its_digest() -> None:
    assert blob_key("ab" * 32) == "blobs/ab/" + "ab" * 32


def test_a_memo_lies_under_its_fingerprint() -> None:
    assert result_key("0f" * 32) == "memo/" + "0f" * 32 + ".json"


@pytest.mark.parametrize("digest", ["", "ab", "AB" * 32, "zz" * 32, "ab" * 32 + "\n", "../" + "a" * 61])
def test_what_is_no_digest_makes_no_key(digest: str) -> None:
    with pytest.raises(InvalidRequest):
        blob_key(digest)
    with pytest.raises(InvalidRequest):
        result_key(digest)


@given(some.text(max_size=300))
def test_any_text_is_a_key_or_is_refused_without_an_accident(text: str) -> None:
    if is_valid(text, 200):
        assert checked(text) == text
        assert ".." not in text.split("/")
    else:
        with pytest.raises(InvalidRequest):
            checked(text)


def test_half_a_surrogate_pair_is_refused() -> None:
    assert not is_valid("a\ud800b")
