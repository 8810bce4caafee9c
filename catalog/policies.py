"""What a tenant may have its work done by: licences, families and engines, and what an engine has against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from catalog.models import Model
from schemas.capabilities import CAPABILITIES, Capability
from schemas.choices import FAMILIES, Family
from schemas.mediakinds import READ

_NO_LICENCE = "none"
"""What a row says of weights that it does not have begins so."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an engine is not for a tenant, and whether it is for its licence."""

    because: str
    of_licence: bool


@dataclass(frozen=True, slots=True)
class TenantPolicy:
    """What one tenant may use.

    - `commercial_only`: only engines whose code and weights may be used to earn money.
    - `licences`: the only ones that code and weights may have; None means any.
    - `families`: where results may come from; what puts finished media together is asked for none.
    - `engines`: the only ones; None means all. `denied_engines`: none of these.
    """

    commercial_only: bool = True
    licences: tuple[str, ...] | None = None
    families: tuple[Family, ...] = FAMILIES
    engines: tuple[str, ...] | None = None
    denied_engines: tuple[str, ...] = ()

    def objection(self, row: Model) -> Objection | None:
        """Return what keeps a tenant from an engine: its licence first, since that is the engine's own."""
        if self.commercial_only and not row.commercial_ok:
            return Objection(f"{_spelled_out(row)}, which allows no commercial use", True)
        if self.licences is not None and (others := self._others(row, self.licences)):
            allowed = ", ".join(self.licences) or "none"
            return Objection(f"{_spelled_out(row)}; allowed are {allowed}, not {', '.join(others)}", True)
        if row.family not in self.families and not _assembles(row):
            families = ", ".join(self.families) or "none"
            return Objection(f"its family is {row.family}; allowed are {families}", False)
        if self.engines is not None and row.name not in self.engines:
            return Objection(f"allowed are {', '.join(self.engines) or 'none'}", False)
        if row.name in self.denied_engines:
            return Objection("it is one of the denied engines", False)
        return None

    @staticmethod
    def _others(row: Model, licences: tuple[str, ...]) -> list[str]:
        allowed = {_spelling(name) for name in licences}
        return [name for name in dict.fromkeys(licences_of(row)) if _spelling(name) not in allowed]


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy of every tenant: its own, or that of those that have none."""

    default: TenantPolicy = field(default_factory=TenantPolicy)
    tenants: Mapping[str, TenantPolicy] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, tenant: object) -> TenantPolicy:
        """Return what a tenant may use."""
        return self.tenants.get(tenant, self.default) if isinstance(tenant, str) else self.default


EVERYTHING = TenantPolicy(commercial_only=False)
"""Objects to no engine."""


def licences_of(row: Model) -> Iterator[str]:
    """Yield each licence that an engine's code, weights and their sources have; several are joined by AND."""
    for text in (row.code_licence, row.weights_licence, *(source.licence for source in row.weights)):
        if not text.startswith(_NO_LICENCE):
            yield from text.split(" AND ")


def _spelled_out(row: Model) -> str:
    return f"its licence is {row.code_licence} (code), {row.weights_licence} (weights)"


def _spelling(licence: str) -> str:
    """A licence by its letters and digits alone: Apache-2.0 is apache 2.0."""
    return "".join(letter for letter in licence.casefold() if letter.isalnum() or letter == "+")


def _assembles(row: Model) -> bool:
    """Whether an engine puts media together; one that judges them is of the same workers and does not."""
    rows = [CAPABILITIES[Capability(name)] for name in row.capabilities]
    return bool(rows) and all(one.modality == "assembly" and not one.result <= READ for one in rows)
