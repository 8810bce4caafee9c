"""What is known of one kind of place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of place: the words that name it, where it is, what is seen, said and feared there."""

    words: frozenset[str]
    where: str
    """How to say where we are when the brief does not: "by the sea"."""
    look: str
    """What a picture of it shows."""
    details: tuple[str, ...]
    troubles: tuple[str, ...]


def place(words: str, where: str, look: str, details: str, troubles: str) -> Place:
    """Return a place from its words, and its details and troubles one a line."""
    return Place(
        frozenset(words.split()),
        where,
        look,
        tuple(line.strip() for line in details.strip().splitlines()),
        tuple(line.strip() for line in troubles.strip().splitlines()),
    )
