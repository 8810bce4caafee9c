"""Whether an address may be called: http(s) to a name or a public address, however it is spelled."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

_LOCAL_NAMES = frozenset(
    ("localhost", "localdomain", "ip6-localhost", "ip6-loopback", "broadcasthost", "loopback")
)
_LOCAL_ENDINGS = (".localhost", ".localdomain")
_NOT_IN_AN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def why_not(url: str, *, allow_private: bool) -> str | None:
    """Say why an address is refused, or None for a good one.

    Hosts are read as the WHATWG URL standard reads them (https://url.spec.whatwg.org/#host-parsing), so that
    every spelling that a client takes for an address without asking a name server is taken for one here.
    """
    if _NOT_IN_AN_ADDRESS.search(url):
        return "an address has no spaces, control characters or backslashes"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "this is no address: give http://host/path or https://host/path"
    if parts.scheme not in ("http", "https"):
        return "only http:// and https:// addresses can be called"
    if not host or not parts.netloc:
        return "the address names no host"
    if "@" in parts.netloc:
        return "give no user name or password in the address; webhooks are signed instead"
    if port == 0:
        return "the port is 1 to 65535"
    return _host_problem(host, bracketed=parts.netloc.startswith("["), allow_private=allow_private)


def _host_problem(host: str, *, bracketed: bool, allow_private: bool) -> str | None:
    if "%" in host:
        return "write the host without percent signs or zones"
    # Full-width digits and ideographic stops are digits and stops to an IDNA client.
    name = unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower().removesuffix(".")
    try:
        address = ipaddress.IPv6Address(name) if bracketed else _ipv4(name)
    except ValueError:
        return "the host is written like an IP address, but is none"
    if address is not None:
        return None if allow_private or is_public(address) else f"{address} is no public address"
    if name in _LOCAL_NAMES or name.endswith(_LOCAL_ENDINGS):
        return None if allow_private else f"{name} is this machine, no public address"
    return _name_problem(name)


def _name_problem(name: str) -> str | None:
    try:
        spelled = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        spelled = ""
    if len(spelled) > 253 or _NAME.fullmatch(spelled) is None:
        return "the host is no name that can be looked up"
    return None


def _ipv4(host: str) -> ipaddress.IPv4Address | None:
    """Read any spelling of an IPv4 address: dotted, short, decimal, octal or hexadecimal; None for a name.

    Raises:
        ValueError: the last part is a number, so that it can only be an address, but it is none.
    """
    parts = host.split(".")
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", parts[-1]):
        return None
    if len(parts) > 4:
        raise ValueError(host)
    numbers = [_number(part) for part in parts]
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise ValueError(host)
    value = last
    for position, number in enumerate(leading):
        value += number << (8 * (3 - position))
    return ipaddress.IPv4Address(value)


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if not re.fullmatch(r"[0-9]{1,32}", part):
        raise ValueError(part)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address belongs to the internet, also one that is written into another kind."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is None and int(address) < 2**32:  # ::a.b.c.d, the deprecated "compatible" form
            inner = ipaddress.IPv4Address(int(address))
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
