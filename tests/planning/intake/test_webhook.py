"""What is wrong with a webhook address is told at its field."""

from __future__ import annotations

from typing import Any


def test_a_refused_address_is_told_at_its_field(refused: Any) -> None:
    request = {"kind": "film", "brief": "x"}
    assert refused(request | {"webhook_url": "http://127.1/"}) == {"/webhook_url": "invalid_request"}
    assert refused(request | {"webhook_url": ""}) == {"/webhook_url": "invalid_request"}
    assert refused(request | {"webhook_url": 3}) == {"/webhook_url": "invalid_request"}
    assert refused(request | {"webhook_url": "https://example.com/" + "x" * 2048}) == {
        "/webhook_url": "invalid_request"
    }
