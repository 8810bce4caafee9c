"""Where Kafka is, and how a process proves to it who it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


@dataclass(frozen=True)
class KafkaConnection:
    """The brokers (`host:port,...`) with all that a client needs to be let in; its text is the brokers alone."""

    servers: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)
    sasl_token_command: str = field(default="", repr=False)
    ssl_ca_file: Path | None = None
    ssl_certificate_file: Path | None = None
    ssl_key_file: Path | None = None
    ssl_key_password: str = field(default="", repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether the connection is over TLS."""
        return self.security_protocol in ("SSL", "SASL_SSL")

    @property
    def signs_in(self) -> bool:
        """Whether the client signs in with SASL."""
        return self.security_protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    def __str__(self) -> str:
        return self.servers


Brokers = str | KafkaConnection
"""Brokers as text, `host:port,...`, are spoken to in plain text and without a login."""
