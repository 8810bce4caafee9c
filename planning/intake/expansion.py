"""Whether a request grows too large when it is carried out: what is kept of it, and the orders that it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_json

from planning.intake.assets import asset_inputs, asset_places
from planning.intake.pieces import Piece, pieces
from planning.recipes.table import newest
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.log import JobAccepted
from schemas.pointers import pointer
from schemas.references import is_reference
from schemas.sizes import BUDGETS

GROWS_FROM_BYTES = 150_000
"""A smaller request of assets and references does not become too large, so that most are not looked at."""

GIVEN_BYTES, MADE_BYTES = 320, 420
"""What an asset is described with: two names and three digests, and of one that was made here what was measured."""

_ASSET_ID_BYTES = 73
_REFERENCE_BYTES = len('{"$from":""}')
_QUOTES_BYTES = 4
_NODE_BYTES = 150
_OTHER_BYTES = 4_000
"""Ids, names and all that is the same however large the request is."""


def expansion_problems(request: Mapping[str, Any]) -> Iterator[Problem]:
    """Say which part of a request would make its job or one of its orders larger than their records may be.

    A guess from above, so that nothing is looked for in vain; texts that others write are not known yet.
    """
    size = _json_bytes(request)
    if size < GROWS_FROM_BYTES:
        return
    found = list(pieces(request))
    yield from _too_many_assets(request, size, len(found))
    for piece in found:
        yield from _too_large_order(piece, size)


def acceptance_problem(event: JobAccepted) -> Problem | None:
    """Say that the acceptance of a request is too large for its record, and what makes it so."""
    size = len(event.to_bytes())
    if size <= BUDGETS["log"]:
        return None
    part = next((name for name in newest(event.kind).grows_by if name in event.request), None)
    return _problem(f"/{part}" if part else "", "this request, planned,", size, BUDGETS["log"])


def _too_many_assets(request: Mapping[str, Any], size: int, nodes: int) -> Iterator[Problem]:
    """The acceptance has the request, its nodes, and what was found under each address."""
    first: dict[str, str] = {}
    for item in asset_inputs(request):
        first.setdefault(item.address, item.pointer)
    addresses = sum(len(address.encode("utf-8", "surrogatepass")) for address in first)
    total = 2 * size + nodes * _NODE_BYTES + _OTHER_BYTES + addresses
    total += len(first) * (GIVEN_BYTES + _QUOTES_BYTES)
    budget = BUDGETS["log"]
    if first and total > budget:
        fit = len(first) * budget // total
        what = f"with its {len(first)} different assets, of which about {fit} have room, this request"
        yield _problem(list(first.values())[fit], what, total, budget)


def _too_large_order(piece: Piece, request_size: int) -> Iterator[Problem]:
    """An order has its parameters with assets in place of references, and each asset with all of its places."""
    budget = BUDGETS["tasks"]
    grown = _OTHER_BYTES
    seen: set[str] = set()
    for at, value, _ in asset_places(piece):
        name = value.get("$from") if is_reference(value) else value
        if not isinstance(name, str):
            continue
        grown += len(pointer(at[len(piece.params_at) :])) + _QUOTES_BYTES
        if is_reference(value):
            grown += _ASSET_ID_BYTES - _REFERENCE_BYTES - len(name)
        if name not in seen:
            seen.add(name)
            grown += MADE_BYTES if is_reference(value) else GIVEN_BYTES
    if grown + request_size <= budget:
        return
    size = grown + _json_bytes(piece.params)
    if size > budget:
        part = ("timeline",) if "timeline" in piece.params else ()
        yield _problem(pointer((*piece.params_at, *part)), "the work order of this", size, budget)


def _problem(path: str, what: str, size: int, budget: int) -> Problem:
    message = f"{what} would have about {size} bytes, and {budget} are the most: divide it into smaller ones"
    return Problem(code=ErrorCode.UNSUPPORTED, path=path, message=message)


def _json_bytes(value: Any) -> int:
    return len(to_json(value))
