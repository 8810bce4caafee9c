"""Certificates of a test's own authority, in the forms that broker, store and clients read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificate


@dataclass(frozen=True)
class Certificates:
    """An authority whose files lie in one folder."""

    folder: Path

    @cached_property
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @cached_property
    def ca_file(self) -> Path:
        """The authority's certificate."""
        return self._write("ca.pem", self.authority.cert_pem.bytes())

    def of_server(self, host: str = "127.0.0.1") -> Path:
        """Key and certificate of a server, in one PEM file."""
        return self._write(
            f"server-{host}.pem", self._pem(self.authority.issue_cert(host, common_name="server"))
        )

    def of_client(self, name: str, password: str = "") -> tuple[Path, Path]:
        """Certificate and key of a client; the key is locked when there is a password."""
        made = self.authority.issue_cert(f"{name}.test", common_name=name)
        chain = b"".join(part.bytes() for part in made.cert_chain_pems)
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self._write(f"{name}.pem", chain), self._write(f"{name}.key", _key(made, lock))

    def keystore(self, password: str) -> Path:
        """Key and certificate of a server on loopback as PKCS 12, which Java reads."""
        made = self.authority.issue_cert("127.0.0.1")
        key = load_pem_private_key(made.private_key_pem.bytes(), None)
        certificate = load_pem_x509_certificate(made.cert_chain_pems[0].bytes())
        store = serialize_key_and_certificates(
            b"store", key, certificate, None, BestAvailableEncryption(password.encode())
        )
        return self._write("store.p12", store)

    def _pem(self, made: trustme.LeafCert) -> bytes:
        return _key(made, NoEncryption()) + b"".join(part.bytes() for part in made.cert_chain_pems)

    def _write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
        return path


def _key(made: trustme.LeafCert, lock: BestAvailableEncryption | NoEncryption) -> bytes:
    key = load_pem_private_key(made.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
