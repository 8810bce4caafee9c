"""Commands are tried on the same small world as the operations that they call."""

from __future__ import annotations

from tests.operations.conftest import own, world

__all__ = ["own", "world"]
