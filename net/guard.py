"""Which private addresses may be called all the same, and which address a name is called at: checked before it is."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from net.addresses import is_public, why_not
from runtime.errors import AddressRefused, InvalidRequest, Unreachable

ALLOWED = "REELBUS_ALLOW_PRIVATE_ADDRESSES"
"""The variable that names private addresses which may be called: `host:port` or networks, with commas between."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Private addresses that an operator allows."""

    places: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    def admits(self, host: str, port: int) -> bool:
        """Whether a host may be called at a port, wherever it is."""
        return (host.lower(), port) in self.places

    def holds(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        """Whether an address lies in one of the networks."""
        return any(address in network for network in self.networks)


def read_allowed(text: str) -> Allowed:
    """Read a list of `host:port` and networks.

    Raises:
        ValueError: something in it is neither; it is named.
    """
    places, networks = set(), []
    for word in filter(None, (each.strip() for each in text.split(","))):
        host, colon, port = word.rpartition(":")
        if colon and port.isascii() and port.isdigit() and "/" not in word:
            places.add((host.strip("[]").lower(), int(port)))
            continue
        try:
            networks.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            raise ValueError(f"{word!r} is neither host:port nor a network such as 10.0.0.0/8") from None
    return Allowed(frozenset(places), tuple(networks))


def allow(text: str) -> None:
    """Let this process, and those that it starts, call these private addresses.

    Raises:
        InvalidRequest: the list cannot be read.
    """
    try:
        read_allowed(text)
    except ValueError as error:
        raise InvalidRequest(f"{ALLOWED}: {error}") from None
    if text:
        os.environ[ALLOWED] = text


def allowed_here() -> Allowed:
    """Return what the environment of this process allows.

    Raises:
        ValueError: it cannot be read.
    """
    return read_allowed(os.environ.get(ALLOWED, ""))


def addresses_of(url: str, host: str, port: int, allowed: Allowed) -> Iterator[str]:
    """Yield where a host can be reached; every address of it has to be one that may be called.

    Raises:
        AddressRefused: it may not be called.
        Unreachable: its name leads nowhere.
    """
    admitted = allowed.admits(host, port)
    if wrong := why_not(url, allow_private=True):
        raise AddressRefused(wrong)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} cannot be found") from error
    addresses = [str(each[4][0]) for each in found]
    for address in addresses:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        if not (admitted or is_public(parsed) or allowed.holds(parsed)):
            raise AddressRefused(f"{host} is {parsed}, which is no public address")
    yield from dict.fromkeys(addresses)
