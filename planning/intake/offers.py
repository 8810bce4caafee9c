"""What the running catalogue offers, as closed sets of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Offers:
    """The names a wish may use here.

    `voices` maps a voice to its language. `engines` maps an engine that runs here to its capabilities;
    `engines_elsewhere` maps one that is known but does not run here to what would make it run ("set
    OPENAI_API_KEY"). `qualities` maps draft, standard and high to the capabilities that some engine of this
    installation has at it; `remedies` maps a capability to what would add an engine for it.
    `target_languages` None means that any is tried.
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
    remedies: Mapping[str, str] = field(default_factory=dict)
    recipes: frozenset[str] = frozenset()
    target_languages: frozenset[str] | None = None
