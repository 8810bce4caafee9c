"""Which parts of a place a film visits in turn, in words that a painter of pictures knows."""

from __future__ import annotations

PARTS: dict[str, tuple[str, ...]] = {
    "sea": ("by the sea", "at the harbour", "on the cliffs above the sea", "on the beach", "on the shore of an island"),
    "underwater": ("underwater", "underwater by a coral reef", "on the seabed"),
    "forest": ("in the forest", "in the deep forest", "in a wide meadow", "by a river in the hills"),
    "mountain": ("in the mountains", "in a high valley", "by a clear lake", "in a wide meadow"),
    "desert": ("in the desert", "among the dunes", "in the wide desert", "at an oasis in the desert"),
    "city": ("in a city street", "in the city", "in a park", "on a rooftop above the city"),
    "space": ("on a distant planet", "in outer space", "on the planet"),
    "sky": ("high above the clouds", "in the sky", "over the hills", "over the mountains"),
    "snow": ("in a snowy meadow", "in the snowy mountains", "in a snowy forest", "in a snowy village"),
    "village": ("in a small village", "at the edge of the village", "in a garden", "in the fields outside the village"),
    "farm": ("in the fields", "in a meadow", "in a garden", "on a farm"),
    "river": ("by the river", "on the riverbank", "by a lake", "in a meadow"),
    "castle": ("among the hills", "in a valley", "in the forest", "in a village"),
    "room": ("in a room", "indoors", "in the living room", "in the kitchen", "in the garden"),
    "workshop": ("in a workshop", "in the workshop", "indoors", "in a village"),
    "road": ("on a country road", "on a road through the fields", "in the hills", "in the mountains"),
    "stage": ("in a studio", "in a city street", "in a room", "in the city"),
    "cave": ("in the mountains", "in a dark valley", "in the forest"),
    "hills": ("in the hills", "in a meadow", "by a river", "in the mountains"),
}  # fmt: skip
"""By kind of place; the first is the place itself, where a film begins and mostly stays."""

ANYWHERE = frozenset({"sea", "underwater", "desert", "space", "snow", "mountain", "road", "city"})
"""Kinds of place whose lines are true in every part of them; elsewhere only the first two are alike."""

PLANET = ("on a distant planet", "on the planet", "in outer space", "on the planet")
