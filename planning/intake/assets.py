"""Which assets a request names, where, and what they must be for it to work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planning.intake.pieces import Piece, pieces
from planning.recipes.table import newest
from schemas.capabilities import CAPABILITIES
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.mediakinds import MediaKind
from schemas.pointers import Place, places, pointer
from schemas.timeline import TRACK_KINDS


@dataclass(frozen=True, slots=True)
class AssetInput:
    """An asset that a request names by address, at a pointer into the request, and the kinds of media it may be."""

    pointer: str
    address: str
    kinds: frozenset[MediaKind]


def asset_inputs(request: Mapping[str, Any]) -> tuple[AssetInput, ...]:
    """Find every asset address of a request, in its JSON form."""
    found = [
        AssetInput(pointer(at), value, kinds)
        for piece in pieces(request)
        for at, value, kinds in asset_places(piece)
        if isinstance(value, str)
    ]
    for pattern, kinds in newest(request.get("kind")).assets:
        for at, value in places(request, pattern):
            if isinstance(value, str):
                found.append(AssetInput(pointer(at), value, kinds))
    return tuple(found)


def bucket_problems(request: Mapping[str, Any], bucket: str | None) -> Iterator[Problem]:
    """Say which assets of a request lie in a bucket that is not ours."""
    for found in asset_inputs(request) if bucket is not None else ():
        if found.address.startswith("s3://") and not found.address.startswith(f"s3://{bucket}/"):
            message = f"assets lie in our bucket: s3://{bucket}/..."
            yield Problem(code=ErrorCode.INVALID_REQUEST, path=found.pointer, message=message)


def asset_addresses(request: Mapping[str, Any]) -> dict[str, str]:
    """Map the pointer of each asset that a request names by address to that address."""
    return {found.pointer: found.address for found in asset_inputs(request)}


def asset_places(piece: Piece) -> Iterator[tuple[Place, Any, frozenset[MediaKind]]]:
    """Yield where an asset may stand among the parameters, what stands there, and which kinds may."""
    for pattern, kinds in CAPABILITIES[piece.capability].inputs.items():
        for at, value in places(piece.params, pattern):
            yield (*piece.params_at, *at), value, _of_track(piece, at) or kinds


def _of_track(piece: Piece, at: Place) -> frozenset[MediaKind] | None:
    if at[:2] != ("timeline", "tracks"):
        return None
    kind = piece.params["timeline"]["tracks"][at[2]].get("kind")
    return TRACK_KINDS.get(kind) if isinstance(kind, str) else None
