"""Settings of the outputs: how each is reached."""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marsad.model.endpoint import Listened
from marsad.model.peer import is_loopback
from marsad.model.settings import Finding, Words, check, skipping_unknown
from marsad.warning.outputs import OutputSettings as Output

FilePath = Annotated[str, Field(min_length=1, max_length=4096), Words("the path of a file")]


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


class WebhookSettings(Output):
    """A web server that is sent each announcement as JSON by HTTP POST."""

    standard: Literal["webhook"] = Field("webhook", description="HTTP POST of JSON.")
    url: Url = Field(description="Where it is posted; https, or http on this machine or with a secret.")
    secret_file: FilePath | None = Field(
        None,
        description="File with the secret, 16 bytes or more, whose HMAC-SHA-256 signs each post; needed "
        "where it leaves this machine.",
    )
    authorities: FilePath | None = Field(
        None,
        description="PEM file of the authorities whose server certificates are good; default: usual ones.",
    )
    client_certificate: FilePath | None = Field(None, description="PEM chain shown to the server.")
    client_key: FilePath | None = Field(None, description="PEM private key of client_certificate.")
    timeout_s: float = Field(3.0, gt=0, le=60, description="An answer that takes longer is none.")

    @check
    def _signed_where_it_leaves(self) -> Iterator[Finding]:
        with skipping_unknown:
            host = urlsplit(self.url).hostname or ""
            if self.secret_file is None and not is_loopback(host):
                sentence = f"url is {self.url!r}, another machine, which cannot know us: set secret_file"
                yield Finding(("url",), sentence)

    @check
    def _certificate_with_key(self) -> Iterator[Finding]:
        if (self.client_certificate is None) != (self.client_key is None):
            yield Finding(("client_certificate",), "client_certificate and client_key must be given together")


class PageSettings(Output):
    """A page for phones and gate screens, on an address of its own; shows announcements, nothing else."""

    standard: Literal["page"] = Field("page", description="Web page for phones and gate screens.")
    listen: Listened = Field(description="Where it is served; not the address of the console.")
    secret_file: FilePath | None = Field(
        None,
        description="File with the key that the page's address must end in (…/?key=…), 16 letters and digits "
        "or more; needed off loopback.",
    )
    tls_certificate: FilePath | None = Field(
        None, description="PEM chain; with tls_key it is served by HTTPS; needed off loopback."
    )
    tls_key: FilePath | None = Field(None, description="PEM private key of tls_certificate.")
    screens_max: int = Field(100, ge=1, le=1_000, description="Most pages that may be open at one time.")
    silent_after_s: float = Field(
        6.0, ge=3, le=60, description="A page that hears nothing of the site for so long is loud by itself."
    )

    @check
    def _tls_needs_both(self) -> Iterator[Finding]:
        if (self.tls_certificate is None) != (self.tls_key is None):
            yield Finding(("tls_certificate",), "tls_certificate and tls_key must be given together")

    @check
    def _closed_off_loopback(self) -> Iterator[Finding]:
        with skipping_unknown:
            if is_loopback(self.listen.rpartition(":")[0]):
                return
            if self.secret_file is None:
                yield Finding(("listen",), f"listen is {self.listen!r}, which others reach: set secret_file")
            if self.tls_certificate is None:
                sentence = (
                    f"listen is {self.listen!r}, where others could read the key and forge what is shown: "
                    "give tls_certificate and tls_key"
                )
                yield Finding(("listen",), sentence)


OutputSettings = Annotated[WebhookSettings | PageSettings, Field(discriminator="standard")]
