"""Settings of Common Alerting Protocol messages."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from marsad.model.settings import FilePath, Finding, FolderPath, check
from marsad.outputs.settings.reach import PostSettings, Url, unsigned_post


class CapSettings(PostSettings):
    """CAP 1.2 messages: a file each in a folder with feeds of the newest, or posted to a server, or both."""

    standard: Literal["cap"] = Field("cap", description="Common Alerting Protocol 1.2.")
    folder: FolderPath | None = Field(
        None,
        description="Folder of its own for the messages, feed.xml and feed.ar.xml; the newest 1000 stay.",
    )
    feed_entries: int = Field(50, ge=1, le=200, description="Messages in the feeds; the newest.")
    feed_url: Url | None = Field(
        None,
        description="Where a web server shows the folder, ending in /; links in the feeds begin with it. "
        "Default: they name the files alone.",
    )
    url: Url | None = Field(
        None, description="Where each message is posted as application/cap+xml; default: nowhere."
    )
    signature_certificate: FilePath | None = Field(
        None, description="PEM chain of who signs the messages (XML signature); default: nobody does."
    )
    signature_key: FilePath | None = Field(None, description="PEM private key of signature_certificate.")

    @check
    def _goes_somewhere(self) -> Iterator[Finding]:
        if self.folder is None and self.url is None:
            yield Finding(("folder",), "folder or url must be given: else nobody gets the messages")

    @check
    def _known_where_it_leaves(self) -> Iterator[Finding]:
        means = ("secret_file", "signature_key", "client_key")
        yield from unsigned_post(self, "set secret_file, signature_key or client_key", *means)

    @check
    def _signature_with_key(self) -> Iterator[Finding]:
        if (self.signature_certificate is None) != (self.signature_key is None):
            sentence = "signature_certificate and signature_key must be given together"
            yield Finding(("signature_certificate",), sentence)

    @check
    def _feed_address_is_a_folder(self) -> Iterator[Finding]:
        if self.feed_url is not None and not self.feed_url.endswith("/"):
            yield Finding(("feed_url",), f"feed_url is {self.feed_url!r}; it must end in /")
