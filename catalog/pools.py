"""Which pools of workers there are, and whose orders each of them gets: one a modality, and those of rows and fleet file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from catalog.models import MODELS, PLACEHOLDER, Model
from schemas.capabilities import CAPABILITIES, Capability
from schemas.choices import MODALITIES


@dataclass(frozen=True, slots=True)
class Pool:
    """Workers that share their topics of orders and their group.

    - `engines`: whose orders they get; None means those of the catalogue that name no other pool.
    - `workers`: how many of them `reelbus up` starts, 0 for a pool that something else scales; None as it does without.
    - `slots`: how many orders one of them runs at the same time; None as the setting says.
    - `declared`: whether this installation has such workers, also when none runs now.
    """

    name: str
    modality: str
    engines: tuple[str, ...] | None = None
    workers: int | None = None
    slots: int | None = None
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Pools:
    """All pools of an installation, those of the modalities first."""

    pools: Mapping[str, Pool]
    models: tuple[Model, ...] = MODELS
    _moved: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        moved = {engine: pool.name for pool in self.pools.values() for engine in pool.engines or ()}
        object.__setattr__(self, "_moved", MappingProxyType(moved))

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every pool."""
        return tuple(self.pools)

    @property
    def own(self) -> tuple[Pool, ...]:
        """The pools that are no modality's."""
        return tuple(pool for pool in self.pools.values() if pool.name != pool.modality)

    def pool_of(self, engine: str, capability: str) -> str:
        """Return the pool whose workers get orders for this work by this engine.

        A fleet file comes before the catalogue. What stands in for an engine is made by the pool of the modality.
        """
        modality = CAPABILITIES[Capability(capability)].modality
        if engine == PLACEHOLDER.name:
            return modality
        row = next((row for row in self.models if row.name == engine), None)
        named = self._moved.get(engine) or (row.pool if row is not None else "")
        pool = self.pools.get(named)
        return pool.name if pool is not None and pool.modality == modality else modality

    def rows_of(self, name: str) -> tuple[Model, ...]:
        """Return the engines of the catalogue whose orders a pool gets."""
        return tuple(row for row in self.models if name in self.homes_of(row))

    def homes_of(self, row: Model) -> tuple[str, ...]:
        """Return the pools that do the work of an engine: more than one when it works in several modalities."""
        return tuple(dict.fromkeys(self.pool_of(row.name, capability) for capability in row.capabilities))

    def declares(self, row: Model) -> bool:
        """Whether this installation says that it has workers for an engine, be they there now or not.

        Environments and keys are not everywhere: an engine that needs one is declared by a pool that names it, and no other.
        """
        homes = [self.pools[name] for name in self.homes_of(row)]
        return any(
            pool.declared
            and (row.name in pool.engines if pool.engines is not None else not (row.environment or row.keys))
            for pool in homes
        )


def pools_of(declared: Iterable[Pool] = (), models: tuple[Model, ...] = MODELS) -> Pools:
    """Return the pools of the modalities and of the catalogue, changed and extended by what is declared."""
    found = {name: Pool(name, name) for name in map(str, MODALITIES)}
    for row in models:
        if row.pool:
            modality = CAPABILITIES[Capability(row.capabilities[0])].modality
            found.setdefault(row.pool, Pool(row.pool, modality, declared=False))
    found |= {pool.name: pool for pool in declared}
    return Pools(MappingProxyType(found), models)


DEFAULT_POOLS = pools_of()
"""The pools of an installation without a fleet file."""
