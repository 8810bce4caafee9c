"""What a local broker needs to ask everyone who they are, and to let nobody do what no right allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

INSIDE = "broker"
"""The principal of the broker itself, which may do everything."""

_AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
_LOGINS = "org.apache.kafka.common.security"
_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True)
class Door:
    """A listener for clients. With `certificates` they show one of their own (mutual TLS), and its CN is their name."""

    name: str
    protocol: Literal["SSL", "SASL_PLAINTEXT", "SASL_SSL"]
    port: int
    mechanisms: tuple[str, ...] = ()
    certificates: bool = False


@dataclass(frozen=True)
class Guarded:
    """A broker with an authorizer. Who is not in `superusers` may do only what an ACL allows.

    The plain listener stays, so that readiness can be asked: who comes that way is nobody and has no rights.
    """

    doors: tuple[Door, ...]
    inside_port: int
    certificate_file: Path
    """PEM: key (PKCS 8), then certificate chain, of the broker."""
    ca_file: Path
    passwords: Mapping[str, str] = field(repr=False)
    """Of each principal, for PLAIN and SCRAM."""
    superusers: tuple[str, ...] = ()
    tells_all: bool = False
    """Whether its log tells every operation that was allowed, not only those that were denied."""

    @property
    def listeners(self) -> list[str]:
        """The listeners beside the plain one, as Kafka spells them; no port is open beyond loopback."""
        inside = f"INSIDE://127.0.0.1:{self.inside_port}"
        return [*(f"{door.name}://127.0.0.1:{door.port}" for door in self.doors), inside]

    @property
    def scram_credentials(self) -> list[str]:
        """What Kafka's formatter writes into a new data folder, as its options."""
        scram = [name for name in _SCRAM if any(name in door.mechanisms for door in self.doors)]
        return [
            f"{name}=[name={user},password={password}]"
            for name in scram
            for user, password in self.passwords.items()
        ]

    def properties(self) -> dict[str, str]:
        """Return what stands in `server.properties` beside, or instead of, what a plain broker has."""
        protocols: dict[str, str] = {door.name: door.protocol for door in self.doors}
        protocols |= {"PLAINTEXT": "PLAINTEXT", "INSIDE": "SASL_PLAINTEXT", "CONTROLLER": "SASL_PLAINTEXT"}
        found = {
            "listener.security.protocol.map": ",".join(f"{name}:{what}" for name, what in protocols.items()),
            "inter.broker.listener.name": "INSIDE",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "authorizer.class.name": _AUTHORIZER,
            "allow.everyone.if.no.acl.found": "false",
            "super.users": ";".join(f"User:{name}" for name in (INSIDE, *self.superusers)),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.certificate_file),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca_file),
            "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
        }
        for name in ("inside", "controller"):
            found[f"listener.name.{name}.sasl.enabled.mechanisms"] = "PLAIN"
            found[f"listener.name.{name}.plain.sasl.jaas.config"] = self._plain([INSIDE])
        for door in self.doors:
            found |= self._of(door)
        return found

    def _of(self, door: Door) -> dict[str, str]:
        place = f"listener.name.{door.name.lower()}"
        found = {f"{place}.ssl.client.auth": "required" if door.certificates else "none"}
        if door.mechanisms:
            found[f"{place}.sasl.enabled.mechanisms"] = ",".join(door.mechanisms)
        for mechanism in door.mechanisms:
            module = {
                "PLAIN": self._plain(self.passwords),
                # Accepts tokens that nobody signed: for tests on loopback.
                "OAUTHBEARER": f"{_LOGINS}.oauthbearer.OAuthBearerLoginModule required;",
            }.get(mechanism, f"{_LOGINS}.scram.ScramLoginModule required;")
            found[f"{place}.{mechanism.lower()}.sasl.jaas.config"] = module
        return found

    def _plain(self, users: Iterable[str]) -> str:
        inside = self.passwords[INSIDE]
        known = " ".join(f'user_{user}="{self.passwords[user]}"' for user in users)
        return f'{_LOGINS}.plain.PlainLoginModule required username="{INSIDE}" password="{inside}" {known};'
