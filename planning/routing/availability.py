"""Which engines of the catalogue can run on this installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from catalog.models import MODELS, Model


def wants_keys(row: Model) -> str:
    """Return what would make an engine run that needs keys."""
    return f"set {' and '.join(row.keys)} where its worker runs"


_KEYED: Mapping[str, str] = MappingProxyType({row.name: wants_keys(row) for row in MODELS if row.keys})


@dataclass(frozen=True, slots=True)
class Fleet:
    """Every engine runs here but those of `elsewhere`: for each what would make it run ("set OPENAI_API_KEY").

    Where nobody says what runs, those do that need no keys: what costs money is asked when a worker offers it.
    Those of `ailing` do, and fail lately: for each what is said of it.
    """

    elsewhere: Mapping[str, str] = field(default_factory=lambda: _KEYED)
    ailing: Mapping[str, str] = field(default_factory=dict)

    def runs(self, engine: str) -> bool:
        """Whether an engine can run here."""
        return engine not in self.elsewhere

    def ails(self, engine: str) -> bool:
        """Whether new work had better go to another engine."""
        return engine in self.ailing


ALL_RUN = Fleet({})
"""A fleet where every engine runs: what it refuses, all do."""
