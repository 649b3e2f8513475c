"""Datagrams to one address or group, of which nobody says that they arrived."""

import ipaddress
import socket

from marsad.errors import LinkError

DATAGRAM_BYTES_MAX = 65_000


class DatagramSender:
    """Sends to an IPv4 address or multicast group.

    interface  address of this machine whose network a group is in; None: as the system chooses
    hops       how many networks away a group is reached
    dscp       class of service that routers are asked for (RFC 2474); 0: none
    """

    def __init__(
        self, host: str, port: int, interface: str | None = None, hops: int = 1, dscp: int = 0
    ) -> None:
        """Raises LinkError for an interface that this machine has not."""
        self._to = (host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        try:
            if dscp:
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
            if ipaddress.ip_address(host).is_multicast:
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
                if interface is not None:
                    own = socket.inet_aton(interface)
                    self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        except OSError as error:
            self._socket.close()
            raise LinkError(f"nothing can be sent from {interface}: {error.strerror or error}") from error

    def send(self, data: bytes) -> None:
        """Send one datagram. Raises LinkError where the system refuses it."""
        if len(data) > DATAGRAM_BYTES_MAX:
            raise LinkError(f"a message of {len(data)} bytes is too long for a datagram")
        try:
            self._socket.sendto(data, self._to)
        except OSError as error:
            raise LinkError(f"{self._to[0]}:{self._to[1]}: {error.strerror or error}") from error

    def close(self) -> None:
        """Send nothing more."""
        self._socket.close()
