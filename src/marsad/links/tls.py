"""TLS to a server: by which authorities it is believed, and what it is shown of us."""

import ssl

from marsad.errors import LinkError
from marsad.links.plain_file import check_plain


def client_tls(
    authorities: str | None, certificate: str | None = None, key: str | None = None
) -> ssl.SSLContext:
    """TLS for dialling a server whose certificate must be good and name it.

    authorities       PEM file of those whose certificates are good; None: the usual ones
    certificate, key  PEM files of what the server is shown; None: nothing

    Raises LinkError if one of the files cannot be used.
    """
    try:
        for path in (authorities, certificate, key):
            if path is not None:
                check_plain(path)
        context = ssl.create_default_context(cafile=authorities)
        if certificate is not None:
            context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise LinkError(f"its certificates cannot be used: {reason}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def server_tls(certificate: str, key: str) -> ssl.SSLContext:
    """TLS for serving. Raises LinkError if one of the PEM files cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        check_plain(certificate)
        check_plain(key)
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise LinkError(f"its certificate cannot be used: {reason}") from error
    return context
