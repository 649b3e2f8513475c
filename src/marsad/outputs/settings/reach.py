"""What settings of outputs share: addresses, files, and certificates of both ends."""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marsad.model.peer import is_loopback
from marsad.model.settings import FilePath, Finding, Words, check, skipping_unknown
from marsad.warning.outputs import OutputSettings as Output


def _a_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"{url[:80]!r} is no http or https address, such as https://gate.example/alarm")
    if parts.username or parts.password:
        raise ValueError("a password in an address is seen by everybody: sign with secret_file instead")
    return url


Url = Annotated[str, AfterValidator(_a_url), Words("an http or https address")]


class CertifiedSettings(Output):
    """An output whose server is believed by its certificate, and may be shown ours."""

    authorities: FilePath | None = Field(
        None,
        description="PEM file of the authorities whose server certificates are good; default: usual ones.",
    )
    client_certificate: FilePath | None = Field(None, description="PEM chain shown to the server.")
    client_key: FilePath | None = Field(None, description="PEM private key of client_certificate.")

    @check
    def _certificate_with_key(self) -> Iterator[Finding]:
        if (self.client_certificate is None) != (self.client_key is None):
            yield Finding(("client_certificate",), "client_certificate and client_key must be given together")


class PostSettings(CertifiedSettings):
    """An output that posts to a web server."""

    url: Url | None = Field(None, description="Where it is posted.")
    secret_file: FilePath | None = Field(
        None,
        description="File with the secret, 16 bytes or more, whose HMAC-SHA-256 signs each post; needed "
        "where it leaves this machine.",
    )
    timeout_s: float = Field(3.0, gt=0, le=60, description="An answer that takes longer is none.")


def unsigned_post(settings: Any, remedy: str, *means: str) -> Iterator[Finding]:
    """What is wrong where posts leave this machine by none of some means to know them.

    settings   a `PostSettings` or a part of one
    remedy     what to set
    """
    with skipping_unknown:
        if settings.url is None or any(getattr(settings, name) is not None for name in means):
            return
        if not is_loopback(urlsplit(settings.url).hostname or ""):
            sentence = f"url is {settings.url!r}, another machine, which cannot know us: {remedy}"
            yield Finding(("url",), sentence)
