"""What several providers have in common: the requests that OpenAI made usual, and pictures by their aspect. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from catalog.providers.card import Asked, Call, Offer, Part, Yield
from schemas.choices import Lifecycle

TEXT = ("text-generation", "text-to-text", "prompt-refinement")
_REFINE = (
    "Turn the user's words into one vivid prompt for a picture: subject, setting, light, lens, mood. Keep product names, "
    "texts, shapes and colours as they are. Answer with the prompt alone."
)
SHORTEST_ANSWER_TOKENS = 4096


def messages(asked: Asked) -> list[dict[str, str]]:
    """Return what a language model is told, as messages of system and user."""
    params = asked.params
    match asked.capability:
        case "prompt-refinement":
            purpose = params.get("purpose")
            system = _REFINE + (f" It is for: {purpose}." if purpose else "")
            return [{"role": "system", "content": system}, {"role": "user", "content": params["prompt"]}]
        case "text-to-text":
            return [
                {"role": "system", "content": _instruction(params)},
                {"role": "user", "content": params["text"]},
            ]
    before = [{"role": "system", "content": params["system"]}] if params.get("system") else []
    return [*before, {"role": "user", "content": params["prompt"]}]


def _instruction(params: Mapping[str, Any]) -> str:
    wanted = [params["instruction"]] if params.get("instruction") else []
    if params.get("target_language"):
        wanted.append(f"Say it in the language {params['target_language']} (BCP 47).")
    return " ".join((*wanted, "The user's message is the text. Answer with the result alone."))


def chat(asked: Asked) -> Call:
    """Ask for a text as OpenAI's chat completions do (platform.openai.com/docs/api-reference/chat)."""
    params = asked.params
    body: dict[str, Any] = {"model": asked.model, "messages": messages(asked)}
    if params.get("max_tokens"):
        body["max_tokens"] = params["max_tokens"]
    if params.get("temperature") is not None:
        body["temperature"] = params["temperature"]
    if params.get("json_schema"):
        wanted = {"name": "answer", "schema": params["json_schema"], "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    return Call("/chat/completions", body)


CHAT = Yield(text="/choices/*/message/content")


def chatting(
    name: str,
    model: str,
    *,
    usd: float = 0.0,
    free: bool = False,
    lifecycle: Lifecycle = "active",
    successor: str = "",
) -> Offer:
    """Return the offer of a language model that is asked so."""
    return Offer(name, model, TEXT, chat, CHAT, usd=usd, free=free, lifecycle=lifecycle, successor=successor)


def nearest(params: Mapping[str, Any], ratios: Sequence[str], default: str = "1:1") -> str:
    """Return which of some aspects, written `16:9`, is nearest to the width and height that are asked for."""
    width, height = params.get("width_px"), params.get("height_px")
    if not width or not height:
        return default
    return min(ratios, key=lambda ratio: abs(log(_aspect(ratio)) - log(width / height)))


def _aspect(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return float(width) / float(height)


def with_style(params: Mapping[str, Any]) -> str:
    """Return the prompt, with the name of its style behind it."""
    style = params.get("style")
    return f"{params['prompt']}, {str(style).replace('-', ' ')} style" if style else str(params["prompt"])


def seconds(params: Mapping[str, Any], allowed: Sequence[int], default: int) -> int:
    """Return the shortest length that holds what is asked for, or the longest there is."""
    wanted = params.get("duration_s", default)
    return next((each for each in sorted(allowed) if each >= wanted), max(allowed))


def file_part(asked: Asked, pointer: str, name: str) -> Part | None:
    """Return a given file as a part of a form."""
    found = asked.given(pointer)
    if found is None:
        return None
    return Part(f"{name}.{found.media_type.rpartition('/')[2] or 'bin'}", found.media_type, found.content)
