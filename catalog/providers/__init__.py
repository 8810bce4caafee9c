"""Which providers there are, a card each."""

from __future__ import annotations

from catalog.providers.anthropic import ANTHROPIC
from catalog.providers.azure import AZURE
from catalog.providers.card import Provider
from catalog.providers.elevenlabs import ELEVENLABS
from catalog.providers.fal import FAL
from catalog.providers.gemini import GEMINI
from catalog.providers.mistral import MISTRAL
from catalog.providers.openai import OPENAI
from catalog.providers.openrouter import OPENROUTER
from catalog.providers.replicate import REPLICATE
from catalog.providers.runway import RUNWAY
from catalog.providers.stability import STABILITY
from catalog.providers.together import TOGETHER
from catalog.providers.xai import XAI

PROVIDERS: tuple[Provider, ...] = (
    FAL, REPLICATE, TOGETHER, OPENROUTER, OPENAI, ANTHROPIC, GEMINI, XAI, MISTRAL, AZURE, ELEVENLABS, STABILITY, RUNWAY,
)  # fmt: skip
_BY_ID = {each.id: each for each in PROVIDERS}


def provider(id_: str) -> Provider | None:
    """Return the card of a provider."""
    return _BY_ID.get(id_)
