"""Which engine does a piece of work, or why none does: the one choice at intake, at acceptance and after a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Model
from catalog.policies import EVERYTHING, Objection, TenantPolicy
from planning.routing.availability import Fleet
from planning.routing.languages import Foreign, foreign
from planning.routing.shapes import Misshapen, misshapen
from schemas.choices import BEST, QUALITIES, Quality
from schemas.references import is_reference
from schemas.script import FilmScript


@dataclass(frozen=True, slots=True)
class Need:
    """What shall be done.

    - `quality`: one of the qualities, or the best that runs here.
    - `pin`: the engine that shall do it, whatever qualities it has.
    - `params`: its parameters, as far as they are known; what no limit is about does not matter.
    - `failed`: engines that gave this very work up.
    - `works`: the parameters of all the work that the engine gets, as far as they are known: one that does not know a
      language or a voice among them is passed over.
    """

    capability: str
    quality: str
    pin: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    works: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What whoever asks allows: of engines what its tenant may use; `stand_in` does the work where none is left."""

    stand_in: Model | None = None
    tenant: TenantPolicy = EVERYTHING


@dataclass(frozen=True, slots=True)
class UnknownEngine:
    """There is no engine of the pinned name; `able` are those that run here and do the work."""

    engine: str
    able: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OtherCapability:
    """The pinned engine does other work; `able` are those that run here and do this."""

    engine: str
    able: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retired:
    """The pinned engine does no new work; `successor` takes its place, where it has one."""

    engine: str
    successor: str


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The pinned engine is not for this tenant; `able` are those that are, run here and do the work."""

    engine: str
    objection: Objection
    able: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotHere:
    """The pinned engine does not run here; `remedy` would make it."""

    engine: str
    remedy: str


@dataclass(frozen=True, slots=True)
class NotAtQuality:
    """No engine here does the work at its quality; at `others` one does, and `elsewhere` some would.

    Of the latter each is named with what would make it run here. `refused` are those that run here and that
    the tenant may not use, each with why.
    """

    others: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, Objection], ...] = ()


@dataclass(frozen=True, slots=True)
class BeyondLimit:
    """A parameter is more than the engine can do; a limit of 0 is a switch or a schema that it does not have."""

    engine: str
    parameter: str
    limit: float


Reason = (
    UnknownEngine
    | OtherCapability
    | Retired
    | NotAllowed
    | NotHere
    | NotAtQuality
    | BeyondLimit
    | Misshapen
    | Foreign
)


@dataclass(frozen=True, slots=True)
class Refused:
    """No engine does the work, for all these reasons."""

    reasons: tuple[Reason, ...]


MOST_FALLBACKS = 8
"""So many engines may go on for one, however many its row names."""
_NOTHING_MORE = Policy()
_ALL_RUN = Fleet()


def choose(
    need: Need, candidates: Sequence[Model], policy: Policy = _NOTHING_MORE, fleet: Fleet = _ALL_RUN
) -> Model | Refused:
    """Return the engine that does what is needed, or every reason why none does.

    It is the pinned one, else the first candidate that the tenant may use, that runs here and offers the quality; of
    the best it is the first that offers the highest quality. One that is deprecated comes after all others, and one
    that ails after those that can do no less. Languages and voices choose another. Limits refuse and choose no other:
    a job has one engine for each capability, whatever the parameters of its nodes are.
    """
    doing = [row for row in candidates if need.capability in row.capabilities and row.lifecycle != "retired"]
    able = [row for row in doing if fleet.runs(row.name) and policy.tenant.objection(row) is None]
    if need.pin is not None:
        return _pinned(need, need.pin, able, candidates, policy, fleet)
    strange: list[Reason] = []
    for quality in tuple(reversed(QUALITIES)) if need.quality == BEST else (need.quality,):
        offered = [row for row in able if quality in row.qualities and row.name not in need.failed]
        unknown = {row.name: tuple(_foreign(row, need)) for row in offered}
        strange += [reason for reasons in unknown.values() for reason in reasons]
        chosen = _first([row for row in offered if not unknown[row.name]], fleet)
        if chosen is not None:
            beyond = tuple(_beyond(chosen, need.params))
            return Refused(beyond) if beyond else chosen
    if policy.stand_in is not None and policy.stand_in.name not in need.failed:
        return policy.stand_in
    if strange:
        return Refused(tuple(dict.fromkeys(strange)))
    offering = [row for row in doing if _offers(row, need.quality) and row.name not in need.failed]
    objections = [(row, policy.tenant.objection(row)) for row in offering]
    return Refused(
        (
            NotAtQuality(
                tuple(quality for quality in QUALITIES if any(quality in row.qualities for row in able)),
                tuple(
                    (row.name, fleet.elsewhere[row.name])
                    for row, objection in objections
                    if objection is None and not fleet.runs(row.name)
                ),
                tuple((row.name, objection) for row, objection in objections if objection is not None),
            ),
        )
    )


def quality_of(row: Model, wanted: str) -> Quality:
    """Return the quality at which an engine does what is wanted: that one, or its best where that is wanted."""
    return next((q for q in reversed(QUALITIES) if q in row.qualities and wanted in {q, BEST}), "draft")


def fallbacks_of(
    row: Model,
    need: Need,
    candidates: Sequence[Model],
    fleet: Fleet = _ALL_RUN,
    policy: Policy = _NOTHING_MORE,
) -> tuple[str, ...]:
    """Return the engines that may do a piece of work when the chosen one gave it up, the first one first.

    They are declared by its row; the tenant may use them, they run here, offer the quality, and the parameters are
    within their limits. Those that ail come last.
    """
    rows = {other.name: other for other in candidates}
    named = [rows[name] for name in row.fallbacks if name in rows and name != row.name][:MOST_FALLBACKS]
    return tuple(
        other.name
        for other in sorted(named, key=lambda other: fleet.ails(other.name))
        if fleet.runs(other.name)
        and other.lifecycle != "retired"
        and policy.tenant.objection(other) is None
        and need.capability in other.capabilities
        and _offers(other, need.quality)
        and not any(_beyond(other, need.params))
        and foreign(other, need.params) is None
    )


def after_failure(declared: Sequence[str], failed: frozenset[str]) -> str | None:
    """Return the first of the engines that were declared at the acceptance which has not given the work up.

    What is in the catalogue or runs here by now must not matter: a log that is folded again gives the same job.
    """
    return next((name for name in declared if name not in failed), None)


def _offers(row: Model, quality: str) -> bool:
    return quality == BEST or quality in row.qualities


def _first(rows: Sequence[Model], fleet: Fleet) -> Model | None:
    """Return the first that is not deprecated, or of those the first; if it ails, one that is well and can do no less."""
    ranked = sorted(rows, key=lambda row: row.lifecycle == "deprecated")
    if not ranked or not fleet.ails(ranked[0].name):
        return next(iter(ranked), None)
    well = (row for row in ranked[1:] if not fleet.ails(row.name) and _does_no_less(row, ranked[0]))
    return next(well, ranked[0])


def _does_no_less(row: Model, other: Model) -> bool:
    """Whether every parameter that is within the limits of `other` is within those of `row`."""
    most = dict(other.limits)
    return all(parameter in most and most[parameter] <= limit for parameter, limit in row.limits)


def _pinned(
    need: Need,
    pin: str,
    able: Sequence[Model],
    candidates: Sequence[Model],
    policy: Policy,
    fleet: Fleet,
) -> Model | Refused:
    row = next((row for row in candidates if row.name == pin), None)
    names = tuple(sorted(row.name for row in able))
    if row is None:
        return Refused((UnknownEngine(pin, names),))
    if row.lifecycle == "retired":
        return Refused((Retired(pin, row.successor),))
    objection = policy.tenant.objection(row)
    refused = () if objection is None else (NotAllowed(pin, objection, names),)
    if not fleet.runs(pin):
        return Refused((*refused, NotHere(pin, fleet.elsewhere[pin])))
    reasons: list[Reason] = [*refused, *_beyond(row, need.params), *_foreign(row, need)]
    if need.capability not in row.capabilities:
        reasons.insert(0, OtherCapability(pin, names))
    return Refused(tuple(reasons)) if reasons else row


def _foreign(row: Model, need: Need) -> Iterator[Foreign]:
    found = (foreign(row, params) for params in need.works)
    yield from dict.fromkeys(each for each in found if each is not None)


def _beyond(row: Model, params: Mapping[str, Any]) -> Iterator[BeyondLimit | Misshapen]:
    """Yield which parameters are more than an engine can do; values of a wrong type are passed over."""
    yield from misshapen(row, params)
    for parameter, limit in row.limits:
        value = params.get(parameter)
        is_switch = limit == 0
        if isinstance(value, dict):
            # The engine of drafts writes JSON of one shape only: that of a film script.
            beyond = is_switch and not is_reference(value) and value != FilmScript.model_json_schema()
        elif isinstance(value, int | float) and isinstance(value, bool) == is_switch:
            beyond = value > limit
        elif isinstance(value, list | tuple):
            beyond = len(value) > limit
        else:
            beyond = False
        if beyond:
            yield BeyondLimit(row.name, parameter, limit)
