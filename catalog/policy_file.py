"""What a policy file says of tenants, read with everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from catalog.models import MODELS, Model
from catalog.policies import Policies, TenantPolicy
from catalog.toml_file import read_toml, refuse
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from schemas.choices import FAMILIES, Family
from schemas.explain import nearest, quoted

MOST_TENANTS, MOST_NAMES, LICENCE_CHARS = 10_000, 1000, 200
BESIDE_THE_FLEET = "policy.toml"
"""The policy file lies beside the fleet file, where the settings name none."""
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_TABLES = ("default", "tenants")
_FIELDS = ("commercial_only", "licences", "families", "engines", "denied_engines")


class PolicyInvalid(InvalidRequest):
    """The policy file cannot be used."""


def policy_file(settings: Settings) -> Path | None:
    """Return the policy file of an installation: the one that its settings name, else the one beside its fleet file."""
    if settings.policy is not None:
        return settings.policy.expanduser()
    beside = settings.fleet.expanduser().parent / BESIDE_THE_FLEET if settings.fleet is not None else None
    return beside if beside is not None and beside.exists() else None


def read_policies(path: Path | None, models: tuple[Model, ...] = MODELS) -> Policies:
    """Return what each tenant may use: without a file all may use what may earn money.

    Raises:
        PolicyInvalid: the file cannot be read, or something of it is wrong; all of that is said.
    """
    if path is None:
        return Policies()
    found = read_toml(path, "policy file", PolicyInvalid)
    reader = _Reader(tuple(row.name for row in models))
    policies = reader.policies(found)
    refuse(path, "policy file", reader.problems, PolicyInvalid)
    return policies


class _Reader:
    """Reads the tables of one file, and collects what is wrong."""

    def __init__(self, engines: tuple[str, ...]) -> None:
        self._engines = engines
        self.problems: list[str] = []

    def policies(self, found: Mapping[str, Any]) -> Policies:
        self._known(found, _TABLES, "")
        default = self._policy(found.get("default", {}), "default", TenantPolicy())
        tables = found.get("tenants", {})
        if not isinstance(tables, dict):
            self.problems.append("tenants: write a table for each tenant, such as [tenants.acme]")
            tables = {}
        if len(tables) > MOST_TENANTS:
            self.problems.append(f"tenants: {len(tables)} of them, and {MOST_TENANTS} are the most")
            tables = {}
        tenants = {}
        for name, table in tables.items():
            if not _TENANT.fullmatch(name):
                self.problems.append(
                    f"tenants.{quoted(name)}: the name of a tenant is letters, digits, ., _ and -, 63 at most"
                )
            tenants[name] = self._policy(table, f"tenants.{name}", default)
        return Policies(default, MappingProxyType(tenants))

    def _policy(self, table: Any, at: str, base: TenantPolicy) -> TenantPolicy:
        """Read a table; what it does not say is as in `base`."""
        if not isinstance(table, dict):
            self.problems.append(f"{at}: write a table, such as [{at}]")
            return base
        self._known(table, _FIELDS, f"{at}.")
        commercial_only = table.get("commercial_only", base.commercial_only)
        if not isinstance(commercial_only, bool):
            self.problems.append(f"{at}.commercial_only: true or false")
        families = self._names(table, "families", at, base.families, FAMILIES, "family")
        licences = self._names(table, "licences", at, base.licences, None, "licence")
        engines = self._names(table, "engines", at, base.engines, self._engines, "engine")
        denied = self._names(table, "denied_engines", at, base.denied_engines, self._engines, "engine")
        return TenantPolicy(
            commercial_only is not False,
            licences,
            cast("tuple[Family, ...]", families),
            engines,
            denied or (),
        )

    def _names(
        self,
        table: Mapping[str, Any],
        field: str,
        at: str,
        base: tuple[str, ...] | None,
        known: Iterable[str] | None,
        what: str,
    ) -> tuple[str, ...] | None:
        if field not in table:
            return base
        given = table[field]
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            self.problems.append(f"{at}.{field}: write a list of names")
            return base
        if len(given) > MOST_NAMES:
            self.problems.append(f"{at}.{field}: {len(given)} names, and {MOST_NAMES} are the most")
            return base
        for name in given:
            if known is not None and name not in known:
                self.problems.append(f"{at}.{field}: no {what} {quoted(name)}; {nearest(name, known)}")
            elif not 0 < len(name.strip()) <= LICENCE_CHARS:
                self.problems.append(
                    f"{at}.{field}: the name of a {what} has 1 to {LICENCE_CHARS} characters"
                )
        return tuple(dict.fromkeys(given))

    def _known(self, table: Mapping[str, Any], fields: tuple[str, ...], before: str) -> None:
        self.problems += [
            f"{before}{name}: no such field; {nearest(name, fields)}" for name in table if name not in fields
        ]
