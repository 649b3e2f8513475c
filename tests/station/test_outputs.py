"""From a radar's bytes to a receiver that accepts: a whole site over real sockets, killed in the middle."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from websockets.asyncio.client import connect
from websockets.typing import Origin

from marsad.links.clock import SystemClock
from marsad.model.announcement import DeliveryState
from marsad.model.frame import DELIVERY
from marsad.model.threat import Level
from marsad.outputs.signing import signature
from marsad.register.store import RegisterStore
from marsad.site.deliveries import delivered_from_json
from marsad.site.journal import JournalReader
from marsad.site.recorder import replay
from marsad.station.record import newest_journal
from marsad.tracking import warm_up

from ..adversary.process import site
from ..adversary.raid import SCAN_S, SITE, hello, scan
from ..outputs.mosquitto import Listener, broker, free_port, listener, needs_mosquitto
from ..outputs.receiver import Received, accepted, receiver
from ..outputs.relay import Relay, serving
from ..warning.test_cap_schema import read_back

OUTPUT = """
[[output]]
name = "{name}"
standard = "webhook"
url = "http://127.0.0.1:{port}/"
drills = true
"""


def settings(*outputs: tuple[str, int], rule: str = "") -> str:
    return SITE + "".join(OUTPUT.format(name=name, port=port) for name, port in outputs) + rule


@asynccontextmanager
async def radar(port: int) -> AsyncIterator[None]:
    """An honest radar that sees a drone come, as long as the context lasts."""
    clock = SystemClock()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def talk() -> None:
        writer.write(hello(clock.now_ns()))
        for number in range(1, 60):
            await asyncio.sleep(SCAN_S)  # a radar turns
            writer.write(scan(clock.now_ns(), number))

    async def swallow() -> None:
        with contextlib.suppress(OSError):
            while await reader.read(65_536):
                pass

    tasks = [asyncio.create_task(talk()), asyncio.create_task(swallow())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.close()


async def said(received: Received, kind: str) -> dict[str, object]:
    """The first announcement of a kind that comes."""
    async with asyncio.timeout(180):
        while True:
            for record in received.records:
                if record["kind"] == kind and record["stage"] == "WARN":
                    return record
            received.news.clear()
            await received.news.wait()


async def test_a_radar_is_heard_and_a_receiver_told_and_told_again_what_was_false(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    async with (
        receiver() as received,
        site(tmp_path, settings(("gate", received.port))) as (_, port, console),
        radar(port),
    ):
        warning = await said(received, "warning")
        assert warning["status"] == "test", "a site in test mode warns nobody in earnest"
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console}", timeout=10) as http:
            action = {"action": "retract", "alarm_id": warning["alarm"], "reason": "our own drone"}
            answered = await http.post(
                "/api/actions", json=action, headers={"Origin": f"http://127.0.0.1:{console}"}
            )
            assert answered.status_code < 300, answered.text
        retraction = await said(received, "retraction")
    assert retraction["refers_to"] == [warning["id"]] and retraction["alarm"] == warning["alarm"]
    path = newest_journal(tmp_path, "example")
    assert path is not None
    frames = list(JournalReader(path).frames())
    told = [delivered_from_json(frame.data) for frame in frames if frame.feed == DELIVERY]
    assert {(item.announcement_id, item.state) for item in told} >= {
        (warning["id"], DeliveryState.ACCEPTED),
        (retraction["id"], DeliveryState.ACCEPTED),
    }
    fold = replay(path).fold
    states = {item.announcement_id: item for item in fold.picture().telling.deliveries}
    delivery = states[str(warning["id"])]
    assert delivery.state is DeliveryState.ACCEPTED
    # from the cycle that fulfilled the rule to the receiver's word, on whatever machine this is and however
    # loaded: that it takes a second at most is what benchmarks/announcement_delay.py shows
    assert 0 <= delivery.reached_t_ns[DeliveryState.ACCEPTED] - delivery.ruled_t_ns < 60_000_000_000
    incident = fold.incident()
    assert incident is not None
    codes = [entry.what.code for entry in incident.timeline]
    assert "telling.release.automatic" in codes
    assert codes.count("incident.retracted_all") == 1, "one word for the alert and the order to take cover"


HUB_AND_HANDSETS = """
[[output]]
name = "hub"
standard = "cap"
drills = true
url = "http://127.0.0.1:{hub}/"
folder = "{folder}"

[[output]]
name = "tak"
standard = "cot"
drills = true
address = "udp://127.0.0.1:{tak}"
tracks = true
"""


async def test_the_same_radar_is_heard_in_cap_and_on_a_tak_map(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    folder = tmp_path / "cap"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handset:
        handset.bind(("127.0.0.1", 0))
        handset.setblocking(False)
        port = handset.getsockname()[1]
        async with receiver() as hub:
            text = SITE + HUB_AND_HANDSETS.format(hub=hub.port, tak=port, folder=folder)
            async with site(tmp_path, text) as (_, feed, _), radar(feed):
                kinds: set[str] = set()
                async with asyncio.timeout(180):
                    while not {"b-a-o-tbl", "b-t-f"} <= kinds or not any(
                        kind.startswith("a-u-A") for kind in kinds
                    ):
                        data = await asyncio.get_running_loop().sock_recv(handset, 65_535)
                        event = fromstring(data)
                        assert event.get("opex") in (None, "s"), "a site in test mode means nothing"
                        kinds.add(event.get("type", ""))
                await hub.until(1)
    messages = [read_back(body.decode()) for body in hub.bodies]
    assert {message["status"] for message in messages} == {"Test"}
    names = await asyncio.to_thread(lambda: {path.name for path in folder.iterdir()})
    assert {"feed.xml", "feed.ar.xml"} <= names
    assert {f"cap-{message['identifier']}.xml" for message in messages} <= names
    assert not any(kind.startswith(("t-", "a-h")) for kind in kinds)


@dataclass
class Gate:
    """A receiver that answers only once it is let."""

    is_open: bool = False

    def answer(self, number: int) -> bytes | None:
        """Its answer."""
        return accepted(number) if self.is_open else b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"


async def test_a_site_that_was_killed_tells_what_was_not_accepted_once_it_is_back(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    gate, screens = Gate(), free_port()
    async with receiver(gate.answer) as deaf, receiver() as well:
        text = settings(("deaf", deaf.port), ("well", well.port), rule=PAGE.format(port=screens))
        with contextlib.suppress(ProcessLookupError):
            async with site(tmp_path, text) as (process, port, _), radar(port):
                tried = await said(deaf, "warning")
                warned = await said(well, "warning")
                shown = await _shown(screens)
                for record in (warned, shown):
                    await _recorded(tmp_path, f'"{record["id"]}","state":"accepted"')
                process.kill()
                await process.wait()
        before = len(well.bodies)
        gate.is_open = True
        deaf.bodies.clear()
        async with site(tmp_path, text):
            again = await said(deaf, "warning")
            assert (await _shown(screens))["id"] == shown["id"], "a page shows nothing by itself"
    assert again["id"] == tried["id"], "the same announcement, by the same name"
    assert warned["id"] not in [record["id"] for record in well.records[before:]], "it had that one"


PAGE = """
[[output]]
name = "screens"
standard = "page"
listen = "127.0.0.1:{port}"
drills = true
"""


async def _shown(port: int) -> dict[str, Any]:
    """What a page that is opened now shows once it says to take cover; it says that it shows it."""
    address = f"127.0.0.1:{port}"
    async with (
        asyncio.timeout(120),
        connect(f"ws://{address}/live", origin=Origin(f"http://{address}"), proxy=None) as one,
    ):
        found: dict[str, Any] = {}
        while found.get("stage") != "WARN":
            found = json.loads(await one.recv()).get("announcement", {})
        await one.send(json.dumps({"kind": "shown", "id": found["id"]}))
        return found


async def _recorded(directory: Path, said: str) -> None:
    """Return once the journal holds what was said of an announcement."""
    path = newest_journal(directory, "example")
    assert path is not None
    async with asyncio.timeout(120):
        while True:
            data = await asyncio.to_thread(path.read_bytes)
            if said.encode() in data:
                return
            await asyncio.sleep(0.05)


SIREN_AND_BROKER = """
[[output]]
name = "broker"
standard = "mqtt"
url = "mqtt://127.0.0.1:{broker}"
secret_file = "{secret}"
drills = true

[[output]]
name = "siren"
standard = "modbus"
address = "127.0.0.1:{relay}"
stages = ["WARN"]
zones = ["gate"]
drills = true
assert_s = 0.2
watchdog_register = 7
coils = [{{ coil = 1, zone = "gate", stage = "WARN", use = "siren" }}]
"""


@needs_mosquitto
async def test_a_siren_and_a_broker_follow_a_raid_through_its_retraction_and_a_kill(tmp_path: Path) -> None:
    """A site that is killed leaves the siren on, and the next run knows what it should be."""
    warm_up(lambda kernel: None)
    (tmp_path / "secret").write_text("a secret of more than sixteen bytes")
    port, relay = free_port(), Relay()
    topic = "marsad/example/zone/gate/announcement"
    async with broker(tmp_path, port), listener(port) as heard, serving(relay):
        text = SITE + SIREN_AND_BROKER.format(broker=port, relay=relay.port, secret=tmp_path / "secret")
        async with site(tmp_path, text) as (process, feed, _), radar(feed):
            await heard.until_last("marsad/example/availability", b"online")
            (warning, *_) = [one.record for one in await heard.until(topic)]
            assert warning["status"] == "test" and warning["kind"] == "warning"
            await relay.until(1, True)
            await relay.until_asked(6, 7, 2)
            (beat, *_) = await heard.until("marsad/example/heartbeat")
            assert beat.record["site"] == "example" and beat.record["mode"] == "test"
            name = str(warning["id"])
            data = json.dumps({"marsad": "confirmation", "version": 1, "id": name, "by": "Gate 1"}).encode()
            await confirm(heard, "marsad/example/confirm", data)
            await _recorded(tmp_path, f'"{name}","state":"confirmed"')
            await _recorded(tmp_path, '"state":"actuated"')
            process.kill()
            await process.wait()
        await heard.until_last("marsad/example/availability", b"offline")
        assert relay.coils == {1: True}, "nobody is there to end it"
        relay.coils[1] = False  # somebody fiddles, or the relay lost its power
        async with site(tmp_path, text) as (_, _, console):
            await relay.until(1, True)  # set to what it should be
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console}", timeout=10) as http:
                action = {"action": "retract", "alarm_id": warning["alarm"], "reason": "our own drone"}
                answered = await http.post(
                    "/api/actions", json=action, headers={"Origin": f"http://127.0.0.1:{console}"}
                )
                assert answered.status_code < 300, answered.text
            await relay.until(1, False)
            async with asyncio.timeout(120):
                while heard.of(topic)[-1].record["kind"] != "retraction":
                    heard.news.clear()
                    await heard.news.wait()
    path = newest_journal(tmp_path, "example")
    assert path is not None
    found = {item.announcement_id: item for item in replay(path).fold.picture().telling.deliveries}
    assert found[name].state is DeliveryState.CONFIRMED and found[name].confirmed_by == ("Gate 1",)
    with contextlib.closing(RegisterStore(f"sqlite:///{tmp_path / 'register.sqlite'}")) as register:
        delays = {one.output_id: one for one in register.delays(exercise=True)}
    assert delays.keys() == {"", "broker", "siren"}, "of both, and from the first plot to the rule"
    assert 0 < delays[""].p50_s < 60 and 0 <= delays["broker"].p50_s < 20
    steps = found[name].steps
    times = (found[name].first_plot_t_ns, steps.seen_t_ns, steps.tracked_t_ns, steps.raised_t_ns)
    assert times[0] > 0 and list(times[1:]) == sorted(times[1:]) and times[1] > 0
    sirens = [item for item in found.values() if item.output_id == "siren" and item.stage is Level.WARN]
    assert {item.state for item in sirens} == {DeliveryState.ACTUATED}


async def confirm(heard: Listener, topic: str, data: bytes) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    signed = signature(b"a secret of more than sixteen bytes", int(time.time()), data)
    properties.UserProperty = [("marsad-signature", signed)]
    await heard.client.publish(topic, data, 1, properties=properties)
