"""MQTT against a real broker: what is published, what a broker that dies gets later, who may confirm."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from marsad.errors import LinkError
from marsad.links.mqtt import Access, connected
from marsad.model.announcement import AnnouncementKind, Delivered, DeliveryState
from marsad.model.heartbeat import Beat
from marsad.outputs import mqtt as module
from marsad.outputs.confirmations import AT_ONCE_MAX, Confirmations
from marsad.outputs.lane import Lane
from marsad.outputs.mqtt import Mqtt
from marsad.outputs.settings import MqttSettings
from marsad.outputs.settings.mqtt import broker_of
from marsad.outputs.signing import is_signed, signature
from marsad.outputs.transmitter import Surroundings

from .conftest import Ears, announced, drilled
from .mosquitto import Listener, broker, free_port, listener, needs_mosquitto
from .running import running as running_lane

SECRET = b"a secret of more than sixteen bytes"
ANNOUNCED = "marsad/asad/zone/fuel/announcement"
AVAILABLE = "marsad/asad/availability"
SENSOR = "marsad/asad/zone/fuel/warn"
pytestmark = needs_mosquitto


def settings(port: int, **more: object) -> MqttSettings:
    record = {"name": "gate", "url": f"mqtt://127.0.0.1:{port}", "timeout_s": 2, "again_s": 0.2, **more}
    return MqttSettings.model_validate(record)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_AGAIN_S", 0.02)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    return str(tmp_path / "secret")


@asynccontextmanager
async def running(record: MqttSettings, surroundings: Surroundings) -> AsyncIterator[Lane]:
    async with running_lane(Lane(record.name, Mqtt(record, surroundings), surroundings.tell)) as lane:
        yield lane


def beat(sequence: int, due_s: float = 2.0) -> Beat:
    return Beat("asad", "live", time.time_ns() // 1_000_000, time.time_ns(), sequence, due_s, 0.1, "ok")


async def until_told(ears: Ears, name: str, state: DeliveryState) -> Delivered:
    count = 0
    while True:
        heard = await ears.until(count)
        for item in heard:
            if (item.announcement_id, item.state) == (name, state):
                return item
        count = len(heard) + 1


# --- what is published -------------------------------------------------------------------------------


async def test_an_announcement_goes_to_its_zones_topic_signed_with_its_expiry_and_not_retained(
    surroundings: Surroundings, ears: Ears, tmp_path: Path, secret: str
) -> None:
    port = free_port()
    async with broker(tmp_path, port):
        record = settings(port, secret_file=secret)
        async with listener(port) as heard, running(record, surroundings) as lane:
            one = announced(lasts_s=600)
            lane.offer(one.announcement_id, one, 600)
            (message,) = await heard.until(ANNOUNCED)
            everybody = replace(announced(2, alarm_id="all"), zone_id="")
            lane.offer(everybody.announcement_id, everybody, 600)
            await heard.until("marsad/asad/site/announcement")
            said = await ears.until(2)
        async with listener(port) as later:
            await later.until(AVAILABLE)
            assert [one.topic for one in later.came] == [AVAILABLE], "nothing else is retained"
    assert [item.state for item in said] == [DeliveryState.ACCEPTED] * 2 and said[0].detail == ""
    assert message.record["id"] == message.properties["marsad-id"] == one.announcement_id
    assert message.record["text"]["en"]["headline"] == "Take cover now. Fuel. Drone, 42 seconds."
    assert message.expires_s is not None and 590 <= message.expires_s <= 600
    assert is_signed(SECRET, int(time.time()), message.data, message.properties["marsad-signature"])
    assert not message.retained


async def test_nobody_subscribed_is_said(surroundings: Surroundings, ears: Ears, tmp_path: Path) -> None:
    port = free_port()
    async with broker(tmp_path, port), running(settings(port), surroundings) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        said = await until_told(ears, one.announcement_id, DeliveryState.ACCEPTED)
    assert said.detail == "the broker has it, and nobody is subscribed to it"


async def test_beats_are_heard_and_availability_ends_with_them(
    surroundings: Surroundings, tmp_path: Path, secret: str
) -> None:
    port = free_port()
    async with broker(tmp_path, port), listener(port) as heard:
        async with running(settings(port, secret_file=secret), surroundings) as lane:
            await heard.until_last(AVAILABLE, b"online")
            lane.beat(beat(1))
            (first,) = await heard.until("marsad/asad/heartbeat")
            assert Beat.from_bytes(first.data, SECRET).sequence == 1 and first.expires_s == 2
            lane.beat(beat(2, due_s=0.1))
            await heard.until_last(AVAILABLE, b"offline")  # the process lives, the fold does not
            lane.beat(beat(3))
            await heard.until_last(AVAILABLE, b"online")
        await heard.until_last(AVAILABLE, b"offline")  # in good order
    assert len(heard.of("marsad/asad/heartbeat")) == 3


async def test_availability_that_another_client_overwrites_is_said_again_and_signed(
    surroundings: Surroundings, tmp_path: Path, secret: str
) -> None:
    port = free_port()
    async with broker(tmp_path, port), listener(port) as heard:
        async with running(settings(port, secret_file=secret), surroundings) as lane:
            await heard.until_last(AVAILABLE, b"online")
            lane.beat(beat(1))
            await heard.client.publish(AVAILABLE, b"offline", qos=1, retain=True)
            await heard.until_last(AVAILABLE, b"offline")
            await heard.until_last(AVAILABLE, b"online")
        said = heard.of(AVAILABLE)
    signed = [one for one in said if "marsad-signature" in one.properties]
    assert [one.data for one in signed][:2] == [b"online", b"online"]
    for one in signed:
        assert is_signed(SECRET, int(time.time()), one.data, one.properties["marsad-signature"])
    assert any(one.data == b"offline" and not one.properties for one in said), "the forged one is not"


async def test_the_broker_says_that_we_are_gone_when_we_cannot(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    port = free_port()
    async with broker(tmp_path, port), listener(port) as heard:
        output = Mqtt(settings(port), surroundings)
        task = asyncio.create_task(output.run())
        await heard.until_last(AVAILABLE, b"online")
        assert output._broker is not None
        dead = output._broker._client._client.socket()
        assert isinstance(dead, socket.socket)
        dead.shutdown(socket.SHUT_RDWR)  # as if this machine had gone
        await heard.until_last(AVAILABLE, b"offline")
        await heard.until_last(AVAILABLE, b"online")  # and it is back by itself
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_broker_killed_in_the_middle_of_a_raid_gets_what_it_did_not_acknowledge(
    surroundings: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    port = free_port()
    async with AsyncExitStack() as stack:
        async with broker(tmp_path, port), listener(port) as heard:
            record = settings(port, home_assistant="homeassistant")
            lane = await stack.enter_async_context(running(record, surroundings))
            first = announced(1, alarm_id="first")
            lane.offer(first.announcement_id, first, 600)
            await until_told(ears, first.announcement_id, DeliveryState.ACCEPTED)
            await heard.until(ANNOUNCED)
        second, third = announced(2, alarm_id="second"), announced(3, alarm_id="third")
        for one in (second, third):
            lane.offer(one.announcement_id, one, 600)
        await until_told(ears, second.announcement_id, DeliveryState.NOT_SENT)
        over = announced(4, AnnouncementKind.RETRACTION, alarm_id="third")
        lane.offer(over.announcement_id, over, 600)
        await until_told(ears, third.announcement_id, DeliveryState.TOO_LATE)
        began = asyncio.get_running_loop().time()
        async with broker(tmp_path, port), listener(port) as again:
            await until_told(ears, over.announcement_id, DeliveryState.ACCEPTED)
            await again.until_last(AVAILABLE, b"online")
            await again.until_last(SENSOR, b"ON")  # told anew to a broker that has forgotten it
            configured = "homeassistant/binary_sensor/marsad_asad_gate/fuel_warn/config"
            await again.until(configured)
            took_s = asyncio.get_running_loop().time() - began
    sent = [item.announcement_id for item in ears.heard if item.state is DeliveryState.ACCEPTED]
    assert set(sent) == {first.announcement_id, second.announcement_id, over.announcement_id}
    assert took_s < 10


async def test_a_broker_that_falls_silent_is_left_and_tried_anew(
    surroundings: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    port = free_port()
    async with broker(tmp_path, port) as process, listener(port) as heard:
        record = settings(port, timeout_s=0.5)
        async with running(record, surroundings) as lane:
            await heard.until_last(AVAILABLE, b"online")
            process.send_signal(19)  # SIGSTOP: half open, as by a cut cable
            one = announced()
            lane.offer(one.announcement_id, one, 600)
            said = await until_told(ears, one.announcement_id, DeliveryState.NOT_SENT)
            assert said.detail == "no answer of the broker within 0.5 s"
            process.send_signal(18)
            await until_told(ears, one.announcement_id, DeliveryState.ACCEPTED)
            assert {message.record["id"] for message in heard.of(ANNOUNCED)} == {one.announcement_id}


async def test_a_drill_says_so_before_anything_else(surroundings: Surroundings, tmp_path: Path) -> None:
    port = free_port()
    async with broker(tmp_path, port), listener(port) as heard:
        record = settings(port, home_assistant="homeassistant", drills=True)
        async with running(record, surroundings) as lane:
            one = drilled()
            lane.offer(one.announcement_id, one, 600)
            (message,) = await heard.until(ANNOUNCED)
            assert message.record["status"] == "test"
            assert all(text.startswith("TEST ") for text in message.record["text"]["en"].values())
            meant = announced(2)
            lane.offer(meant.announcement_id, meant, 600)
            await heard.until(ANNOUNCED, 2)
            await heard.until_last(SENSOR, b"ON")
            assert len(heard.of(SENSOR)) == 1, "a drill turns on no sensor that is for what is meant"


# --- Home Assistant ----------------------------------------------------------------------------------


async def test_home_assistant_finds_a_sensor_per_zone_and_stage(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    port = free_port()
    root = "homeassistant/binary_sensor/marsad_asad_gate"
    async with broker(tmp_path, port):
        record = settings(port, home_assistant="homeassistant")
        async with running(record, surroundings) as lane:
            async with listener(port, AVAILABLE) as first:
                await first.until_last(AVAILABLE, b"online")
            async with listener(port) as heard:  # afterwards: what is declared is retained
                for zone, stage in (("fuel", "alert"), ("fuel", "warn"), ("hq", "alert"), ("hq", "warn")):
                    await heard.until(f"{root}/{zone}_{stage}/config")
                (config,) = heard.of(f"{root}/fuel_warn/config")
                assert config.retained and config.record["state_topic"] == SENSOR
                assert config.record["name"] == "Fuel · الوقود · WARN"
                assert config.record["availability_topic"] == AVAILABLE
                one = announced()
                lane.offer(one.announcement_id, one, 600)
                (on,) = await heard.until(SENSOR)
                assert on.data == b"ON" and on.expires_s is not None and 590 <= on.expires_s <= 600
                short = announced(2, alarm_id="short", lasts_s=0.5)
                lane.offer("short", replace(short, zone_id="hq"), 0.5)
                over = announced(3, AnnouncementKind.ALL_CLEAR)
                lane.offer(over.announcement_id, over, 600)
                await heard.until_last(SENSOR, b"OFF")
                await heard.until_last("marsad/asad/zone/hq/warn", b"OFF")  # its time is over
    assert heard.of("marsad/asad/zone/fuel/alert") == []


async def test_the_sensors_of_an_output_for_drills_say_so_in_their_names(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    port = free_port()
    record = settings(port, home_assistant="ha", live=False, drills=True, zones=["fuel"], stages=["WARN"])
    async with broker(tmp_path, port), listener(port) as heard, running(record, surroundings) as lane:
        (config,) = await heard.until("ha/binary_sensor/marsad_asad_gate/fuel_warn/config")
        assert config.record["name"] == "TEST · «اختبار» Fuel · الوقود · WARN"
        one = drilled()
        lane.offer(one.announcement_id, one, 600)
        await heard.until_last(SENSOR, b"ON")
        assert not [one for one in heard.came if "hq" in one.topic]


# --- who confirms ------------------------------------------------------------------------------------


def confirmation(announcement_id: str, by: str = "Gate 1") -> bytes:
    record = {"marsad": "confirmation", "version": 1, "id": announcement_id, "by": by}
    return json.dumps(record, ensure_ascii=False).encode()


async def say(heard: Listener, data: bytes, signed: str) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if signed:
        properties.UserProperty = [("marsad-signature", signed)]
    await heard.client.publish("marsad/asad/confirm", data, 1, properties=properties)


async def test_a_signed_confirmation_is_told_once_and_no_other(
    surroundings: Surroundings, ears: Ears, tmp_path: Path, secret: str
) -> None:
    port, now_s = free_port(), int(time.time())
    async with broker(tmp_path, port), listener(port, AVAILABLE) as heard:
        record = settings(port, secret_file=secret)
        async with running(record, surroundings):
            await heard.until_last(AVAILABLE, b"online")
            good = confirmation("raid-1-warn-fuel-1-warning-1", "البوابة ١")
            await say(heard, good, "")
            await say(heard, good, signature(b"another secret, not the right one", now_s, good))
            await say(heard, good, signature(SECRET, now_s - 3_600, good))
            await say(heard, b"[" * 1_900, signature(SECRET, now_s, b"[" * 1_900))
            for _ in range(2):
                await say(heard, good, signature(SECRET, now_s, good))
            last = confirmation("raid-1-warn-fuel-1-warning-1", "Gate 2")
            await say(heard, last, signature(SECRET, now_s, last))
            said = await ears.until(2)
    assert [(item.state, item.by) for item in said] == [
        (DeliveryState.CONFIRMED, "البوابة ١"),
        (DeliveryState.CONFIRMED, "Gate 2"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"null",
        json.dumps({"marsad": "announcement", "version": 1, "id": "a", "by": "b"}).encode(),
        confirmation("", "b"),
        confirmation("a", " "),
        confirmation("a", "b\nc"),
        confirmation("a", "b" * 81),
        confirmation("a" * 3_000, "b"),
    ],
)
def test_what_is_no_confirmation_is_counted(data: bytes) -> None:
    ears = Confirmations("gate", SECRET, lambda: 1_000)
    assert ears.hear(data, signature(SECRET, 1_000, data), 0.0) is None
    assert ears.counters == {"unreadable": 1}


def test_no_more_are_taken_than_people_can_make() -> None:
    ears = Confirmations("gate", SECRET, lambda: 1_000)
    for number in range(200):
        data = confirmation("a", f"person {number}")
        ears.hear(data, signature(SECRET, 1_000, data), 0.0)
    assert ears.counters == {"confirmed": AT_ONCE_MAX, "too-many": 200 - AT_ONCE_MAX}
    data = confirmation("a", "later")
    assert ears.hear(data, signature(SECRET, 1_000, data), 1.0) is not None


# --- who is let in, and whom we believe --------------------------------------------------------------


async def test_a_name_and_password_are_shown_and_a_topic_that_is_refused_is_told_of(
    surroundings: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    port = free_port()
    program = await asyncio.create_subprocess_exec(
        "mosquitto_passwd", "-b", "-c", str(tmp_path / "users"), "marsad", "pass"
    )
    assert await program.wait() == 0
    (tmp_path / "password").write_text("pass\n")
    (tmp_path / "rights").write_text(f"user marsad\ntopic write {AVAILABLE}\ntopic write {ANNOUNCED}\n")
    rules = f"allow_anonymous false\npassword_file {tmp_path}/users\nacl_file {tmp_path}/rights\n"
    async with broker(tmp_path, port, rules):
        record = settings(port, user="marsad", password_file=str(tmp_path / "password"))
        async with running(record, surroundings) as lane:
            good, bad = announced(1), replace(announced(2, alarm_id="hq"), zone_id="hq")
            lane.offer(good.announcement_id, good, 600)
            await until_told(ears, good.announcement_id, DeliveryState.ACCEPTED)
            lane.offer(bad.announcement_id, bad, 600)
            said = await until_told(ears, bad.announcement_id, DeliveryState.NOT_SENT)
            assert said.detail == "the broker refused it: Not authorized"
        ears.heard.clear()
        async with running(settings(port), surroundings) as lane:
            lane.offer(good.announcement_id, good, 600)
            said = await until_told(ears, good.announcement_id, DeliveryState.NOT_SENT)
            assert "Not authorized" in said.detail and "no connection to mqtt://" in said.detail


async def test_tls_with_certificates_of_both_and_not_with_those_of_others(
    surroundings: Surroundings, ears: Ears, tmp_path: Path
) -> None:
    port, authority, other = free_port(), trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    for name, host in (("own", "127.0.0.1"), ("ours", "site.example")):
        issued = authority.issue_cert(host)
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
    rules = f"cafile {tmp_path}/ca.pem\ncertfile {tmp_path}/own.pem\nkeyfile {tmp_path}/own.key\n"
    shown = {"client_certificate": str(tmp_path / "ours.pem"), "client_key": str(tmp_path / "ours.key")}
    url = {"url": f"mqtts://127.0.0.1:{port}"}
    one = announced()
    async with broker(tmp_path, port, f"{rules}require_certificate true\nallow_anonymous true\n"):
        good = settings(port, **url, **shown, authorities=str(tmp_path / "ca.pem"))
        async with running(good, surroundings) as lane:
            lane.offer(one.announcement_id, one, 600)
            await until_told(ears, one.announcement_id, DeliveryState.ACCEPTED)
        for bad, why in (
            (settings(port, **url, **shown, authorities=str(tmp_path / "other.pem")), "certificate verify"),
            (settings(port, **url, authorities=str(tmp_path / "ca.pem")), ""),
        ):
            ears.heard.clear()
            async with running(bad, surroundings) as lane:
                lane.offer(one.announcement_id, one, 600)
                said = await until_told(ears, one.announcement_id, DeliveryState.NOT_SENT)
                assert why in said.detail and len(said.detail) < 300


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x20\x03\x00\x00\x00" * 3])
async def test_what_is_no_broker_is_told_of_in_a_sentence(
    surroundings: Surroundings, ears: Ears, answer: bytes
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, running(settings(port, timeout_s=0.3), surroundings) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        said = await until_told(ears, one.announcement_id, DeliveryState.NOT_SENT)
    assert said.detail.isprintable() and 10 < len(said.detail) < 300


async def test_a_broker_that_sends_more_than_is_taken_is_left_before_it_has_sent_it(
    surroundings: Surroundings, ears: Ears
) -> None:
    sent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(b"\x20\x03\x00\x00\x00")  # CONNACK
        writer.write(b"\x30\xff\xff\xff\x7f\x00\x05a/b/c\x00")  # PUBLISH of 256 MiB: the longest there is
        with contextlib.suppress(OSError):
            while True:
                await writer.drain()
                writer.write(bytes(65_536))
        sent.set()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(LinkError, match="a packet of 268435455 bytes, at most 16384 are taken"):
            async with connected(Access("127.0.0.1", port, "gate", None, None, None, ("a", b""), 5)) as link:
                async for came in link.messages():
                    raise AssertionError(came)
        await sent.wait()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"url": "http://127.0.0.1:1883"}, "is no broker"),
        ({"url": "mqtt://127.0.0.1:1883/topic"}, "is no broker"),
        ({"url": "mqtts://me:secret@broker.example"}, "password_file"),
        ({"url": "mqtts://broker.example"}, "set secret_file"),
        ({"url": "mqtt://broker.example", "secret_file": "s", "user": "u", "password_file": "p"}, "mqtts"),
        ({"password_file": "p"}, "set user"),
        ({"client_key": "k"}, "must be given together"),
        ({"authorities": "a"}, "without TLS"),
        ({"prefix": "a/#"}, "prefix"),
        ({"home_assistant": "+"}, "home_assistant"),
    ],
)
def test_settings_that_cannot_be_meant(record: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(1, **record)


def test_the_port_is_the_usual_one_where_none_is_named() -> None:
    assert broker_of("mqtts://broker.example") == ("broker.example", 8883)
    assert broker_of("mqtt://[::1]") == ("::1", 1883)
