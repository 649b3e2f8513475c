"""Settings of a mail server."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from marsad.model.peer import is_loopback
from marsad.model.settings import FilePath, Finding, Words, check, skipping_unknown
from marsad.outputs.settings.reach import CertifiedSettings

_SERVER = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252}):([0-9]{1,5})")


def _a_server(text: str) -> str:
    parts = _SERVER.fullmatch(text)
    if parts is None or not 0 < int(parts[2]) < 65_536:
        raise ValueError(f"{text[:80]!r} is no name or address and port, such as mail.example:587")
    return text


def mail_server_of(text: str) -> tuple[str, int]:
    """Host and port of a mail server's address."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


MailServer = Annotated[
    str, AfterValidator(_a_server), Words("a name or address and a port, such as mail.example:587")
]
MailAddress = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$"),
    Words("a mail address such as marsad@site.example"),
]


class SmtpSettings(CertifiedSettings):
    """A mail server that sends each announcement to a list of addresses; who gets it twice cannot tell."""

    standard: Literal["smtp"] = Field("smtp", description="Mail, by SMTP.")
    server: MailServer = Field(
        description="Name or address and port of the server, such as mail.example:587."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="starttls: it is begun in the clear and must go over to TLS (port 587); tls: from the "
        "first byte (465); none: only on this machine.",
    )
    sender: MailAddress = Field(description="Address from which mails come.")
    recipients_file: FilePath = Field(
        description="CSV file of who is told, its first line to,language,zones; language is ar, en or both."
    )
    user: str | None = Field(None, min_length=1, max_length=200, description="Name at the server.")
    password_file: FilePath | None = Field(None, description="File with the password of user.")
    timeout_s: float = Field(10.0, gt=0, le=60, description="An answer that takes longer is none.")

    @check
    def _safe_where_it_leaves(self) -> Iterator[Finding]:
        with skipping_unknown:
            if self.security == "none" and not is_loopback(mail_server_of(self.server)[0]):
                sentence = (
                    f'security is "none", and server is {self.server!r}, another machine: anybody on the way '
                    'could read mails and change them: use "starttls" or "tls"'
                )
                yield Finding(("security",), sentence)

    @check
    def _belonging_together(self) -> Iterator[Finding]:
        if (self.user is None) != (self.password_file is None):
            yield Finding(("user",), "user and password_file must be given together")
        with skipping_unknown:
            files = (self.authorities, self.client_certificate)
            if any(one is not None for one in files) and self.security == "none":
                yield Finding(("security",), 'security is "none", where certificates do nothing')
