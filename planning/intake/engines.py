"""Whether an engine of this installation can do what a request asks, at its quality and with its pins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planning.intake.offers import Offers
from planning.intake.pieces import Piece, pieces
from planning.recipes.table import newest
from planning.routing.choose import (
    BeyondLimit,
    Need,
    NotAtQuality,
    NotHere,
    OtherCapability,
    Reason,
    Refused,
    UnknownEngine,
    choose,
)
from planning.routing.languages import Foreign
from schemas.capabilities import CAPABILITIES, Capability
from schemas.choices import BEST, QUALITIES
from schemas.codes import ErrorCode
from schemas.explain import nearest, quoted
from schemas.facts import Problem
from schemas.pointers import Place, pointer


def engine_problems(request: Mapping[str, Any], offers: Offers) -> Iterator[Problem]:
    """Say which pinned engines do not exist or fit, and for which work there is none."""
    pins = request.get("engines")
    pins = pins if isinstance(pins, dict) else {}
    quality = request.get("quality", "draft")
    quality = quality if isinstance(quality, str) else ""
    for capability, name in pins.items():
        if capability in CAPABILITIES and isinstance(name, str):
            yield from _problems(Need(capability, quality, name), ("engines", capability), offers)
    for piece in pieces(request):
        name = piece.params.get("engine")
        if isinstance(name, str):
            need = Need(piece.capability, quality, name)
            yield from _problems(need, (*piece.params_at, "engine"), offers)
        elif piece.capability not in pins:
            yield from _problems(Need(piece.capability, quality), _where(piece), offers)
        yield from _beyond(piece, name or pins.get(piece.capability), quality, offers)
    recipe = newest(request.get("kind"))
    for capability in map(Capability, recipe.capabilities(request)):
        pin = pins.get(capability)
        if capability not in pins:
            yield from _problems(Need(capability, quality), ("quality",), offers)
        if pin is None or isinstance(pin, str):
            need = Need(capability, quality, pin, works=recipe.works(request, capability))
            yield from _strange(need, (), offers)


def _where(piece: Piece) -> Place:
    return ("kind",) if not piece.params_at else (*piece.at, "capability")


def _problems(need: Need, at: Place, offers: Offers) -> Iterator[Problem]:
    """Say at the place that names the engine or the work why none does it."""
    for reason in _refusals(need, offers):
        match reason:
            case UnknownEngine(engine, able):
                message = f"no engine {quoted(engine)} here; {nearest(engine, able)}"
                yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)
            case OtherCapability(engine, able):
                message = (
                    f"the engine {quoted(engine)} does not do {need.capability}; {nearest(engine, able)}"
                )
                yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)
            case NotHere(engine, remedy):
                message = f"the engine {quoted(engine)} cannot run here: {remedy}"
                yield Problem(code=ErrorCode.ENGINE_UNAVAILABLE, path=pointer(at), message=message)
            case NotAtQuality(others, elsewhere) if need.quality in {*QUALITIES, BEST}:
                if elsewhere:
                    engine, remedy = elsewhere[0]
                    hint = f"{quoted(engine)} would: {remedy}"
                elif others:
                    hint = f"quality {' or '.join(others)} has one"
                else:
                    hint = offers.remedies.get(need.capability, "the catalogue lists engines that do")
                message = (
                    f"no engine of this installation does {need.capability} at quality {need.quality}; {hint}"
                )
                yield Problem(code=ErrorCode.ENGINE_UNAVAILABLE, path=pointer(at), message=message)


def _beyond(piece: Piece, pinned: Any, quality: str, offers: Offers) -> Iterator[Problem]:
    """Say at its own place which parameter is more than the engine that will do the work can do."""
    pin = pinned if isinstance(pinned, str) else None
    need = Need(piece.capability, quality, pin, piece.params, works=(piece.params,))
    yield from _strange(need, piece.params_at, offers)
    for reason in _refusals(need, offers):
        if isinstance(reason, BeyondLimit):
            at = (*piece.params_at, reason.parameter)
            could = "cannot do this" if reason.limit == 0 else f"does at most {reason.limit:g}"
            message = f"the engine {quoted(reason.engine)} {could}"
            yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)


def _strange(need: Need, at: Place, offers: Offers) -> Iterator[Problem]:
    """Say of an engine that would do the work, below the place of its parameters, which of them it does not know."""
    for reason in _refusals(need, offers):
        if isinstance(reason, Foreign):
            message = (
                f"the engine {quoted(reason.engine)} has no such {reason.parameter}; it knows "
                f"{', '.join(reason.known)}, and {_others(need, reason, offers)}"
            )
            yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer((*at, reason.parameter)), message=message)


def _others(need: Need, reason: Foreign, offers: Offers) -> str:
    able = [
        row
        for row in offers.candidates
        if need.capability in row.capabilities and not row.languages and offers.fleet.runs(row.name)
    ]
    if not able:
        return "no other engine here does this"
    return f"{able[0].name} (quality {' or '.join(able[0].qualities)}) knows more"


def _refusals(need: Need, offers: Offers) -> tuple[Reason, ...]:
    found = choose(need, offers.candidates, fleet=offers.fleet)
    return found.reasons if isinstance(found, Refused) else ()
