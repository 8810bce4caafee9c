"""Which pieces of work a request as given holds, and where; wrong types are passed over, others report them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planning.recipes.contract import Piece
from planning.recipes.table import newest


def pieces(request: Mapping[str, Any]) -> Iterator[Piece]:
    """Yield each piece of work that a request asks for by itself."""
    return newest(request.get("kind")).pieces(request)


__all__ = ["Piece", "pieces"]
