"""What this installation offers to requests: closed sets of names, and the engines that do the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.languages import LANGUAGES
from catalog.models import MODELS, Model
from catalog.moods import MOODS
from catalog.motions import MOTIONS
from catalog.policies import Policies
from catalog.styles import styles
from catalog.transitions import TRANSITIONS
from catalog.voices import VOICES
from planning.routing.availability import Fleet
from schemas.budget import CompositionBudget
from schemas.capabilities import Capability

_REMEDY = "a local model or a remote provider would: none is configured on this installation"
_BUDGET = CompositionBudget()
_FLEET = Fleet()
_POLICIES = Policies()


@dataclass(frozen=True, slots=True)
class Offers:
    """The names a request may use here, and who does its work.

    - `voices`: the language of each voice, "mul" for one that speaks all.
    - `candidates`: the engines that there are, in order of preference.
    - `fleet`: which of them run here.
    - `policies`: which of them each tenant may use.
    - `remedies`: what would add an engine for a capability.
    - `bucket`: where `s3://` assets lie; None leaves that to whoever looks them up.
    - `target_languages`: None means that any is tried.
    - `budget`: what one composition may cost.
    """

    styles: frozenset[str] = frozenset()
    voices: Mapping[str, str] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    transitions: frozenset[str] = frozenset()
    moods: frozenset[str] = frozenset()
    motions: frozenset[str] = frozenset()
    candidates: tuple[Model, ...] = ()
    fleet: Fleet = field(default_factory=Fleet)
    policies: Policies = field(default_factory=Policies)
    remedies: Mapping[str, str] = field(default_factory=dict)
    recipes: frozenset[str] = frozenset()
    bucket: str | None = None
    target_languages: frozenset[str] | None = None
    budget: CompositionBudget = field(default_factory=CompositionBudget)


def offers(
    fleet: Fleet = _FLEET, budget: CompositionBudget = _BUDGET, policies: Policies = _POLICIES
) -> Offers:
    """Return what the catalogue offers where these engines run, to whom, and what a composition may cost."""
    return Offers(
        styles=frozenset(style.id for style in styles()),
        voices={name: voice.language for voice in VOICES for name in (voice.id, *voice.aliases)},
        languages=frozenset(language.code for language in LANGUAGES),
        transitions=frozenset(name for row in TRANSITIONS.values() for name in (row.name, *row.aliases)),
        moods=frozenset(mood.name for mood in MOODS),
        motions=frozenset(motion.id for motion in MOTIONS),
        candidates=MODELS,
        fleet=fleet,
        policies=policies,
        remedies={capability.value: _REMEDY for capability in Capability},
        budget=budget,
    )
