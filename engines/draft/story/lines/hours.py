"""Which lines, and which words for a picture, belong to an hour of the day, to the weather and to a mood."""

from __future__ import annotations

from engines.draft.tables import read_table

_TABLE = read_table(__file__)
HOURS: dict[str, tuple[str, ...]] = _TABLE["hours"]
SKIES: dict[str, tuple[str, ...]] = _TABLE["skies"]
LIGHT: dict[str, tuple[str, str]] = _TABLE["light"]
"""When it is, and what light there is then."""
WEATHER_LOOK: dict[str, str] = _TABLE["weather_look"]
MOOD_LOOK: dict[str, str] = _TABLE["mood_look"]
TEMPO: dict[str, tuple[float, float]] = _TABLE["tempo"]
