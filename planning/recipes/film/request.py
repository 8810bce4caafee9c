"""What the request of a film says: its fields typed, and what it leaves open as the model of films has it."""

from __future__ import annotations

from typing import Any

from schemas.base import JsonObject
from schemas.film import Character, Film, Music, Scene


def film_of(request: JsonObject, defaults: JsonObject) -> Film:
    """Return the film that a request asks for, which intake found valid; `defaults` count before the model's.

    Nothing is judged or converted again: what an older version accepted may break a rule of today, and its job goes
    on as it began.
    """
    given: dict[str, Any] = {**defaults, **request}
    if given.get("scenes") is not None:
        given["scenes"] = tuple(Scene.model_construct(**scene) for scene in given["scenes"])
    if given.get("music") is not None:
        given["music"] = Music.model_construct(**given["music"])
    if "characters" in given:
        given["characters"] = tuple(Character.model_construct(**one) for one in given["characters"])
    return Film.model_construct(**given)
