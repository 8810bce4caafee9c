"""Which engines of the catalogue can run on this installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fleet:
    """Every engine runs here but those of `elsewhere`: for each what would make it run ("set OPENAI_API_KEY").

    Those of `ailing` do, and fail lately: for each what is said of it.
    """

    elsewhere: Mapping[str, str] = field(default_factory=dict)
    ailing: Mapping[str, str] = field(default_factory=dict)

    def runs(self, engine: str) -> bool:
        """Whether an engine can run here."""
        return engine not in self.elsewhere

    def ails(self, engine: str) -> bool:
        """Whether new work had better go to another engine."""
        return engine in self.ailing
