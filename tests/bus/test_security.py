"""Whether clients are let in by every login that we know, and are told in words why they are not."""

from __future__ import annotations

import asyncio
import gc
import os
import warnings
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bus.admin import apply, check
from bus.connections import open_admin
from bus.publisher import Publisher
from bus.security import AccessDenied
from bus.subscriber import Subscriber
from bus.tail import Tail, read_all
from bus.tokens import TokenCommand, TokenFailed
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers, KafkaConnection
from schemas.topics import TopicSpec
from tests.guarded import LOGINS, GuardedBroker, token

KEPT = TopicSpec("kept", "guarded.kept", "any", 1, 1, "of a test")


@pytest.fixture(autouse=True)
async def _sockets_are_closed() -> AsyncIterator[None]:
    """A socket whose handshake a broker refused is closed in a later turn of the loop, or when it is collected."""
    yield
    for _ in range(5):
        await asyncio.sleep(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def mutual(guarded: GuardedBroker, user: str, password: str = "") -> KafkaConnection:
    certificate, key = guarded.certificates.of_client(user, password)
    return KafkaConnection(
        servers=guarded.door("MUTUAL"),
        security_protocol="SSL",
        ssl_ca_file=guarded.certificates.ca_file,
        ssl_certificate_file=certificate,
        ssl_key_file=key,
        ssl_key_password=password,
    )


def in_the_open(guarded: GuardedBroker) -> KafkaConnection:
    return replace(
        guarded.as_("operator", "SCRAM-SHA-256"),
        servers=guarded.door("OPEN"),
        security_protocol="SASL_PLAINTEXT",
        ssl_ca_file=None,
    )


WAYS: dict[str, Callable[[GuardedBroker], KafkaConnection]] = {
    **{name: lambda guarded, name=name: guarded.as_("operator", name) for name in LOGINS},
    "a certificate": lambda guarded: mutual(guarded, "operator"),
    "a locked key": lambda guarded: mutual(guarded, "operator", "of the key"),
    "SASL_PLAINTEXT": in_the_open,
}


@pytest.mark.stack
@pytest.mark.parametrize("way", WAYS)
async def test_records_go_and_come_by_every_login(guarded: GuardedBroker, way: str) -> None:
    connection = WAYS[way](guarded)
    await apply(connection, [KEPT])
    assert await check(connection, [KEPT]) == []
    async with Tail(connection, [KEPT.name]) as tail, Publisher(connection) as publisher:
        place = await publisher.publish_record(KEPT.name, b"key", way.encode(), [])
        assert [record.value async for record in _first(tail)] == [way.encode()]
    values = [r.value async for rs in read_all(connection, KEPT.name, 0, start=place.offset) for r in rs]
    assert values == [way.encode()]


async def _first(tail: Tail):  # type: ignore[no-untyped-def]
    async for record in tail:
        yield record
        return


@pytest.mark.stack
async def test_a_reader_over_tls_ends_though_the_broker_still_holds_its_fetch(guarded: GuardedBroker) -> None:
    connection = guarded.as_("operator")
    await apply(connection, [KEPT])
    async with Tail(connection, [KEPT.name], idle_wait_s=30.0) as tail:
        assert await tail.poll(0.5) == []


REFUSED: dict[str, tuple[Callable[[GuardedBroker], Brokers], str]] = {
    "a wrong password": (
        lambda g: replace(g.as_("operator"), sasl_password="hidden"),
        "refuses the login of operator with SCRAM-SHA-512: check REELBUS_KAFKA_SASL_USERNAME and",
    ),
    "a wrong password, PLAIN": (
        lambda g: replace(g.as_("operator", "PLAIN"), sasl_password="hidden"),
        "refuses the login of operator with PLAIN: check REELBUS_KAFKA_SASL_USERNAME and",
    ),
    "an unknown authority": (
        lambda g: replace(g.as_("operator"), ssl_ca_file=None),
        "shows a certificate that is not trusted (unable to get local issuer certificate): check REELBUS_KAFKA_SSL_CA_FILE",
    ),
    "another host": (
        lambda g: replace(g.as_("operator"), servers=g.door("GUARDED").replace("127.0.0.1", "localhost")),
        "shows a certificate that is not trusted (Hostname mismatch",
    ),
    "a login that it does not know": (
        lambda g: replace(in_the_open(g), sasl_mechanism="PLAIN"),
        "does not take PLAIN: check REELBUS_KAFKA_SASL_MECHANISM",
    ),
    "a token that has ended": (
        lambda g: replace(
            g.as_("operator", "OAUTHBEARER"), sasl_token_command=f"echo {token('operator', -60)}"
        ),
        "refuses the login of the holder of our token with OAUTHBEARER: check REELBUS_KAFKA_SASL_TOKEN_COMMAND",
    ),
    "a token command that fails": (
        lambda g: replace(g.as_("operator", "OAUTHBEARER"), sasl_token_command="false"),
        "REELBUS_KAFKA_SASL_TOKEN_COMMAND gave no token: it ended with 1",
    ),
    "no certificate of ours": (
        lambda g: replace(mutual(g, "operator"), ssl_certificate_file=None, ssl_key_file=None),
        "or a certificate, REELBUS_KAFKA_SSL_CERTIFICATE_FILE",
    ),
    "a locked key without its password": (
        lambda g: replace(mutual(g, "operator", "of the key"), ssl_key_password=""),
        "REELBUS_KAFKA_SSL_CERTIFICATE_FILE, ..._KEY_FILE or ..._KEY_PASSWORD: ",
    ),
    "an authority's file that is not there": (
        lambda g: replace(g.as_("operator"), ssl_ca_file=Path("/nowhere/ca.pem")),
        "REELBUS_KAFKA_SSL_CA_FILE: /nowhere/ca.pem: No such file or directory",
    ),
    "plain text where TLS is spoken": (
        lambda g: g.door("GUARDED"),
        "may want another REELBUS_KAFKA_SECURITY_PROTOCOL than PLAINTEXT",
    ),
    "plain text where one signs in": (
        lambda g: g.door("OPEN"),
        "may want another REELBUS_KAFKA_SECURITY_PROTOCOL than PLAINTEXT",
    ),
}


@pytest.mark.stack
@pytest.mark.parametrize("case", REFUSED)
async def test_who_is_not_let_in_is_told_which_setting_to_look_at(guarded: GuardedBroker, case: str) -> None:
    make, told = REFUSED[case]
    with pytest.raises(AccessDenied) as refused:
        await open_admin(make(guarded))
    assert told in refused.value.message
    assert "hidden" not in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.stack
async def test_all_kinds_of_clients_tell_a_refused_login(guarded: GuardedBroker) -> None:
    connection = replace(guarded.as_("operator"), sasl_password="hidden")
    with pytest.raises(AccessDenied, match="refuses the login"):
        await Publisher(connection).start()
    with pytest.raises(AccessDenied, match="refuses the login"):
        async with Tail(connection, ["any"]):
            pass
    with pytest.raises(AccessDenied, match="refuses the login"):
        await Subscriber(connection, "any", "any", _nothing, None).run()  # type: ignore[arg-type]


async def _nothing(events: object) -> None:
    """Handle nothing."""


@pytest.mark.stack
async def test_rights_that_are_missing_are_named_by_resource(guarded: GuardedBroker) -> None:
    await apply(guarded.as_("operator"), [KEPT])
    stranger = guarded.as_("stranger")
    with pytest.raises(AccessDenied, match=r"Kafka refuses stranger (the|this) .*: `reelbus acls`"):
        async with Publisher(stranger) as publisher:
            await publisher.publish_record(KEPT.name, None, b"", [])
    with pytest.raises(AccessDenied, match=r"refuses stranger the topic guarded\.kept"):
        async with Tail(stranger, [KEPT.name]):
            pass
    with pytest.raises(AccessDenied, match=r"refuses stranger the topic guarded\.kept"):
        assert [records async for records in read_all(stranger, KEPT.name, 0)]
    with pytest.raises(AccessDenied, match="Kafka refuses stranger"):
        await apply(stranger, [replace(KEPT, name="guarded.other")])


async def test_a_broker_that_is_away_is_no_refusal() -> None:
    away = KafkaConnection("127.0.0.1:1", "SASL_SSL", sasl_username="u", sasl_password="p")
    with pytest.raises(BusUnreachable, match=r"cannot reach Kafka at 127\.0\.0\.1:1: start it") as told:
        await open_admin(away)
    assert not isinstance(told.value, AccessDenied)


def counting(folder: Path, printed: str) -> str:
    """A command that notes each of its runs."""
    script = folder / "token.sh"
    script.write_text(f"#!/bin/sh\necho run >> {folder}/runs\n{printed}\n")
    script.chmod(0o755)
    return str(script)


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


async def test_a_token_is_kept_until_shortly_before_it_expires(tmp_path: Path) -> None:
    provider = TokenCommand(counting(tmp_path, f"echo {token('u', 3600)}"))
    assert len({await provider.token() for _ in range(5)}) == 1
    assert runs(tmp_path) == 1


async def test_a_token_that_has_ended_is_asked_for_again(tmp_path: Path) -> None:
    provider = TokenCommand(counting(tmp_path, f"echo {token('u', -5)}"))
    await provider.token()
    await provider.token()
    assert runs(tmp_path) == 2


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("exit 3", "it ended with 3"),
        ("true", "it printed no token"),
        ("echo two words", "it printed no token"),
        ("head -c 100000 /dev/zero", "it "),
        ("echo secret-on-stderr >&2; exit 1", "it ended with 1"),
        ("sleep 600 & sleep 600", "it did not end within 1 s"),
    ],
)
async def test_a_command_that_gives_no_token_is_told_without_what_it_said(
    tmp_path: Path, printed: str, told: str
) -> None:
    with pytest.raises(TokenFailed) as failed:
        await TokenCommand(counting(tmp_path, printed), within_s=1.0).token()
    assert str(failed.value).startswith(told)
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("command", ["/nowhere/token", "'unfinished", ""])
async def test_a_command_that_cannot_be_started_is_told(command: str) -> None:
    with pytest.raises(TokenFailed, match="cannot be started"):
        await TokenCommand(command).token()


def test_no_client_is_made_beside_the_one_place() -> None:
    root = Path(__file__).parents[2]
    places = [
        str(path.relative_to(root))
        for room in ("bus", "consumers", "infra", "operations", "producers", "storage", "worker")
        for path in (root / room).rglob("*.py")
        if any(f"{name}(" in path.read_text("utf-8") for name in ("AIOKafkaProducer", "AIOKafkaAdminClient"))
        or "settings.bootstrap_servers" in path.read_text("utf-8").replace(os.linesep, "\n")
    ]
    assert sorted(places) == ["bus/connections.py", "infra/local/connection.py", "infra/local/stack.py"]
