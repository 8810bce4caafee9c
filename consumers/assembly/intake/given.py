"""Which assets a request gives: each found in the store, its kind told, its digest pinned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from consumers.assembly.intake.objects import Objects, Unusable
from consumers.assembly.intake.rights import tenant_in
from planning.intake import AssetInput, asset_inputs
from schemas.assets import Asset
from schemas.codes import ErrorCode
from schemas.explain import TOLD_AT_MOST
from schemas.facts import Problem
from schemas.mediakinds import media_kind
from schemas.references import ASSET_ADDRESS

T = TypeVar("T")

LOOKED_FOR_AT_MOST = 100
"""Of a request that is refused anyway, so many assets are looked for; an accepted one has all of its found."""

GIVEN_AT_MOST = 4000
"""Different assets that one request may give: each is a request to the store and a line of the acceptance."""

WITHIN_S = 300.0
"""So long a request may wait for what it gives; those behind it wait as long."""


async def missing_assets(request: Mapping[str, Any], objects: Objects) -> list[Problem]:
    """Say which assets of a request that is refused anyway are missing, so that it is told everything at once.

    Raises:
        StorageFailed: the store answers nobody; the request shall be tried again.
    """
    wanted = [item for item in asset_inputs(request) if ASSET_ADDRESS.fullmatch(item.address)]
    wanted = wanted[:LOOKED_FOR_AT_MOST]
    kinds = await _each(wanted, partial(objects.media_type, tenant_in(request)))
    # What was said of a file may be wrong: before a request is told so, its bytes are asked.
    doubted = [
        item
        for item in wanted
        if isinstance(kinds[item.address], str) and _problem(item, kinds[item.address])
    ]
    kinds |= await _each(doubted, partial(objects.judged, tenant_in(request)))
    return [problem for item in wanted if (problem := _problem(item, kinds[item.address]))]


async def find_assets(request: Mapping[str, Any], objects: Objects) -> tuple[dict[str, Asset], list[Problem]]:
    """Find every given asset in the store and pin its digest: the assets by address, or what is wrong.

    Raises:
        StorageFailed: the store answers nobody; the request shall be tried again.
    """
    wanted = asset_inputs(request)
    addresses = dict.fromkeys(item.address for item in wanted)
    if len(addresses) > GIVEN_AT_MOST:
        return {}, [_too_many(wanted, len(addresses))]
    given = await _each(wanted, partial(objects.pinned, tenant_in(request)))
    problems = (
        _problem(item, asset.media_type if isinstance(asset, Asset) else asset)
        for item in wanted
        for asset in [given[item.address]]
    )
    found = [problem for problem in problems if problem][:TOLD_AT_MOST]
    return {address: asset for address, asset in given.items() if isinstance(asset, Asset)}, found


async def _each(
    wanted: Sequence[AssetInput], ask: Callable[[str], Awaitable[T | Unusable]]
) -> dict[str, T | Unusable]:
    """Ask about each address once, many at the same time; what has no answer in time is unusable."""
    asked = {
        address: asyncio.ensure_future(ask(address))
        for address in dict.fromkeys(item.address for item in wanted)
    }
    try:
        if asked:
            await asyncio.wait(asked.values(), timeout=WITHIN_S, return_when=asyncio.FIRST_EXCEPTION)
        return {address: answer.result() if answer.done() else _LATE for address, answer in asked.items()}
    finally:
        for answer in asked.values():
            answer.cancel()
        await asyncio.gather(*asked.values(), return_exceptions=True)


_LATE = Unusable(ErrorCode.STORAGE_FAILED, f"this asset did not come from the store within {WITHIN_S:.0f} s")


def _too_many(wanted: Sequence[AssetInput], found: int) -> Problem:
    """Say so at the first asset that is one too many."""
    seen: set[str] = set()
    for item in wanted:
        seen.add(item.address)
        if len(seen) > GIVEN_AT_MOST:
            break
    message = f"a request gives at most {GIVEN_AT_MOST} different assets, and this one gives {found}"
    return Problem(code=ErrorCode.UNSUPPORTED, path=item.pointer, message=message)


def _problem(item: AssetInput, found: str | Unusable) -> Problem | None:
    """Say what is wrong with a given asset: it cannot be used, or is of another kind than is wanted."""
    if isinstance(found, Unusable):
        message = _missing(item.address) if found.code == ErrorCode.ASSET_NOT_FOUND else found.message
        return Problem(code=found.code, path=item.pointer, message=message)
    if media_kind(found) in item.kinds:
        return None
    allowed = " or ".join(sorted(item.kinds))
    message = f"this asset is {found}; {allowed} is wanted here"
    return Problem(code=ErrorCode.ASSET_INVALID, path=item.pointer, message=message)


def _missing(address: str) -> str:
    if address.startswith("s3://"):
        return "there is no such object in our bucket"
    return "there is no asset with this id"
