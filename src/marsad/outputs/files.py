"""What the settings of an output name on this machine: files that are there, and can be used.

A site that starts finds the same out, too late; here whoever checks the settings is told.
"""

from collections.abc import Iterator
from pathlib import Path

from marsad.errors import LinkError
from marsad.links.secret import secret_from
from marsad.links.tls import client_tls
from marsad.model.settings import Finding
from marsad.outputs.settings import CapSettings, OutputSettings
from marsad.outputs.settings.reach import CertifiedSettings, PostSettings


def file_findings(settings: OutputSettings) -> Iterator[Finding]:
    """What is wrong with the files of an output."""
    if isinstance(settings, PostSettings):
        yield from _secret(settings)
    if isinstance(settings, CertifiedSettings):
        yield from _certificates(settings)
    if isinstance(settings, CapSettings):
        yield from _folder(settings)
        yield from _signature(settings)


def _secret(settings: PostSettings) -> Iterator[Finding]:
    try:
        secret_from(None if settings.secret_file is None else Path(settings.secret_file))
    except LinkError as error:
        yield Finding(("secret_file",), f"secret_file: {error}")


def _certificates(settings: CertifiedSettings) -> Iterator[Finding]:
    names = ("authorities", "client_certificate", "client_key")
    missing = [name for name in names if (path := getattr(settings, name)) and not Path(path).is_file()]
    for name in missing:
        yield Finding((name,), f"{name}: there is no file {getattr(settings, name)!r}")
    if missing or (settings.authorities is None and settings.client_certificate is None):
        return
    try:
        client_tls(settings.authorities, settings.client_certificate, settings.client_key)
    except LinkError as error:
        place = "authorities" if settings.client_certificate is None else "client_certificate"
        yield Finding((place,), f"{place}: {error}")


def _folder(settings: CapSettings) -> Iterator[Finding]:
    if settings.folder is None:
        return
    folder = Path(settings.folder).absolute()
    if folder.exists() and not folder.is_dir():
        yield Finding(("folder",), f"folder: {settings.folder!r} is no folder")
    elif not folder.parent.is_dir():
        yield Finding(("folder",), f"folder: there is no folder {str(folder.parent)!r} to make it in")


def _signature(settings: CapSettings) -> Iterator[Finding]:
    if settings.signature_certificate is None or settings.signature_key is None:
        return
    from marsad.outputs.cap_signature import Signer  # needs packages that most sites have not

    try:
        Signer(Path(settings.signature_certificate), Path(settings.signature_key))
    except LinkError as error:
        yield Finding(("signature_certificate",), f"signature_certificate: {error}")
