"""Whether an engine of this installation can do what a request asks, at its quality and with its pins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.policies import Objection
from planning.intake.offers import Offers
from planning.intake.pieces import Piece, pieces
from planning.recipes.table import newest
from planning.routing.choose import (
    BeyondLimit,
    Need,
    NotAllowed,
    NotAtQuality,
    NotHere,
    OtherCapability,
    Policy,
    Reason,
    Refused,
    Retired,
    UnknownEngine,
    choose,
)
from planning.routing.languages import Foreign
from planning.routing.shapes import Misshapen
from schemas.capabilities import CAPABILITIES, Capability
from schemas.choices import BEST, QUALITIES
from schemas.codes import ErrorCode
from schemas.explain import nearest, quoted
from schemas.facts import Problem
from schemas.identity import DEFAULT_TENANT
from schemas.pointers import Place, pointer

_TOLD_REFUSED, _TOLD_ALLOWED = 3, 20
"""So many engines that a tenant may not use, and that it may, are named in one sentence."""


def engine_problems(request: Mapping[str, Any], offers: Offers) -> Iterator[Problem]:
    """Say which pinned engines do not exist or fit or are not for the tenant, and for which work there is none."""
    judge = _Judge(offers, Policy(tenant=offers.policies.of(request.get("tenant", DEFAULT_TENANT))))
    pins = request.get("engines")
    pins = pins if isinstance(pins, dict) else {}
    quality = request.get("quality", "draft")
    quality = quality if isinstance(quality, str) else ""
    for capability, name in pins.items():
        if capability in CAPABILITIES and isinstance(name, str):
            yield from judge.problems(Need(capability, quality, name), ("engines", capability))
    for piece in pieces(request):
        name = piece.params.get("engine")
        if isinstance(name, str):
            need = Need(piece.capability, quality, name)
            yield from judge.problems(need, (*piece.params_at, "engine"))
        elif piece.capability not in pins:
            yield from judge.problems(Need(piece.capability, quality), _where(piece))
        yield from judge.beyond(piece, name or pins.get(piece.capability), quality)
    recipe = newest(request.get("kind"))
    for capability in map(Capability, recipe.capabilities(request)):
        pin = pins.get(capability)
        if capability not in pins:
            yield from judge.problems(Need(capability, quality), ("quality",))
        if pin is None or isinstance(pin, str):
            need = Need(capability, quality, pin, works=recipe.works(request, capability))
            yield from judge.strange(need, ())


def _where(piece: Piece) -> Place:
    return ("kind",) if not piece.params_at else (*piece.at, "capability")


@dataclass(frozen=True, slots=True)
class _Judge:
    """Asks for the engine of one need after another, for one tenant, and puts into words why there is none."""

    offers: Offers
    policy: Policy

    def problems(self, need: Need, at: Place) -> Iterator[Problem]:
        """Say at the place that names the engine or the work why none does it."""
        for reason in self._refusals(need):
            if isinstance(reason, BeyondLimit | Misshapen | Foreign) or (
                isinstance(reason, NotAtQuality) and need.quality not in {*QUALITIES, BEST}
            ):
                continue
            code, message = _told(reason, need, self.offers)
            yield Problem(code=code, path=pointer(at), message=message)

    def beyond(self, piece: Piece, pinned: Any, quality: str) -> Iterator[Problem]:
        """Say at its own place which parameter is more than the engine that will do the work can do."""
        pin = pinned if isinstance(pinned, str) else None
        need = Need(piece.capability, quality, pin, piece.params, works=(piece.params,))
        yield from self.strange(need, piece.params_at)
        for reason in self._refusals(need):
            if isinstance(reason, BeyondLimit):
                at = (*piece.params_at, reason.parameter)
                could = "cannot do this" if reason.limit == 0 else f"does at most {reason.limit:g}"
                message = f"the engine {quoted(reason.engine)} {could}"
                yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)
            elif isinstance(reason, Misshapen):
                at = (*piece.params_at, reason.parameter)
                yield Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=str(reason))

    def strange(self, need: Need, at: Place) -> Iterator[Problem]:
        """Say of an engine that would do the work, below the place of its parameters, which of them it does not know."""
        for reason in self._refusals(need):
            if isinstance(reason, Foreign):
                message = (
                    f"the engine {quoted(reason.engine)} has no such {reason.parameter}; it knows "
                    f"{', '.join(reason.known)}, and {self._others(need)}"
                )
                yield Problem(
                    code=ErrorCode.UNSUPPORTED, path=pointer((*at, reason.parameter)), message=message
                )

    def _others(self, need: Need) -> str:
        able = [
            row
            for row in self.offers.candidates
            if need.capability in row.capabilities and not row.languages and self.offers.fleet.runs(row.name)
        ]
        if not able:
            return "no other engine here does this"
        return f"{able[0].name} (quality {' or '.join(able[0].qualities)}) knows more"

    def _refusals(self, need: Need) -> tuple[Reason, ...]:
        found = choose(need, self.offers.candidates, self.policy, self.offers.fleet)
        return found.reasons if isinstance(found, Refused) else ()


def _told(reason: Reason, need: Need, offers: Offers) -> tuple[ErrorCode, str]:
    """Return the code and the words of a reason that is about an engine as a whole."""
    match reason:
        case UnknownEngine(engine, able):
            return ErrorCode.UNSUPPORTED, f"no engine {quoted(engine)} here; {nearest(engine, able)}"
        case OtherCapability(engine, able):
            message = f"the engine {quoted(engine)} does not do {need.capability}; {nearest(engine, able)}"
            return ErrorCode.UNSUPPORTED, message
        case Retired(engine, successor):
            instead = f"{quoted(successor)} takes its place" if successor else "nothing takes its place"
            return ErrorCode.ENGINE_UNAVAILABLE, f"the engine {quoted(engine)} is retired; {instead}"
        case NotAllowed(engine, objection, able):
            message = f"the engine {quoted(engine)} is not for this tenant: {objection.because}; {_may(able)}"
            return _code(objection), message
        case NotHere(engine, remedy):
            message = f"the engine {quoted(engine)} cannot run here: {remedy}"
            return ErrorCode.ENGINE_UNAVAILABLE, message
        case NotAtQuality():
            return _none_at_quality(reason, need, offers)
        case BeyondLimit(engine, parameter) | Misshapen(engine, parameter) | Foreign(engine, parameter):
            return ErrorCode.UNSUPPORTED, f"the engine {quoted(engine)} cannot do this {parameter}"


def _none_at_quality(reason: NotAtQuality, need: Need, offers: Offers) -> tuple[ErrorCode, str]:
    code, hints = ErrorCode.ENGINE_UNAVAILABLE, []
    if reason.elsewhere:
        engine, remedy = reason.elsewhere[0]
        hints.append(f"{quoted(engine)} would: {remedy}")
    elif reason.refused and all(objection.of_licence for _, objection in reason.refused):
        code = ErrorCode.LICENCE_REFUSED
    for engine, objection in reason.refused[:_TOLD_REFUSED]:
        hints.append(f"{quoted(engine)} is not for this tenant: {objection.because}")
    if reason.others and not reason.elsewhere:
        hints.append(f"quality {' or '.join(reason.others)} has one")
    hint = "; ".join(hints) or offers.remedies.get(need.capability, "the catalogue lists engines that do")
    at = f"does {need.capability} at quality {need.quality}"
    return code, f"no engine of this installation {at}; {hint}"


def _code(objection: Objection) -> ErrorCode:
    return ErrorCode.LICENCE_REFUSED if objection.of_licence else ErrorCode.ENGINE_UNAVAILABLE


def _may(able: Sequence[str]) -> str:
    """Say which engines may do the work instead."""
    return f"{', '.join(able[:_TOLD_ALLOWED])} may do this work" if able else "none that may does this work"
