"""Whether the names a request uses are offered here: styles, voices, languages, transitions, moods, motions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.voices import ANY_LANGUAGE
from planning.intake.offers import Offers
from planning.intake.pieces import pieces
from planning.recipes.table import newest
from schemas.capabilities import CAPABILITIES
from schemas.codes import ErrorCode
from schemas.explain import did_you_mean, nearest, quoted
from schemas.facts import Problem
from schemas.pointers import Place, places, pointer

_SPOKEN = {("voice",), ("language",)}
"""Where both stand, they must belong together."""


def name_problems(request: Mapping[str, Any], offers: Offers) -> Iterator[Problem]:
    """Say which names of a request are not offered, and which are nearest to them."""
    recipe = newest(request.get("kind"))
    yield from _unknown(request, (), recipe.names.items(), offers)
    if recipe.names.keys() >= _SPOKEN:
        yield from _wrong_tongue(request.get("voice"), request.get("language"), ("voice",), offers)
    for piece in pieces(request):
        names = CAPABILITIES[piece.capability].names
        yield from _unknown(piece.params, piece.params_at, names.items(), offers)
        if names.keys() >= _SPOKEN:
            params = piece.params
            yield from _wrong_tongue(
                params.get("voice"), params.get("language"), (*piece.params_at, "voice"), offers
            )


def _unknown(
    value: Mapping[str, Any], at: Place, patterns: Iterable[tuple[tuple[str, ...], str]], offers: Offers
) -> Iterator[Problem]:
    for pattern, what in patterns:
        known = _known(what, offers)
        for place, name in places(value, pattern):
            if isinstance(name, str) and known is not None and name not in known:
                yield _unsupported((*at, *place), f"no {what} {quoted(name)} here; {nearest(name, known)}")


def _known(what: str, offers: Offers) -> Iterable[str] | None:
    return {
        "style": offers.styles,
        "voice": offers.voices.keys(),
        "language": offers.languages,
        "target language": offers.target_languages,
        "transition": offers.transitions,
        "mood": offers.moods,
        "motion": offers.motions,
        "recipe": offers.recipes,
    }[what]


def _wrong_tongue(voice: Any, language: Any, at: Place, offers: Offers) -> Iterator[Problem]:
    """Say that a voice speaks another language than is asked for."""
    if not isinstance(voice, str) or not isinstance(language, str):
        return
    spoken = offers.voices.get(voice)
    if spoken in {None, ANY_LANGUAGE} or language not in offers.languages or _same_tongue(spoken, language):
        return
    fitting = sorted(name for name, tongue in offers.voices.items() if _same_tongue(tongue, language))
    like = did_you_mean(voice, fitting) or (f'"{fitting[0]}" does' if fitting else "no voice here does")
    yield _unsupported(at, f"the voice {quoted(voice)} speaks {spoken}, not {language}; {like}")


def _same_tongue(one: str, other: str) -> bool:
    """Whether two language tags name one language: en and en-GB do, en-US and en-GB do not."""
    a, b = one.lower().split("-"), other.lower().split("-")
    shorter = min(len(a), len(b))
    return one == "mul" or a[:shorter] == b[:shorter]


def _unsupported(at: Place, message: str) -> Problem:
    return Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)
