"""Anthropic's messages."""

from __future__ import annotations

from infra.fakes.wire import Asked, Reply, needed
from infra.fakes.words import answer_to


def answer(asked: Asked) -> Reply:
    """Answer a request at Anthropic."""
    if asked.method != "POST" or asked.route != ("v1", "messages"):
        return Reply({"type": "error", "error": {"type": "not_found_error", "message": "Not found"}}, 404)
    body = asked.json()
    needed(body, "model", "max_tokens", "messages")
    prompt = str(body["messages"][-1]["content"])
    bought = asked.buy(body["model"], prompt, 0.003)
    said = "{}" if "JSON Schema" in str(body.get("system", "")) else answer_to(prompt, None)
    return Reply(
        {
            "id": bought.job,
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": said}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": len(prompt.split()), "output_tokens": 12},
        }
    )
