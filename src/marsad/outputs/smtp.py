"""Mail: each announcement to a list of addresses; the server's 250 is its acceptance.

One mail for each language, its recipients on the envelope. Who has it is not sent it again when others have
to be tried once more; but where the connection breaks between the mail and the 250, nobody can tell, and who
gets it twice cannot either, except by its Message-ID.
"""

import contextlib
import ssl
from pathlib import Path

import aiosmtplib

from marsad.errors import BusyError, LinkError, RefusedError
from marsad.links.secret import secret_from
from marsad.links.tls import client_tls
from marsad.model.announcement import DeliveryState
from marsad.outputs.listed import Listed
from marsad.outputs.mail import mail_of
from marsad.outputs.recipients import Recipient, Round, recipients_from
from marsad.outputs.redaction import hidden
from marsad.outputs.settings.smtp import SmtpSettings, mail_server_of
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import catalogue

AGAIN_S = 20.0  # who is greylisted is let in after a while, and not for asking more often
RECIPIENTS_AT_ONCE = 50  # of one mail; servers allow a hundred (RFC 5321, 4.5.3.1.8)


class Smtp(Listed):
    """One mail server."""

    def __init__(self, settings: SmtpSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a password, a certificate or a list of recipients that cannot be used."""
        recipients = recipients_from(Path(settings.recipients_file), "address")
        super().__init__(settings.name, "a mail", recipients, surroundings)
        self._settings = settings
        path = settings.password_file
        secret = secret_from(None if path is None else Path(path), "the password", 1)
        self._password = None if secret is None else secret.decode("utf-8", "surrogateescape")
        self._tls = None
        if settings.security != "none":
            self._tls = client_tls(settings.authorities, settings.client_certificate, settings.client_key)

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Send an announcement to whoever has not got it yet. Raises LinkError."""
        one = self._round_of(word)
        busy, before = "", one.taken
        if one.left():
            try:
                busy = await self._deliver(one)
            except (aiosmtplib.SMTPException, ssl.SSLError, OSError, ValueError) as error:
                if one.is_needless:
                    raise LinkError(
                        "a later word about the same came while it was sent", "superseded"
                    ) from error
                raise _told(error, self._settings.timeout_s) from error
            finally:
                if one.left() and one.taken > before:
                    await self._tell(announcement_id, DeliveryState.SENT, one)
        if one.left():
            raise BusyError(f"{one.summary()}; the server says {busy}", AGAIN_S)
        if not one.taken:
            raise RefusedError(one.summary())
        if one.refused:
            await self._tell(announcement_id, DeliveryState.ACCEPTED, one)
        return DeliveryState.ACCEPTED

    async def close(self) -> None:
        """No connection is kept between announcements."""

    async def _deliver(self, one: Round) -> str:
        """One connection; returns what the server said to those it does not take now, "" for none."""
        settings = self._settings
        host, port = mail_server_of(settings.server)
        client = aiosmtplib.SMTP(
            hostname=host,
            port=port,
            timeout=settings.timeout_s,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._tls,
            username=settings.user,
            password=self._password,
            local_hostname=settings.sender.rpartition("@")[2],
        )
        busy = ""
        try:
            await client.connect()
            for language in ("ar", "en", "both"):
                group = [recipient for recipient in one.left() if recipient.language == language]
                for first in range(0, len(group), RECIPIENTS_AT_ONCE):
                    one.check_turn()
                    some = group[first : first + RECIPIENTS_AT_ONCE]
                    busy = await self._mail(client, one, some) or busy
                    if not client.is_connected:  # it hung up with what it said
                        return busy
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):  # all is said
                await client.quit()
        finally:
            client.close()
        return busy

    async def _mail(
        self,
        client: aiosmtplib.SMTP,
        one: Round,
        some: list[Recipient],
    ) -> str:
        """One mail to some recipients of one language; returns what keeps some of them from it for now."""
        wording = {"ar": catalogue("ar"), "en": catalogue("en")}
        around = self._surroundings
        sender, now_ns = self._settings.sender, around.utc_ns()
        mail = mail_of(one.word, around.site, sender, some[0].language, wording, now_ns)
        try:
            refused, _ = await client.sendmail(sender, [recipient.to for recipient in some], mail.as_bytes())
            answers = {to: (answer.code, answer.message) for to, answer in refused.items()}
        except aiosmtplib.SMTPRecipientsRefused as error:
            answers = {answer.recipient: (answer.code, answer.message) for answer in error.recipients}
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            answers = {recipient.to: (error.code, error.message) for recipient in some}
        busy = ""
        for recipient in some:
            code, said = answers.get(recipient.to, (250, ""))
            if code == 250:
                one.took(recipient, recipient.languages)
            elif code >= 500:
                one.refuse(recipient, f"{code} {hidden(said)}")
            else:
                busy = f"{code} {hidden(said)}"
        return busy


def _told(error: Exception, timeout_s: float) -> LinkError:
    """What a failed connection is told as: for good where the server said so, else for now."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = f"the server answered {error.code} {hidden(error.message)}"
        return RefusedError(said) if error.code >= 500 else BusyError(said, AGAIN_S)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return RefusedError(f"the server cannot do what is needed: {hidden(str(error))}")
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return LinkError(f"no answer within {timeout_s:g} s", "no_answer")
    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    return LinkError(f"the server cannot be used: {hidden(str(cause)) or type(error).__name__}")
