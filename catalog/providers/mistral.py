"""Mistral: words in the usual shape, and speech."""

from __future__ import annotations

from catalog.providers.card import Asked, Call, Offer, Provider, Yield
from catalog.providers.shapes import chatting


def _speech(asked: Asked) -> Call:
    body = {"model": asked.model, "input": asked.params["text"], "voice_id": "en_paul_neutral"}
    return Call("/audio/speech", {**body, "response_format": asked.params.get("format", "wav")})


MISTRAL = Provider(
    id="mistral",
    name="Mistral",
    address="https://api.mistral.ai/v1",
    key="MISTRAL_API_KEY",
    offers=(
        chatting("small", "mistral-small-latest", usd=0.0005),
        chatting("medium", "mistral-medium-latest", usd=0.002),
        Offer("voxtral-tts", "voxtral-mini-tts-latest", ("text-to-speech",), _speech,
              Yield(base64="/audio_data"), usd=0.016, limits=(("speed", 1.0), ("pitch", 1.0))),
    ),
)  # fmt: skip
