"""What the rules understood of a brief: who, what, where, when, why, and in which tone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["tale", "view", "promo", "topic", "greeting", "passage", "phrase"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what the film is about, and how English speaks of it."""

    full: str
    """With article and attributes, as it is met for the first time: "a lonely old robot"."""
    short: str
    """As it is spoken of afterwards: "the robot"."""
    head: str
    """The bare noun: "robot"."""
    plural: bool = False
    they: str = "they"
    them: str = "them"
    their: str = "their"
    themself: str = "themselves"
    speaks_plural: bool = True
    """Whether the pronoun takes the plural verb: they walk, it walks."""
    person: int = 3
    animate: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """What the subject does: the first verb, all that follows it, and the shorter ways to say it."""

    base: str
    rest: str
    short_rest: str
    steps: tuple[tuple[str, str], ...] = ()
    """Further verbs in the brief, in order, each with what follows it."""


@dataclass(frozen=True, slots=True)
class Idea:
    """A brief, understood as far as rules can."""

    brief: str
    kind: Kind
    subject: Subject | None = None
    action: Action | None = None
    goal: str | None = None
    """What the subject wants, as an infinitive: "to fly to the moon"."""
    place: str | None = None
    """Where, with its preposition: "in a snowy forest"."""
    scenery: str = "hills"
    """The kind of place, a key of `engines.draft.story.places.PLACES`."""
    time: str | None = None
    weather: str | None = None
    tone: str = "hopeful"
    nouns: tuple[str, ...] = ()
    sentences: tuple[str, ...] = field(default=())
    shown: str | None = None
    """The sentence that one picture shows, where the brief is a text of its own."""
    opening: str = ""
    """What stands before the main clause: "when the lights go out"."""
    clause: str | None = None
    """The brief as one English clause in the present tense, without its lead-in."""
