"""Azure OpenAI: the models of OpenAI under an address of one's own (AZURE_BASE_URL), where each is a deployment."""

from __future__ import annotations

from dataclasses import replace

from catalog.providers import openai
from catalog.providers.card import Asked, Call, Offer, Provider, Yield
from catalog.providers.shapes import CHAT, TEXT, chat

_VERSION = "2025-04-01-preview"


def _deployed(call: Call, asked: Asked) -> Call:
    return replace(call, path=f"/openai/deployments/{asked.model}{call.path}?api-version={_VERSION}")


def _chat(asked: Asked) -> Call:
    return _deployed(chat(asked), asked)


def _paint(asked: Asked) -> Call:
    return _deployed(openai.paint(asked), asked)


def _speech(asked: Asked) -> Call:
    return _deployed(openai.speech(asked), asked)


AZURE = Provider(
    id="azure-openai",
    name="Azure OpenAI",
    address="",
    key="AZURE_OPENAI_API_KEY",
    authorization=("api-key", "{key}"),
    offers=(
        Offer("gpt-5-mini", "gpt-5-mini", TEXT, _chat, CHAT, usd=0.002),
        Offer("gpt-image-2", "gpt-image-2", ("image-generation", "image-editing"), _paint, openai.PICTURE, usd=0.042,
              limits=(("control", 0), ("references", 0))),
        Offer("tts", "gpt-4o-mini-tts", ("text-to-speech",), _speech, Yield(body=True), usd=0.015,
              limits=(("pitch", 1.0),)),
    ),
)  # fmt: skip
