"""Whether an engine of this installation can do what a request asks, at its quality and with its pins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planning.intake.offers import Offers
from planning.intake.pieces import Piece, pieces
from planning.recipes.table import newest
from schemas.capabilities import Capability
from schemas.choices import QUALITIES
from schemas.codes import ErrorCode
from schemas.explain import nearest, quoted
from schemas.facts import Problem
from schemas.pointers import Place, pointer
from schemas.references import is_reference
from schemas.script import FilmScript

_CAPABILITIES = frozenset(capability.value for capability in Capability)


def engine_problems(request: Mapping[str, Any], offers: Offers) -> Iterator[Problem]:
    """Say which pinned engines do not exist or fit, and for which work there is none."""
    pins = request.get("engines")
    pins = pins if isinstance(pins, dict) else {}
    for capability, name in pins.items():
        if capability in _CAPABILITIES and isinstance(name, str):
            yield from _pin(name, capability, ("engines", capability), offers)
    quality = request.get("quality", "draft")
    for piece in pieces(request):
        name = piece.params.get("engine")
        if isinstance(name, str):
            yield from _pin(name, piece.capability, (*piece.params_at, "engine"), offers)
        elif piece.capability not in pins:
            yield from _none_for(piece.capability, quality, _where(piece), offers)
        yield from _beyond(piece, name or pins.get(piece.capability), quality, offers)
    for capability in map(Capability, newest(request.get("kind")).capabilities(request)):
        if capability not in pins:
            yield from _none_for(capability, quality, ("quality",), offers)


def _where(piece: Piece) -> Place:
    return ("kind",) if not piece.params_at else (*piece.at, "capability")


def _pin(name: str, capability: str, at: Place, offers: Offers) -> Iterator[Problem]:
    able = sorted(engine for engine, does in offers.engines.items() if capability in does)
    if name in offers.engines:
        if capability not in offers.engines[name]:
            message = f"the engine {quoted(name)} does not do {capability}; {nearest(name, able)}"
            yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)
    elif name in offers.engines_elsewhere:
        message = f"the engine {quoted(name)} cannot run here: {offers.engines_elsewhere[name]}"
        yield Problem(code=ErrorCode.ENGINE_UNAVAILABLE, path=pointer(at), message=message)
    else:
        message = f"no engine {quoted(name)} here; {nearest(name, able)}"
        yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)


def _beyond(piece: Piece, pinned: Any, quality: Any, offers: Offers) -> Iterator[Problem]:
    """Say which parameters are more than the engine that will do the work can do."""
    chosen = offers.chosen.get(quality, {}) if isinstance(quality, str) else {}
    engine = pinned if isinstance(pinned, str) else chosen.get(piece.capability)
    for parameter, limit in offers.limits.get(engine or "", {}).items():
        value = piece.params.get(parameter)
        is_switch = limit == 0
        if isinstance(value, dict):
            # The engine of drafts writes JSON of one shape only: that of a film script.
            beyond = is_switch and not is_reference(value) and value != FilmScript.model_json_schema()
        elif isinstance(value, int | float) and isinstance(value, bool) == is_switch:
            beyond = value > limit
        else:
            beyond = False
        if beyond:
            at = (*piece.params_at, parameter)
            could = "cannot do this" if is_switch else f"does at most {limit:g}"
            message = f"the engine {quoted(engine)} {could}"
            yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)


def _none_for(capability: Capability, quality: Any, at: Place, offers: Offers) -> Iterator[Problem]:
    if (
        not isinstance(quality, str)
        or quality not in QUALITIES
        or capability in offers.qualities.get(quality, ())
    ):
        return
    elsewhere = [other for other in QUALITIES if capability in offers.qualities.get(other, ())]
    if elsewhere:
        hint = f"quality {' or '.join(elsewhere)} has one"
    else:
        hint = offers.remedies.get(capability, "the catalogue lists engines that do")
    message = f"no engine of this installation does {capability} at quality {quality}; {hint}"
    yield Problem(code=ErrorCode.ENGINE_UNAVAILABLE, path=pointer(at), message=message)
