"""What the settings of an output name on this machine: files that are there, and can be used.

A site that starts finds the same out, too late; here whoever checks the settings is told.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marsad.errors import LinkError
from marsad.links.certificates import authorities_fault, pair_faults
from marsad.links.secret import secret_from
from marsad.model.settings import Finding, UnknownPart

_PAIRS = (("client_certificate", "client_key"), ("tls_certificate", "tls_key"))


def file_findings(settings: Any) -> Iterator[Finding]:
    """What is wrong with the files of an output.

    settings  those of an output of any standard, or the part of them that is good
    """
    yield from _secret(settings)
    yield from _certificates(settings)
    yield from _folder(settings)
    yield from _signature(settings)


def _named(settings: Any, name: str) -> str | None:
    """What a setting names; None for nothing, or where the standard has no such setting."""
    try:
        value = getattr(settings, name, None)
    except UnknownPart:
        return None
    return value if isinstance(value, str) else None


def _secret(settings: Any) -> Iterator[Finding]:
    for name, called, bytes_min in (
        ("secret_file", "the secret", 16),
        ("password_file", "the password", 1),
        ("token_file", "the token", 1),
    ):
        path = _named(settings, name)
        try:
            secret_from(None if path is None else Path(path), called, bytes_min)
        except LinkError as error:
            yield Finding((name,), f"{name}: {error}")


def _certificates(settings: Any) -> Iterator[Finding]:
    authorities = _named(settings, "authorities")
    if authorities is not None and (why := authorities_fault(authorities)) is not None:
        yield Finding(("authorities",), f"authorities: {why}")
    for certificate, key in _PAIRS:
        files = _named(settings, certificate), _named(settings, key)
        if files[0] is None or files[1] is None:
            continue  # that one alone is too little is told already
        for which, why in pair_faults(files[0], files[1]):
            name = certificate if which == "certificate" else key
            yield Finding((name,), f"{name}: {why}")


def _folder(settings: Any) -> Iterator[Finding]:
    named = _named(settings, "folder")
    if named is None:
        return
    folder = Path(named).absolute()
    if folder.exists() and not folder.is_dir():
        yield Finding(("folder",), f"folder: {named!r} is no folder")
    elif not folder.parent.is_dir():
        yield Finding(("folder",), f"folder: there is no folder {str(folder.parent)!r} to make it in")


def _signature(settings: Any) -> Iterator[Finding]:
    certificate, key = _named(settings, "signature_certificate"), _named(settings, "signature_key")
    if certificate is None or key is None:
        return
    faults = list(pair_faults(certificate, key))
    for which, why in faults:
        yield Finding((f"signature_{which}",), f"signature_{which}: {why}")
    if faults:
        return
    from marsad.outputs.cap_signature import Signer  # needs packages that most sites have not

    try:
        Signer(Path(certificate), Path(key))
    except LinkError as error:
        yield Finding(("signature_certificate",), f"signature_certificate: {error}")
