"""A broker that asks everyone who they are, with a door for each way to say it, and principals that tests use."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.guarded import INSIDE, Door, Guarded
from infra.local.ports import pick
from infra.local.stack import LocalStack
from runtime.kafka_connection import KafkaConnection, SaslMechanism
from schemas.rights import ROLES
from tests.certificates import Certificates

PRINCIPALS = (*ROLES, "requester-acme", "stranger", "operator")
LOGINS: tuple[SaslMechanism, ...] = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")


@dataclass(frozen=True)
class GuardedBroker:
    """The running broker, its certificates, and how each principal signs in."""

    stack: LocalStack
    certificates: Certificates
    doors: dict[str, int]
    passwords: dict[str, str]

    def door(self, name: str) -> str:
        return f"127.0.0.1:{self.doors[name]}"

    def as_(self, user: str, mechanism: SaslMechanism = "SCRAM-SHA-512") -> KafkaConnection:
        """The connection of a principal, over TLS."""
        return KafkaConnection(
            servers=self.door("GUARDED"),
            security_protocol="SASL_SSL",
            sasl_mechanism=mechanism,
            sasl_username=user,
            sasl_password=self.passwords[user],
            sasl_token_command=f"echo {token(user)}",
            ssl_ca_file=self.certificates.ca_file,
        )

    @property
    def log(self) -> str:
        """What the broker has said."""
        return self.stack.home.log_file("broker").read_text("utf-8", "replace")

    def environment(self) -> dict[str, str]:
        """The settings of a system of which each process has a principal of its own, named after its role."""
        folder = self.certificates.folder
        for user, password in self.passwords.items():
            (folder / f"password-{user}").write_text(f"{password}\n")
        return {
            "REELBUS_BOOTSTRAP_SERVERS": self.door("GUARDED"),
            "REELBUS_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "REELBUS_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "REELBUS_KAFKA_SASL_USERNAME": "{role}",
            "REELBUS_KAFKA_SASL_PASSWORD_FILE": str(folder / "password-{role}"),
            "REELBUS_KAFKA_SSL_CA_FILE": str(self.certificates.ca_file),
        }


@contextmanager
def guarded_broker() -> Iterator[GuardedBroker]:
    """A broker with its authorizer on; only `operator` may do everything."""
    home = Path(tempfile.mkdtemp(prefix="reelbus-guarded-"))
    certificates = Certificates(home / "certificates")
    certificates.folder.mkdir()
    ports: list[int] = []
    while len(ports) < 4:
        ports.append(pick(taken=ports))
    passwords = {user: f"{user}-secret" for user in (*PRINCIPALS, INSIDE)}
    doors = (
        Door("GUARDED", "SASL_SSL", ports[0], LOGINS),
        Door("MUTUAL", "SSL", ports[1], certificates=True),
        Door("OPEN", "SASL_PLAINTEXT", ports[2], ("SCRAM-SHA-256",)),
    )
    guarded = Guarded(
        doors=doors,
        inside_port=ports[3],
        certificate_file=certificates.of_server(),
        ca_file=certificates.ca_file,
        passwords=passwords,
        superusers=("operator",),
        tells_all=True,
    )
    stack = LocalStack(home, guarded=guarded)
    try:
        stack.start()
        yield GuardedBroker(stack, certificates, {door.name: door.port for door in doors}, passwords)
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)


def token(user: str, lasts_s: float = 600.0) -> str:
    """A token that nobody signed (RFC 7519, `alg: none`), which the broker of the tests takes."""
    now = int(time.time())
    claims = {"sub": user, "iat": now, "exp": now + int(lasts_s)}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, ""])
