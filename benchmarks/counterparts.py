"""Real counterparts of a site's outputs on loopback, which note what came and when; killed and brought back.

Each is what a site would have there: a web server, an MQTT broker (mosquitto) with a subscriber, a relay by
Modbus TCP, a screen that has the page open, a server of CAP messages, a TAK server (taky) with a second
client, a mail server (aiosmtpd) and an SMS gateway with a list of people each, and a line of loudspeakers.
"""

import asyncio
import contextlib
import json
import re
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from tests.outputs.mosquitto import broker, listener
from tests.outputs.receiver import accepted, receiver
from tests.outputs.relay import Relay, serving
from tests.outputs.tak import PROGRAM, handset, tak_server
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

from counterparts_of_people import Loudspeakers, PostOffice, SmsGateway
from far_end import Counterpart, beside

AGAIN_S = 0.05
_CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
_CHAT = re.compile(r"^GeoChat\.marsad\.[^.]+\.All Chat Rooms\.(.+)$")


class WebServer(Counterpart):
    """A web hook's receiver."""

    name = "webhook"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.warned: dict[str, str] = {}  # alarm → zone
        self._is_frozen = False

    def settings(self) -> str:
        """A web hook."""
        return f'standard = "{self.name}"\nurl = "http://127.0.0.1:{self.port}/"\n'

    async def _enter(self, stack: AsyncExitStack) -> None:
        received = await stack.enter_async_context(receiver(self._answer, self.port))
        self._follow(stack, received.bodies, received.news, lambda body: self._note(self._id_of(body)))

    async def freeze(self) -> None:
        """Take everything, and never answer."""
        self._is_frozen = True

    def _answer(self, number: int) -> bytes | None:
        return None if self._is_frozen else accepted(number)

    def _id_of(self, body: bytes) -> str:
        record = json.loads(body)
        if record["kind"] == "warning" and record["zones"]:
            self.warned[record["alarm"]] = record["zones"][0]["id"]
        return str(record["id"])


class CapServer(WebServer):
    """A server that CAP messages are posted to."""

    name = "cap"

    def _id_of(self, body: bytes) -> str:
        return fromstring(body).findtext(f"{_CAP}identifier", "")


class MqttBroker(Counterpart):
    """mosquitto, and a subscriber of everything."""

    name = "mqtt"
    process: asyncio.subprocess.Process

    def settings(self) -> str:
        """A broker."""
        return f'standard = "mqtt"\nurl = "mqtt://127.0.0.1:{self.port}"\nagain_s = 1.0\n'

    async def _enter(self, stack: AsyncExitStack) -> None:
        self.process = await stack.enter_async_context(broker(self.directory, self.port))
        heard = await stack.enter_async_context(listener(self.port, "marsad/+/zone/+/announcement"))
        self._follow(stack, heard.came, heard.news, lambda one: self._note(str(one.record["id"])))

    async def freeze(self) -> None:
        """Stand still."""
        self.process.send_signal(signal.SIGSTOP)


class RelayBox(Counterpart):
    """A relay with a coil for each zone; what it was told has no name but coil and level."""

    name = "relay"

    def __init__(self, directory: Path, zones: list[str]) -> None:
        super().__init__(directory)
        self.relay = Relay(port=self.port)
        self.zones = zones
        self._held: dict[int, bool] = {}

    def settings(self) -> str:
        """A relay."""
        coils = ", ".join(
            f'{{ coil = {number}, zone = "{zone}", stage = "WARN", use = "siren" }}'
            for number, zone in enumerate(self.zones)
        )
        return (
            f'standard = "modbus"\naddress = "127.0.0.1:{self.port}"\nwatchdog_register = 100\n'
            f"zones = {json.dumps(self.zones)}\ncoils = [{coils}]\n"
        )

    async def _enter(self, stack: AsyncExitStack) -> None:
        await stack.enter_async_context(serving(self.relay))
        self.relay.asked.clear()
        self._follow(stack, self.relay.asked, self.relay.news, self._note_change)

    def _note_change(self, asked: tuple[int, int, int]) -> None:
        function, number, value = asked
        is_on = value == 0xFF00
        if function == 5 and self._held.get(number, False) is not is_on:
            self._held[number] = is_on
            self._note(f"{self.zones[number]} {'on' if is_on else 'off'}")

    async def freeze(self) -> None:
        """Answer nothing."""
        self.relay.is_deaf = True


class Screen(Counterpart):
    """A phone or gate screen that has the page open, opens it again, and sounds."""

    name = "page"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._is_frozen = False

    def settings(self) -> str:
        """A page."""
        return f'standard = "page"\nlisten = "127.0.0.1:{self.port}"\n'

    async def _enter(self, stack: AsyncExitStack) -> None:
        beside(stack, self._look())

    async def freeze(self) -> None:
        """Take everything, and say nothing."""
        self._is_frozen = True

    async def _look(self) -> None:
        address = f"127.0.0.1:{self.port}"
        while True:
            with contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed):
                async with connect(
                    f"ws://{address}/live?name=Gate", origin=Origin(f"http://{address}"), proxy=None
                ) as one:
                    await self._read(one)
            await asyncio.sleep(AGAIN_S)

    async def _read(self, one: ClientConnection) -> None:
        async for said in one:
            record = json.loads(said)
            if record["kind"] != "announcement":
                continue
            name = record["announcement"]["id"]
            self._note(name)
            for kind in () if self._is_frozen else ("shown", "sounded"):
                await one.send(json.dumps({"kind": kind, "id": name}))


class TakServer(Counterpart):
    """taky, and a second client on it; nothing is said to the sender."""

    name = "tak"
    answers = False
    process: asyncio.subprocess.Process

    def settings(self) -> str:
        """A TAK server."""
        return f'standard = "cot"\naddress = "tcp://127.0.0.1:{self.port}"\n'

    async def _enter(self, stack: AsyncExitStack) -> None:
        folder = self.directory / "tak"
        folder.mkdir(exist_ok=True)
        self.process = await stack.enter_async_context(tak_server(PROGRAM, folder, self.port))
        heard = await stack.enter_async_context(handset(self.port))
        self._follow(stack, heard.events, heard.news, self._note_chat)

    def _note_chat(self, event: Element) -> None:
        if found := _CHAT.match(event.get("uid", "")):
            self._note(found[1])

    async def freeze(self) -> None:
        """Stand still."""
        self.process.send_signal(signal.SIGSTOP)


KINDS: tuple[type[Counterpart], ...] = (
    WebServer,
    MqttBroker,
    RelayBox,
    Screen,
    CapServer,
    TakServer,
    PostOffice,
    SmsGateway,
    Loudspeakers,
)


def all_of(directory: Path, zones: list[str]) -> list[Counterpart]:
    """One of each kind."""
    by_zone = (RelayBox, Loudspeakers)
    return [kind(directory, zones) if issubclass(kind, by_zone) else kind(directory) for kind in KINDS]


def section(one: Counterpart) -> str:
    """An output of the site that is told of WARN, in drills too."""
    return f'\n[[output]]\nname = "{one.name}"\nstages = ["WARN"]\ndrills = true\n{one.settings()}'
