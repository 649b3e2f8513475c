"""Who is at the other end of a socket: its address, and over TLS its certificate."""

import asyncio
import hashlib
import ssl

from marsad.errors import LinkError
from marsad.links.plain_file import check_plain
from marsad.model.peer import NOBODY, Certificate, Peer, plain_address

_NAMED = frozenset({"URI", "DNS", "email", "IP Address"})


def peer_of(writer: asyncio.StreamWriter) -> Peer:
    """The peer of a connection; nobody where it has gone already."""
    name = writer.get_extra_info("peername")
    if not isinstance(name, tuple) or len(name) < 2:
        return NOBODY
    return Peer(plain_address(str(name[0])), int(name[1]), _certificate(writer))


def _certificate(writer: asyncio.StreamWriter) -> Certificate | None:
    secured = writer.get_extra_info("ssl_object")
    if secured is None or (whole := secured.getpeercert(binary_form=True)) is None:
        return None
    record = secured.getpeercert()
    names = [str(value) for kind, value in record.get("subjectAltName", ()) if kind in _NAMED]
    names += [str(value) for part in record.get("subject", ()) for key, value in part if key == "commonName"]
    lower = tuple(dict.fromkeys(name.lower() for name in names))
    return Certificate(hashlib.sha256(whole).hexdigest(), lower)


def mutual_tls(certificate: str, key: str, authorities: str) -> ssl.SSLContext:
    """TLS 1.2 or newer, for a server whose peers must show a certificate of these authorities.

    Raises LinkError if one of the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        for path in (certificate, key, authorities):
            check_plain(path)
        context.load_cert_chain(certificate, key, password="")
        context.load_verify_locations(authorities)
    except (OSError, ValueError) as error:
        said = getattr(error, "reason", None) or str(error)
        raise LinkError(f"{certificate}, {key} or {authorities} cannot be used for TLS: {said}") from error
    context.verify_mode = ssl.CERT_REQUIRED
    return context
