"""Commands for rights: what each role needs on the broker, printed and applied."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

import typer

from bus.acls import Granted, grant
from catalog.fleet import read_pools
from infra.local.connection import settings_here
from producers.cli.output import as_json, data, say, table
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from schemas.rights import ROLES, Right, rights_of

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]
Role = Annotated[list[str] | None, typer.Option("--role", help="Only this role; may stand several times.")]
Principal = Annotated[
    list[str] | None,
    typer.Option("--principal", help="Who they are: a pattern such as User:acme-{role}, or role=User:name."),
]
Tenant = Annotated[
    list[str] | None, typer.Option("--tenant", help="A requester of this tenant, bound to its own topic.")
]
_DEFAULT = "User:{role}"
_PROCESS_OF = {"assembly": "composer"}
_TENANT = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")
"""What may stand behind `requests.` in the name of a topic."""


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        help="Print the least rights of each role, or apply them.", invoke_without_command=True
    )
    group.callback()(acls)
    group.command("apply")(acls_apply)
    app.add_typer(group, name="acls", rich_help_panel="Operating")


def acls(
    context: typer.Context,
    role: Role = None,
    principal: Principal = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Print the least rights of each role; `reelbus acls apply` gives them.

    Example: `reelbus acls --role requester --tenant acme`
    """
    if context.invoked_subcommand is not None:
        if role or principal or tenant or json_:
            raise InvalidRequest(
                f"write options behind the command: reelbus acls {context.invoked_subcommand} ..."
            )
        return
    wanted = _wanted(role, principal, tenant)
    if json_:
        as_json([_plain(each.principal, right) for each in wanted for right in each.rights])
        return
    table(
        [(each.principal, r.operation, r.resource, r.pattern) for each in wanted for r in each.rights],
        ("principal", "may", "of", "name"),
    )


def acls_apply(
    role: Role = None, principal: Principal = None, tenant: Tenant = None, json_: Json = False
) -> None:
    """Add what rights are missing on the broker; none is taken away.

    Example: `reelbus acls apply --principal 'User:reelbus-{role}'`
    """
    wanted = _wanted(role, principal, tenant)
    added = asyncio.run(grant(settings_here().kafka, wanted))
    if json_:
        as_json([_plain(*each) for each in added])
        return
    for name, right in added:
        data(f"{name} may {right.operation} {right.resource} {right.pattern}")
    say(f"{sum(len(each.rights) for each in wanted)} rights are as they should be, {len(added)} added")


def _wanted(
    roles: list[str] | None, principals: list[str] | None, tenants: list[str] | None
) -> list[Granted]:
    settings = Settings()
    prefix = settings.topic_prefix
    pools = [pool.name for pool in read_pools(settings.fleet).own]
    known = (*ROLES, *pools)
    pattern, named = _principals(principals or [])
    chosen = [_PROCESS_OF.get(role, role) for role in roles or []] if roles or tenants else list(known)
    for role in [*chosen, *named]:
        if role not in known:
            raise InvalidRequest(f"there is no role {role}; there are {', '.join(known)}")
    wanted = [
        Granted(named.get(role, pattern.replace("{role}", role)), rights_of(role, prefix, pools=pools))
        for role in chosen
        if role != "requester" or not tenants
    ]
    for tenant in tenants or []:
        if not _TENANT.match(tenant):
            raise InvalidRequest(
                "--tenant: a tenant with a topic has a name of 1 to 200 letters, digits, ., _ or -"
            )
        who = pattern.replace("{role}", f"requester-{tenant}")
        wanted.append(Granted(who, rights_of("requester", prefix, tenant)))
    return wanted


def _principals(given: list[str]) -> tuple[str, dict[str, str]]:
    """Return the pattern, and the principals of those roles that have one named for them."""
    pattern, named = _DEFAULT, {}
    for each in given:
        role, is_named, name = each.partition("=")
        if is_named and role.isalpha() and role.islower():
            named[role] = _principal(name)
        else:
            pattern = _principal(each)
    if "{role}" not in pattern:
        raise InvalidRequest(
            f"--principal {pattern}: it must hold {{role}}, or roles would share their rights"
        )
    return pattern, named


def _principal(name: str) -> str:
    kind, colon, who = name.partition(":")
    if not (kind.isalpha() and colon and who):
        raise InvalidRequest(f"--principal {name}: a principal looks like User:name")
    return name


def _plain(principal: str, right: Right) -> dict[str, object]:
    return {
        "principal": principal,
        "operation": right.operation,
        "resource": right.resource,
        "name": right.name,
        "pattern": "prefixed" if right.prefixed else "literal",
    }
