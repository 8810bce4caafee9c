"""Anthropic: words, by its messages."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Offer, Provider, Yield
from catalog.providers.shapes import SHORTEST_ANSWER_TOKENS, TEXT, messages


def _message(asked: Asked) -> Call:
    params = asked.params
    told = messages(asked)
    system = [each["content"] for each in told if each["role"] == "system"]
    if params.get("json_schema"):
        system.append(f"Answer with JSON alone, of this JSON Schema: {params['json_schema']}")
    body: dict[str, Any] = {
        "model": asked.model,
        "max_tokens": params.get("max_tokens") or SHORTEST_ANSWER_TOKENS,
        "messages": [each for each in told if each["role"] != "system"],
    }
    if system:
        body["system"] = "\n\n".join(system)
    if params.get("temperature") is not None:
        body["temperature"] = min(params["temperature"], 1.0)
    return Call("/v1/messages", body)


ANTHROPIC = Provider(
    id="anthropic",
    name="Anthropic",
    address="https://api.anthropic.com",
    key="ANTHROPIC_API_KEY",
    authorization=("x-api-key", "{key}"),
    headers={"anthropic-version": "2023-06-01"},
    out_of_credit=("billing_error", "credit balance"),
    offers=(
        Offer("claude-sonnet", "claude-sonnet-4-6", TEXT, _message, Yield(text="/content/*/text"), usd=0.01),
        Offer("claude-haiku", "claude-haiku-4-5", TEXT, _message, Yield(text="/content/*/text"), usd=0.003),
    ),
)
