"""A mail server (aiosmtpd) on a real socket, that misbehaves when told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"
Answer = Callable[[int], str]


def ok(number: int) -> str:
    """The answer of a server that is well."""
    return OK


@dataclass
class MailServer:
    """What a server got, and how it answers: by the number of the question, from 0.

    to_recipient   what it says to a RCPT, by its address
    """

    to_mail: Answer = ok
    to_data: Answer = ok
    to_recipient: dict[str, str] = field(default_factory=dict)
    logins: dict[bytes, bytes] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    asked: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A sender is named."""
        said = self.to_mail(self.asked)
        self.asked += 1
        if said.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return said

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient is named."""
        self.attempts.append(address)
        self.news.set()
        said = self.to_recipient.get(address, OK)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """A mail comes."""
        said = self.to_data(len(self.mails))
        content = envelope.content or b""
        data = content if isinstance(content, bytes) else content.encode()
        if said.startswith("250"):
            self.bodies.append(data)
            mail = message_from_bytes(data, policy=default)
            self.mails.append(mail)
            self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
            self.news.set()
        return said

    async def until(self, count: int) -> None:
        """Return when so many mails have come."""
        async with asyncio.timeout(20):
            while len(self.mails) < count:
                self.news.clear()
                await self.news.wait()

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: object
    ) -> AuthResult:
        """Whether a name and password are good."""
        good = isinstance(auth_data, LoginPassword) and self.logins.get(auth_data.login) == auth_data.password
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(
    server: MailServer,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> AsyncIterator[MailServer]:
    """Serve on a port of loopback, a free one for 0."""
    loop = asyncio.get_running_loop()
    make = partial(
        SMTP,
        server,
        hostname="mail.example",
        loop=loop,
        tls_context=starttls,
        require_starttls=starttls is not None,
        auth_require_tls=starttls is not None,
        auth_required=bool(server.logins),
        authenticator=server.authenticate,
    )
    protocols: list[SMTP] = []

    def made() -> SMTP:
        protocols.append(make())
        return protocols[-1]

    listening = await loop.create_server(made, "127.0.0.1", port, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.close()
        tasks = [task for one in protocols if (task := one._handler_coroutine) is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()
