"""SMS by a gateway's HTTP interface: one request for each number; accepted is what the settings call so.

Whoever has it is not sent it again when others have to be tried once more; but where no answer came, nobody
can tell, and who gets it twice cannot either. No number stands in anything that is said of it here.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from pathlib import Path

import httpx

from marsad.errors import BusyError, LinkError, OutrankedError, RefusedError
from marsad.links.secret import secret_from
from marsad.links.tls import client_tls
from marsad.model.announcement import DeliveryState, DrillAnnouncement, LiveAnnouncement
from marsad.outputs.listed import Listed
from marsad.outputs.pace import Pace
from marsad.outputs.recipients import Recipient, Round, recipients_from
from marsad.outputs.redaction import as_read, hidden, holds_number
from marsad.outputs.settings.sms import SmsSettings
from marsad.outputs.sms_request import id_in, is_acceptance, request_of
from marsad.outputs.sms_text import fitted, length_of
from marsad.outputs.time_left import as_of
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import Language, catalogue
from marsad.warning.sentences import pieces

_LOG = logging.getLogger(__name__)
for _name in ("httpx", "httpcore"):  # they write down whole addresses, where a number may stand
    logging.getLogger(_name).setLevel(logging.WARNING)

ANSWER_BYTES_MAX = 20_000
AGAIN_S, AGAIN_S_MAX = 10.0, 120.0
_NAME_MAX = 60
_LATER = (408, 425, 429)


class Sms(Listed):
    """One gateway.

    counters  ``messages``, ``parts``: taken by the gateway so far
    """

    def __init__(self, settings: SmsSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a token, a certificate or a list of numbers that cannot be used."""
        recipients = recipients_from(Path(settings.recipients_file), "number")
        super().__init__(settings.name, "an SMS", recipients, surroundings)
        self._settings = settings
        self._listed = [one.to for one in recipients]
        path = settings.token_file
        token = secret_from(None if path is None else Path(path), "the token", 1)
        self._token = "" if token is None else token.decode("utf-8", "surrogateescape")
        self._client = httpx.AsyncClient(
            verify=client_tls(settings.authorities, settings.client_certificate, settings.client_key),
            timeout=httpx.Timeout(settings.timeout_s),
            limits=httpx.Limits(max_connections=settings.at_once, keepalive_expiry=30.0),
            follow_redirects=False,
            trust_env=False,
        )
        self.counters: Counter[str] = Counter()
        self._pace = Pace(settings.per_minute, 60.0)
        self._numbers = {one.line: Pace(settings.number_per_hour, 3_600.0) for one in self._recipients}

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Ask the gateway for each number that has not got it yet. Raises LinkError."""
        one = self._round_of(word)
        if one.word.kind.mends:
            for recipient in one.left():
                if self._numbers[recipient.line].wait_s() > 0:
                    one.refuse(recipient, f"has {self._settings.number_per_hour} of this hour already")
        before, at_once = one.taken, asyncio.Semaphore(self._settings.at_once)
        failures = await asyncio.gather(
            *(self._tell_one(one, recipient, at_once) for recipient in one.left())
        )
        if one.taken > before:
            state = DeliveryState.SENT if one.left() else DeliveryState.ACCEPTED
            await self._tell(announcement_id, state, one)
        return _outcome(one, [error for error in failures if error is not None])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _text(self, word: LiveAnnouncement | DrillAnnouncement, language: Language) -> str:
        """The message as it is said now."""
        now = as_of(word, self._surroundings.utc_ns())
        said = pieces(now, self._surroundings.site, catalogue(language), language)
        around = self._settings.text.get(language, "{text}")
        return fitted(said, self._settings.parts_max, around)

    async def _tell_one(
        self,
        one: Round,
        recipient: Recipient,
        at_once: asyncio.Semaphore,
    ) -> LinkError | None:
        """One person, in each of their languages; returns why they have to be tried again."""
        async with at_once:
            try:
                for language in one.languages_left(recipient):
                    await self._turn(one)
                    self._numbers[recipient.line].take()
                    word, announcement_id = one.word, one.word.announcement_id  # as it is by the clock now
                    text = self._text(word, language)
                    gateway_id = await self._ask(announcement_id, recipient, text)
                    one.took(recipient, [language], gateway_id)
                    self.counters["messages"] += 1
                    self.counters["parts"] += length_of(text).parts
                    _LOG.info("%s: %s has it, as %r", announcement_id, recipient.label, gateway_id)
            except RefusedError as error:
                one.refuse(recipient, str(error))
            except LinkError as error:
                return error
        return None

    async def _turn(self, one: Round) -> None:
        """Return when one more may go. Raises LinkError where it need not go any more."""
        while (wait_s := self._pace.wait_s()) > 0 and not one.interrupted.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await one.interrupted.wait()
        one.check_turn()
        self._pace.take()

    async def _ask(self, announcement_id: str, recipient: Recipient, text: str) -> str:
        """One request; returns the gateway's name of the message. Raises LinkError."""
        values = {
            "to": recipient.to,
            "to_digits": recipient.to[1:],
            "text": text,
            "id": announcement_id,
            "token": self._token,
        }
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                answer = await self._client.send(request_of(self._settings, values), stream=True)
                try:
                    body = await _beginning(answer)
                finally:
                    await answer.aclose()
        except (httpx.TimeoutException, TimeoutError) as error:
            raise LinkError(f"no answer within {self._settings.timeout_s:g} s", "no_answer") from error
        except Exception as error:  # whatever it is, it may quote the request and its number
            said = self._hidden(str(error)) or type(error).__name__
            raise LinkError(f"cannot be reached: {said}") from None
        return self._taken(answer, body)

    def _taken(self, answer: httpx.Response, body: str) -> str:
        """The gateway's name of a message that it took. Raises LinkError where it did not."""
        shown = repr(self._hidden(body))
        if answer.status_code in _LATER or answer.status_code >= 500:
            again = answer.headers.get("retry-after", "")
            again_s = min(float(again), AGAIN_S_MAX) if again.isascii() and again.isdigit() else AGAIN_S
            raise BusyError(f"answered {answer.status_code}: {shown}", again_s)
        if not answer.is_success:
            raise RefusedError(f"answered {answer.status_code}: {shown}")
        if not is_acceptance(self._settings, body):
            raise BusyError(f"answered {answer.status_code}, and no acceptance: {shown}", AGAIN_S)
        return self._name(id_in(self._settings, body))

    def _hidden(self, said: str) -> str:
        return hidden(said, self._token, numbers=self._listed)

    def _name(self, said: str) -> str:
        """The gateway's name of a message, unless it is, or holds, a number of ours or the token."""
        if holds_number(said, self._listed) or (self._token and as_read(self._token) in as_read(said)):
            return ""
        return "".join(one for one in said[:_NAME_MAX] if one.isprintable())


def _outcome(one: Round, failures: list[LinkError]) -> DeliveryState:
    """What a round came to. Raises LinkError where somebody has to be tried again, or nobody ever has it."""
    if any(isinstance(error, OutrankedError) for error in failures) and not one.is_needless:
        raise OutrankedError(one.summary())
    if failures:
        sentence = f"{one.summary()}; {failures[0]}"
        later_s = max((error.again_s for error in failures if isinstance(error, BusyError)), default=0.0)
        raise BusyError(sentence, later_s) if later_s else LinkError(sentence)
    if not one.taken:
        raise RefusedError(one.summary())
    return DeliveryState.ACCEPTED


async def _beginning(answer: httpx.Response) -> str:
    """The body of an answer, as far as it is read, however long it is."""
    data = b""
    async for chunk in answer.aiter_bytes(ANSWER_BYTES_MAX):
        data += chunk
        if len(data) >= ANSWER_BYTES_MAX:
            break
    return data[:ANSWER_BYTES_MAX].decode("utf-8", "replace")
