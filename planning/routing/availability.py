"""What this installation offers, read off the catalogue for intake."""

from __future__ import annotations

from functools import cache

from catalog.languages import LANGUAGES
from catalog.models import MODELS
from catalog.moods import MOODS
from catalog.motions import MOTIONS
from catalog.styles import styles
from catalog.transitions import TRANSITIONS
from catalog.voices import VOICES
from planning.intake import Offers
from schemas.budget import CompositionBudget
from schemas.capabilities import Capability
from schemas.choices import QUALITIES

_REMEDY = "a local model or a remote provider would: none is configured on this installation"
_BUDGET = CompositionBudget()


@cache
def offers(budget: CompositionBudget = _BUDGET) -> Offers:
    """Return the closed sets of names that a request may use here, and what a composition may cost."""
    return Offers(
        styles=frozenset(style.id for style in styles()),
        voices={name: voice.language for voice in VOICES for name in (voice.id, *voice.aliases)},
        languages=frozenset(language.code for language in LANGUAGES),
        transitions=frozenset(name for row in TRANSITIONS.values() for name in (row.name, *row.aliases)),
        moods=frozenset(mood.name for mood in MOODS),
        motions=frozenset(motion.id for motion in MOTIONS),
        engines={row.name: frozenset(row.capabilities) for row in MODELS},
        limits={row.name: dict(row.limits) for row in MODELS if row.limits},
        chosen={
            quality: {
                c: row.name for row in reversed(MODELS) if quality in row.qualities for c in row.capabilities
            }
            for quality in QUALITIES
        },
        qualities={
            quality: frozenset(c for row in MODELS if quality in row.qualities for c in row.capabilities)
            for quality in QUALITIES
        },
        remedies={capability.value: _REMEDY for capability in Capability},
        budget=budget,
    )
