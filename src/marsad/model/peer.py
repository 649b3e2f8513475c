"""The other end of a connection: its address, and by which certificate it is known."""

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Any

_NAMES_MAX = 16
_TEXT_MAX = 200
_IPV6_NETWORK_BITS = 64  # what one household or host has for itself
# as journals before access control have it: the text of a socket's address
_SOCKET_NAME = re.compile(r"^\('([0-9A-Fa-f.:%a-z]{1,80})', (\d{1,5})")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a TLS certificate says of its holder, once the authorities of the settings vouch for it.

    fingerprint   SHA-256 of the whole certificate, 64 small hexadecimal digits
    names         what it names, such as ``urn:uuid:…``, a host or a common name, in small letters
    """

    fingerprint: str
    names: tuple[str, ...] = ()

    def names_it(self, wanted: str) -> bool:
        """Whether it is the one meant: by one of its names, or by its fingerprint with or without colons."""
        text = wanted.strip().lower()
        return text in self.names or text.removeprefix("sha256:").replace(":", "") == self.fingerprint

    def is_of_node(self, node_id: str) -> bool:
        """Whether it names a node by its identifier."""
        return node_id in self.names or f"urn:uuid:{node_id}" in self.names


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end.

    address   IP address, "" = not known
    """

    address: str = ""
    port: int = 0
    certificate: Certificate | None = None


NOBODY = Peer()


def plain_address(address: str) -> str:
    """One spelling for each IP address: IPv4 in its IPv6 form becomes IPv4, a zone is left off."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_TEXT_MAX]
    return str(getattr(known, "ipv4_mapped", None) or known)


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the network of an IPv6 one."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, _IPV6_NETWORK_BITS), strict=False))


def is_loopback(host: str) -> bool:
    """Whether an address or name stands for this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, network: str) -> bool:
    """Whether an IP address is the one named, or in the network named."""
    try:
        known, wanted = ipaddress.ip_address(address), ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
    return known.version == wanted.version and known in wanted


def bytes_from_peer(peer: Peer) -> bytes:
    """A peer as the frame that opens its connection carries it: JSON."""
    record: dict[str, Any] = {"address": peer.address, "port": peer.port}
    if peer.certificate is not None:
        names = list(peer.certificate.names[:_NAMES_MAX])
        record["certificate"] = {"fingerprint": peer.certificate.fingerprint, "names": names}
    return json.dumps(record, separators=(",", ":")).encode()


def peer_from_bytes(data: bytes) -> Peer:
    """The peer that the bytes of an opening frame name; nobody where they cannot be read.

    Raises nothing: also what older journals hold is read, the text of a socket's address.
    """
    text = data[:65_536].decode("utf-8", "replace")
    if (found := _SOCKET_NAME.match(text)) is not None:
        return Peer(plain_address(found[1]), int(found[2]))
    try:
        record = json.loads(text)
        address, port = record["address"], record["port"]
        given = record.get("certificate")
        certificate = None
        if given is not None:
            names = tuple(str(name)[:_TEXT_MAX] for name in list(given["names"])[:_NAMES_MAX])
            certificate = Certificate(str(given["fingerprint"])[:64], names)
        return Peer(plain_address(str(address)), int(port), certificate)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return NOBODY
