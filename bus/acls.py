"""How rights come to be on a broker: which of those wanted are there, and how the missing ones are added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import CreateAclsRequest, DescribeAclsRequest

from bus.connections import open_admin, unreachable
from runtime.errors import ReelbusError
from runtime.kafka_connection import Brokers
from schemas.rights import Right

# Codes of the protocol: org.apache.kafka.common.resource and .acl.
_ANY, _ALLOW = 1, 3
_RESOURCES = {"topic": 2, "group": 3, "transactional id": 5}
_LITERAL, _PREFIXED = 3, 4
_OPERATIONS = {"Read": 3, "Write": 4, "Alter": 7, "Describe": 8}
_EVERYWHERE = "*"


class RightsRefused(ReelbusError):
    """The broker did not tell or add a right."""


@dataclass(frozen=True)
class Granted:
    """Rights of a principal, such as `User:intake`."""

    principal: str
    rights: tuple[Right, ...]


async def grant(brokers: Brokers, wanted: Iterable[Granted]) -> list[tuple[str, Right]]:
    """Add what is missing and return it; rights that others have given stay.

    Raises:
        BusUnreachable: No broker answered in time, or ours is not a principal that may give rights.
        RightsRefused: The broker did not add one.
    """
    admin = await open_admin(brokers)
    try:
        added = [pair for each in wanted for pair in await _missing(admin, each)]
        for principal, right in added:
            await _add(admin, principal, right)
    except (KafkaError, TimeoutError, OSError) as error:
        raise unreachable(brokers, error) from error
    finally:
        await admin.close()
    return added


async def _missing(admin: AIOKafkaAdminClient, grant: Granted) -> list[tuple[str, Right]]:
    request = DescribeAclsRequest(_ANY, None, _ANY, grant.principal, None, _ANY, _ALLOW)
    answer = await admin._send_request(request)
    _raise_for(answer.error_code, answer.error_message, "the rights")
    known = {
        (resource, pattern, name, operation)
        for resource, name, pattern, acls in answer.resources
        for _, host, operation, _ in acls
        if host == _EVERYWHERE
    }
    return [(grant.principal, right) for right in grant.rights if _codes(right) not in known]


async def _add(admin: AIOKafkaAdminClient, principal: str, right: Right) -> None:
    resource, pattern, name, operation = _codes(right)
    request = CreateAclsRequest(resource, name, pattern, principal, _EVERYWHERE, operation, _ALLOW)
    for code, reason in (await admin._send_request(request)).creation_responses:
        _raise_for(code, reason, f"{principal} on {right.resource} {right.pattern}")


def _codes(right: Right) -> tuple[int, int, str, int]:
    pattern = _PREFIXED if right.prefixed else _LITERAL
    return _RESOURCES[right.resource], pattern, right.name, _OPERATIONS[right.operation]


def _raise_for(code: int, reason: str | None, what: str) -> None:
    if not code:
        return
    error = for_code(code)
    if "Authorization" in error.__name__:
        raise error
    raise RightsRefused(f"{what}: {reason or error.__name__}")
