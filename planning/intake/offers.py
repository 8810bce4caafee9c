"""What the running catalogue offers, as closed sets of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.budget import CompositionBudget


@dataclass(frozen=True, slots=True)
class Offers:
    """The names a request may use here.

    - `voices`: the language of each voice, "mul" for one that speaks all.
    - `engines`: the capabilities of each engine that runs here.
    - `engines_elsewhere`: what would make a known engine that does not run here run ("set OPENAI_API_KEY").
    - `qualities`: for draft, standard and high the capabilities that some engine has at it.
    - `chosen`: for each quality and capability the engine that does it when none is pinned.
    - `limits`: for each engine the largest values of its numeric parameters ({"width_px": 1920}), 0 for a
      switch that it does not have ({"audio": 0}).
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
    engines: Mapping[str, frozenset[str]] = field(default_factory=dict)
    engines_elsewhere: Mapping[str, str] = field(default_factory=dict)
    qualities: Mapping[str, frozenset[str]] = field(default_factory=dict)
    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    remedies: Mapping[str, str] = field(default_factory=dict)
    recipes: frozenset[str] = frozenset()
    bucket: str | None = None
    target_languages: frozenset[str] | None = None
    budget: CompositionBudget = field(default_factory=CompositionBudget)
