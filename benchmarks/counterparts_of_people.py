"""Mail, SMS and loudspeakers from their far end: lists of people, and what sounds."""

import asyncio
import json
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.outputs.loudspeaker import SILENCE, Packet, loudspeaker, record
from tests.outputs.mail_server import MailServer, mail_server
from tests.outputs.receiver import accepted, receiver

from far_end import Counterpart
from marsad.outputs.clips import needed_files
from marsad.outputs.settings import SpeakerSettings

PEOPLE = 10  # whom the mail server and the SMS gateway tell of each announcement
_ACTS = ("take_cover", "lie_down", "be_ready", "stay_in_shelter", "false_alarm", "all_clear")
_ENDS = ("false_alarm", "all_clear")


class ListedPeople(Counterpart):
    """A way to a list of people: an announcement is there when the last of them has it.

    Whoever gets it once more makes it stand twice in ``came``.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._had: dict[str, Counter[str]] = defaultdict(Counter)
        self._is_frozen = False

    async def freeze(self) -> None:
        """Take everything, and never answer."""
        self._is_frozen = True

    def _list(self, people: list[str]) -> str:
        """The file of recipients, half of them English; returns where it is."""
        path = self.directory / f"{self.name}.csv"
        rows = [f"{one},{('ar', 'en')[number % 2]}," for number, one in enumerate(people)]
        path.write_text("\n".join(("to,language,zones", *rows)) + "\n", "utf-8")
        return str(path)

    def _note_person(self, name: str, person: str) -> None:
        had = self._had[name]
        had[person] += 1
        if len(had) < PEOPLE:
            return
        if had[person] == 1:  # the last one; the copies before it with them
            for _ in range(had.total() - PEOPLE + 1):
                self._note(name)
        else:
            self._note(name)


class PostOffice(ListedPeople):
    """A mail server that takes mails for ten people."""

    name = "mail"

    def settings(self) -> str:
        """A mail server."""
        people = self._list([f"person{number}@site.example" for number in range(PEOPLE)])
        return (
            f'standard = "smtp"\nserver = "127.0.0.1:{self.port}"\nsecurity = "none"\n'
            f'sender = "marsad@site.example"\nrecipients_file = "{people}"\n'
        )

    async def _enter(self, stack: AsyncExitStack) -> None:
        server = _MailServer(self)
        await stack.enter_async_context(mail_server(server, port=self.port))
        self._follow(stack, server.taken, server.news, self._note_mail)

    @property
    def is_frozen(self) -> bool:
        """Whether it answers nothing any more."""
        return self._is_frozen

    def _note_mail(self, one: tuple[str, list[str]]) -> None:
        for person in one[1]:
            self._note_person(one[0], person)


class _MailServer(MailServer):
    """A mail server that can stop to answer.

    taken   Message-ID without language and server, and recipients, of what it took
    """

    def __init__(self, office: PostOffice) -> None:
        super().__init__()
        self.office = office
        self.taken: list[tuple[str, list[str]]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """A mail comes."""
        if self.office.is_frozen:
            await asyncio.Event().wait()
        said = await super().handle_DATA(server, session, envelope)
        if said.startswith("250"):
            name = str(self.mails[-1]["Message-ID"]).strip(" <>").rsplit("@", 1)[0].rsplit(".", 2)[0]
            self.taken.append((name, list(envelope.rcpt_tos)))
            self.news.set()
        return said


class SmsGateway(ListedPeople):
    """An SMS gateway that is asked by HTTP, for ten people."""

    name = "sms"

    def settings(self) -> str:
        """A gateway, as fast as it may be asked."""
        people = self._list([f"+96479012345{number:02d}" for number in range(PEOPLE)])
        body = json.dumps({"to": "{to}", "text": "{text}", "ref": "{id}"})
        return (
            f'standard = "sms"\nurl = "http://127.0.0.1:{self.port}/send"\njson_body = \'{body}\'\n'
            f'recipients_file = "{people}"\nper_minute = 6000\nnumber_per_hour = 1000\nat_once = 10\n'
        )

    async def _enter(self, stack: AsyncExitStack) -> None:
        received = await stack.enter_async_context(receiver(self._answer, self.port))
        self._follow(stack, received.bodies, received.news, self._note_request)

    def _answer(self, number: int) -> bytes | None:
        return None if self._is_frozen else accepted(number)

    def _note_request(self, body: bytes) -> None:
        asked = json.loads(body)
        self._note_person(asked["ref"], asked["to"])


class Loudspeakers(Counterpart):
    """A line of loudspeakers for all zones, with clips of 60 ms: a raid of one drone a second fits on it.

    What is heard names zone and act, and no announcement; it is there with the first sound of its first word.
    """

    name = "speaker"
    answers = False

    def __init__(self, directory: Path, zones: list[str]) -> None:
        super().__init__(directory)
        self.zones = zones
        self._act, self._act_t_ns, self._last = "", 0, ""
        self._names: dict[int, str] = {}

    def settings(self) -> str:
        """Loudspeakers, and the recordings that they say."""
        folder = self.directory / "clips"
        spoken = {
            "standard": "rtp",
            "address": f"127.0.0.1:{self.port}",
            "clips": str(folder),
            "languages": ["en"],
            "repeats": 1,
            "pause_s": 0,
            "lead_in_s": 0,
        }
        known = {"name": self.name, "stages": ["WARN"], "drills": True}
        needed = needed_files(SpeakerSettings.model_validate({**spoken, **known}), self.zones)
        self._names = record(folder, needed)
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in spoken.items())

    async def _enter(self, stack: AsyncExitStack) -> None:
        ear = await stack.enter_async_context(loudspeaker(self._names, port=self.port))
        self._follow(stack, ear.packets, ear.news, self._note_packet)

    async def freeze(self) -> None:
        """Be off the network."""
        await self._stack.aclose()

    def _note_packet(self, packet: Packet) -> None:
        codes = set(packet.payload) - {SILENCE}
        clip = self._names[codes.pop()].rpartition("/")[2] if codes else ""
        is_new, self._last = clip != self._last or packet.is_marked, clip
        if clip in _ACTS and is_new:
            self._act, self._act_t_ns = clip, round(packet.arrived_s * 1e9)
        elif clip.startswith("zone_") and is_new:
            name = f"{clip.removeprefix('zone_')} {'off' if self._act in _ENDS else 'on'}"
            self._note(name, self._act_t_ns)
