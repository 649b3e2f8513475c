"""The address of one end: host and port."""

import ipaddress

Address = tuple[str, int]


def address_from(text: str) -> Address:
    """Host and port of ``127.0.0.1:5030`` or ``[::1]:5030``; a name is not looked up. Raises ValueError."""
    host, _, port = text.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ip = ipaddress.ip_address(bare)
    except ValueError:
        ip = None
    if ip is None or not 0 < number < 65_536 or (ip.version == 6) != host.startswith("["):
        raise ValueError(
            f"{text[:60]!r} is no IP address and port, such as 192.0.2.7:5030 or [2001:db8::7]:5030"
        )
    return bare, number
