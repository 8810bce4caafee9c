"""Which engines the models of providers are: a row for each offer of a card."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.languages import LANGUAGES
from catalog.models.row import Model
from catalog.providers import PROVIDERS
from catalog.providers.card import Provider

OWN_VOICE = "its-own"
"""What stands in the place of voices of the catalogue, which providers do not have."""
_EVERY_LANGUAGE = tuple(language.code for language in LANGUAGES)


def rows_of(card: Provider) -> Iterator[Model]:
    """Yield a row of the catalogue for each model of a provider."""
    for offer in card.offers:
        speaks = "text-to-speech" in offer.capabilities
        yield Model(
            name=f"{card.id}-{offer.name}",
            capabilities=offer.capabilities,
            family="remote",
            target="engines.remote.engine:CardEngine",
            arguments=(card.id, offer.name),
            revision="1",
            description=f"{offer.model} at {card.name}" + (", which costs nothing." if offer.free else "."),
            weights_licence=f"none (runs at {card.name})",
            qualities=offer.qualities,
            limits=offer.limits,
            languages=_EVERY_LANGUAGE if speaks else (),
            voices=(OWN_VOICE,) if speaks else (),
            deterministic=False,
            usd_per_task=offer.usd,
            lifecycle=offer.lifecycle,
            successor=offer.successor,
            provider=card.id,
            provider_model=offer.model,
            keys=(card.key, *(() if card.address else (card.address_variable,))),
            longest_silence_s=offer.longest_s,
        )


REMOTE: tuple[Model, ...] = tuple(row for card in PROVIDERS for row in rows_of(card))
"""The models of providers, as rows."""
