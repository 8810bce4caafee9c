"""How our Kafka clients are let in (TLS, a login), and in words why they are not."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import Any

from aiokafka import errors
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from bus.tokens import TokenFailed, token_command
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers, KafkaConnection

_TRY_WITHIN_S = 5.0


class AccessDenied(BusUnreachable):
    """Kafka does not let us in, or not do that."""


def connection_to(brokers: Brokers) -> KafkaConnection:
    """Return brokers as a connection; bare text means plain text without a login."""
    return KafkaConnection(brokers) if isinstance(brokers, str) else brokers


def client_options(brokers: Brokers) -> dict[str, Any]:
    """Return the options of aiokafka that name the brokers and let a client in; needs a running event loop.

    Raises:
        AccessDenied: A certificate or key cannot be read.
    """
    connection = connection_to(brokers)
    options: dict[str, Any] = {
        "bootstrap_servers": connection.servers,
        "security_protocol": connection.security_protocol,
    }
    if connection.encrypted:
        options["ssl_context"] = _tls(connection)
    if connection.signs_in:
        options["sasl_mechanism"] = connection.sasl_mechanism
        if connection.sasl_mechanism == "OAUTHBEARER":
            options["sasl_oauth_token_provider"] = token_command(connection.sasl_token_command)
        else:
            options["sasl_plain_username"] = connection.sasl_username
            options["sasl_plain_password"] = connection.sasl_password
    return options


def denied(brokers: Brokers, error: BaseException | None) -> AccessDenied | None:
    """Return in words what the broker refused a client that it had let in; None when that is not the fault."""
    name = _name_of(connection_to(brokers))
    lists = "`reelbus acls` lists the rights of each role"
    match error:
        case errors.TopicAuthorizationFailedError():
            topics = ", ".join(sorted(_words(error))) or "one"
            return AccessDenied(f"Kafka refuses {name} the topic {topics}: {lists}")
        case errors.GroupAuthorizationFailedError():
            return AccessDenied(f"Kafka refuses {name} the group {', '.join(_words(error))}: {lists}")
        case errors.TransactionalIdAuthorizationFailed():
            return AccessDenied(f"Kafka refuses {name} its transactional id: {lists}")
        case errors.ClusterAuthorizationFailedError():
            # So it also answers a producer that may write to no topic at all.
            return AccessDenied(
                f"Kafka refuses {name} this operation on the cluster, or any topic to write: {lists}"
            )
    return None


async def refusal(brokers: Brokers) -> AccessDenied | None:
    """Try each broker once more, and return in words why it does not let us in; None when it is just away."""
    connection = connection_to(brokers)
    options = client_options(connection)
    servers = options.pop("bootstrap_servers")
    for host, port, _ in collect_hosts(servers, randomize=False):
        try:
            async with asyncio.timeout(_TRY_WITHIN_S):
                await _try(host, port, connection, options)
        except Exception as error:  # noqa: BLE001  # whatever it is: this only looks for words
            reason = _reason(connection, f"Kafka at {host}:{port}", error)
            if reason:
                return AccessDenied(reason)
    return None


def let_in(brokers: Brokers, known_brokers: Collection[Any]) -> None:
    """Look whether a started client was let in, after what it knows of the cluster.

    aiokafka takes a refused token for an accepted one: the broker refuses the next question, without a word.

    Raises:
        SaslAuthenticationFailed: It was not.
    """
    connection = connection_to(brokers)
    if connection.signs_in and connection.sasl_mechanism == "OAUTHBEARER" and not known_brokers:
        raise errors.SaslAuthenticationFailed


async def _try(host: str, port: int, kafka: KafkaConnection, options: dict[str, Any]) -> None:
    """Connect and ask something: some brokers tell only then that they expected another client."""
    opened = await create_conn(host, port, request_timeout_ms=int(_TRY_WITHIN_S * 1000), **options)
    try:
        let_in(kafka, (await opened.send(MetadataRequest([]))).brokers)
    finally:
        if opened._writer is not None:
            opened._writer.transport.abort()  # the end of TLS would be waited for, by nobody
        opened.close()
        await asyncio.sleep(0)


def _reason(kafka: KafkaConnection, where: str, error: BaseException) -> str | None:
    match error:
        case TokenFailed():
            return f"REELBUS_KAFKA_SASL_TOKEN_COMMAND gave no token: {error}"
        case errors.UnsupportedSaslMechanismError():
            return f"{where} does not take {kafka.sasl_mechanism}: check REELBUS_KAFKA_SASL_MECHANISM"
        case errors.SaslAuthenticationFailed() | errors.AuthenticationFailedError():
            settings = (
                "REELBUS_KAFKA_SASL_TOKEN_COMMAND"
                if kafka.sasl_mechanism == "OAUTHBEARER"
                else "REELBUS_KAFKA_SASL_USERNAME and REELBUS_KAFKA_SASL_PASSWORD"
            )
            return f"{where} refuses the login of {_name_of(kafka)} with {kafka.sasl_mechanism}: check {settings}"
        case errors.IllegalSaslStateError():
            return f"{where} takes no login here: check REELBUS_KAFKA_SECURITY_PROTOCOL"
        case ssl.SSLCertVerificationError():
            return f"{where} shows a certificate that is not trusted ({error.verify_message}): check REELBUS_KAFKA_SSL_CA_FILE"
        case ssl.SSLError() if "ALERT" in (error.reason or ""):
            return f"{where} does not trust our certificate: check REELBUS_KAFKA_SSL_CERTIFICATE_FILE"
        case ssl.SSLError():
            return f"{where} does not speak TLS: check REELBUS_KAFKA_SECURITY_PROTOCOL"
        case ConnectionRefusedError():
            return None
        case errors.KafkaConnectionError() | ConnectionError() | TimeoutError():
            # It took the connection and then said nothing or hung up: so do brokers that await something else.
            also = " or a certificate, REELBUS_KAFKA_SSL_CERTIFICATE_FILE" if _shows_none(kafka) else ""
            return (
                f"{where} hung up: it may want another REELBUS_KAFKA_SECURITY_PROTOCOL than "
                f"{kafka.security_protocol}{also}"
            )
    return None


def _shows_none(kafka: KafkaConnection) -> bool:
    return kafka.encrypted and kafka.ssl_certificate_file is None


def _tls(kafka: KafkaConnection) -> ssl.SSLContext:
    """Return how certificates are checked, host names included, and which one of ours is shown."""
    try:
        context = ssl.create_default_context(cafile=kafka.ssl_ca_file)
    except (OSError, ValueError) as error:
        raise _unusable("REELBUS_KAFKA_SSL_CA_FILE", kafka.ssl_ca_file, error) from None
    if kafka.ssl_certificate_file is not None:
        try:
            # A password is always given: without one OpenSSL would ask at the terminal for that of a locked key.
            context.load_cert_chain(
                kafka.ssl_certificate_file, kafka.ssl_key_file, password=lambda: kafka.ssl_key_password
            )
        except (OSError, ValueError) as error:
            named = "REELBUS_KAFKA_SSL_CERTIFICATE_FILE, ..._KEY_FILE or ..._KEY_PASSWORD"
            raise _unusable(named, kafka.ssl_certificate_file, error) from None
    return context


def _unusable(variable: str, file: Path | None, error: BaseException) -> AccessDenied:
    missing = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
    reason = error.strerror if missing and isinstance(error, OSError) else "it holds nothing that can be used"
    return AccessDenied(f"{variable}: {file}: {reason}")


def _name_of(kafka: KafkaConnection) -> str:
    if kafka.signs_in and kafka.sasl_mechanism != "OAUTHBEARER":
        return kafka.sasl_username
    return "the holder of our token" if kafka.signs_in else "us"


def _words(error: BaseException) -> list[str]:
    """Return the names in an error of aiokafka, which gives one, or a set of them."""
    return [str(name) for part in error.args for name in ([part] if isinstance(part, str) else part)]
