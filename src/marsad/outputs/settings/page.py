"""Settings of pages for phones and gate screens."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from marsad.model.endpoint import Listened
from marsad.model.peer import is_loopback
from marsad.model.settings import FilePath, Finding, check, skipping_unknown
from marsad.warning.outputs import OutputSettings


class PageSettings(OutputSettings):
    """A page for phones and gate screens, on an address of its own; shows announcements, nothing else."""

    standard: Literal["page"] = Field("page", description="Web page for phones and gate screens.")
    listen: Listened = Field(description="Where it is served; not the address of the console.")
    secret_file: FilePath | None = Field(
        None,
        description="File with the keys of which the page's address must end in one (…/?key=…), one a line, "
        "16 letters and digits or more each, after it the zones that it opens alone; read again when it "
        "changes; needed off loopback.",
    )
    tls_certificate: FilePath | None = Field(
        None, description="PEM chain; with tls_key it is served by HTTPS; needed off loopback."
    )
    tls_key: FilePath | None = Field(None, description="PEM private key of tls_certificate.")
    screens_max: int = Field(100, ge=1, le=1_000, description="Most pages that may be open at one time.")
    screens_per_address: int = Field(
        25, ge=1, le=1_000, description="Most of them from one address; phones behind one router have one."
    )
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
