"""Whether certificates and keys in files can be used: what is wrong, before anything dials or listens.

Whether one is valid now is found out as a peer would: by handshakes with oneself, in memory.
"""

import ssl
import time
from collections.abc import Iterator
from typing import Literal

from marsad.links.plain_file import plain_bytes

_MISMATCH = "KEY_VALUES_MISMATCH"
_TIMES = {
    9: "is not valid yet",
    10: "has expired",
}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_ROUNDS = 8
Which = Literal["certificate", "key"]


def pair_faults(certificate: str, key: str) -> Iterator[tuple[Which, str]]:
    """What is wrong with a certificate and its key: with which of the two, and a sentence."""
    missing: list[tuple[Which, str | None]] = [
        ("certificate", _no_pem(certificate, b"CERTIFICATE", "certificate")),
        ("key", _no_pem(key, b"PRIVATE KEY", "private key")),
    ]
    found: list[tuple[Which, str]] = [(which, why) for which, why in missing if why is not None]
    if not found and (fault := _pair_fault(certificate, key)) is not None:
        found = [fault]
    yield from found


def _pair_fault(certificate: str, key: str) -> tuple[Which, str] | None:
    if b"ENCRYPTED" in plain_bytes(key):
        return "key", f"{key}: has a pass phrase, which nobody gives at a start: take it off"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        if reason == _MISMATCH:
            return "key", f"{key}: is not the key of {certificate}: they are no PEM pair"
        return "certificate", f"{certificate} and {key} are no PEM pair without a pass phrase: {reason}"
    when = _when_shown(certificate, key, by_server=True) or _when_shown(certificate, key, by_server=False)
    return None if when is None else ("certificate", f"{certificate}: {when}")


def authorities_fault(path: str) -> str | None:
    """What is wrong with a file of authorities; None for nothing."""
    if (why := _no_pem(path, b"CERTIFICATE", "certificate")) is not None:
        return why
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except (OSError, ValueError) as error:
        return f"{path}: cannot be used: {getattr(error, 'reason', None) or error}"
    ends_s = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in context.get_ca_certs()]
    if ends_s and max(ends_s) < time.time():
        return f"{path}: every authority in it has expired"
    return None


def _no_pem(path: str, kind: bytes, called: str) -> str | None:
    try:
        data = plain_bytes(path)
    except FileNotFoundError:
        return f"there is no file {path!r}"
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror or error}"
    return None if b"-----BEGIN " in data and kind in data else f"{path}: holds no PEM {called}"


def _when_shown(certificate: str, key: str, *, by_server: bool) -> str | None:
    """That a certificate is not valid yet, or not any more, to whom a server or a client shows it."""
    serving, dialling = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    dialling.check_hostname = False
    believing, other = (dialling, serving) if by_server else (serving, dialling)
    other.verify_mode, believing.verify_mode = ssl.CERT_NONE, ssl.CERT_REQUIRED
    believing.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it vouches for itself: only its times count
    for context in (serving, dialling):
        context.load_cert_chain(certificate, key, password="")
    believing.load_verify_locations(certificate)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = dialling.wrap_bio(down, up), serving.wrap_bio(up, down, server_side=True)
    for _ in range(_ROUNDS):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return _TIMES.get(error.verify_code)
            except ssl.SSLError:
                return None
    return None
