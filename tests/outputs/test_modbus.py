"""Relays: coils set, read back, set again, ended in time; and nothing but sirens, lights and signs."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest
from pydantic import ValidationError
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from marsad.errors import EncodingError
from marsad.model.announcement import (
    Delivered,
    DeliveryState,
    DrillSwitch,
    LiveSwitch,
    Switch,
)
from marsad.model.effect import Actuate
from marsad.model.heartbeat import Beat
from marsad.model.threat import Level
from marsad.outputs import modbus as module
from marsad.outputs.lane import Lane
from marsad.outputs.modbus import Modbus
from marsad.outputs.outputs import Outputs
from marsad.outputs.settings import CoilSettings, ModbusSettings
from marsad.outputs.transmitter import Surroundings

from .conftest import Ears, S, announced
from .relay import Relay, serving
from .running import running as running_lane

SIREN = {"coil": 3, "zone": "fuel", "stage": "WARN", "use": "siren"}
LIGHT = {"coil": 4, "zone": "", "stage": "WARN", "use": "light"}
SIGN = {"coil": 5, "zone": "hq", "stage": "WARN", "use": "sign"}


def settings(port: int, *coils: dict[str, object], **more: object) -> ModbusSettings:
    record: dict[str, object] = {"name": "relay", "address": f"127.0.0.1:{port or 1}", "stages": ["WARN"]}
    record |= {"coils": list(coils or (SIREN, LIGHT, SIGN)), "assert_s": 0.1, "timeout_s": 0.5}
    if all(coil["zone"] for coil in coils):
        record["zones"] = sorted({str(coil["zone"]) for coil in coils})
    return ModbusSettings.model_validate(record | more)


def switched(zone_id: str = "fuel", *, is_on: bool = True, lasts_s: float = 600.0) -> LiveSwitch:
    return LiveSwitch(zone_id, Level.WARN, is_on, time.time_ns() + int(lasts_s * S))


@asynccontextmanager
async def running(record: ModbusSettings, surroundings: Surroundings) -> AsyncIterator[Lane]:
    """An output as it runs in a site."""
    async with running_lane(Lane(record.name, Modbus(record, surroundings), surroundings.tell)) as lane:
        yield lane


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_AGAIN_S", 0.02)
    monkeypatch.setattr(module, "LAST_AGAIN_S", 0.1)


def told(ears: Ears, name: str) -> list[DeliveryState]:
    return [item.state for item in ears.heard if item.announcement_id == name]


async def until_told(ears: Ears, name: str, state: DeliveryState) -> Delivered:
    count = 0
    while True:
        heard = await ears.until(count)
        for item in heard:
            if (item.announcement_id, item.state) == (name, state):
                return item
        count = len(heard) + 1


async def until_last(ears: Ears, name: str, state: DeliveryState) -> None:
    async with asyncio.timeout(20):
        while told(ears, name)[-1] is not state:
            ears.news.clear()
            await ears.news.wait()


# --- what it does ------------------------------------------------------------------------------------


async def test_the_coils_of_a_zone_are_set_and_read_back_and_no_others(
    surroundings: Surroundings, ears: Ears
) -> None:
    async with serving(Relay()) as relay, running(settings(relay.port, unit=7), surroundings) as lane:
        lane.offer("a", switched(), 600)
        await until_told(ears, "a", DeliveryState.ACTUATED)
        assert relay.coils == {3: True, 4: True}  # the siren of the zone, the light of every zone
        lane.offer("b", switched("hq"), 600)
        await until_told(ears, "b", DeliveryState.ACTUATED)
        lane.offer("c", switched(is_on=False), 600)
        await until_told(ears, "c", DeliveryState.ACTUATED)
        assert relay.coils == {3: False, 4: True, 5: True}, "another zone's alarm keeps the light on"
        lane.offer("d", switched("hq", is_on=False), 600)
        await until_told(ears, "d", DeliveryState.ACTUATED)
    assert relay.coils == {3: False, 4: False, 5: False}
    assert relay.units == {7}
    assert {item.state for item in ears.heard} == {DeliveryState.ACTUATED}


async def test_what_concerns_everybody_switches_every_coil_of_its_stage(
    surroundings: Surroundings, ears: Ears
) -> None:
    alert = {"coil": 9, "zone": "", "stage": "ALERT", "use": "light"}
    relay = Relay()
    async with serving(relay):
        record = settings(relay.port, SIREN, LIGHT, SIGN, alert, stages=["ALERT", "WARN"])
        async with running(record, surroundings) as lane:
            lane.offer("a", switched(""), 600)
            await until_told(ears, "a", DeliveryState.ACTUATED)
    assert relay.coils == {3: True, 4: True, 5: True}


async def test_a_coil_ends_by_itself_and_is_set_again_until_then(
    surroundings: Surroundings, ears: Ears
) -> None:
    async with serving(Relay()) as relay, running(settings(relay.port, SIREN), surroundings) as lane:
        lane.offer("a", switched(lasts_s=1.0), 1.0)
        await relay.until_asked(5, 3, 4)
        await relay.until(3, False)
        await relay.until_asked(1, 3, len(relay.written) + 2)  # it goes on being read
    assert relay.written[:4] == [(3, True)] * 4
    assert [one for one in relay.written if not one[1]] == [(3, False)], "and is let go of"
    assert told(ears, "a") == [DeliveryState.ACTUATED]


async def test_a_shorter_word_takes_no_time_from_a_longer_one(surroundings: Surroundings, ears: Ears) -> None:
    """A test of five seconds, say, in the middle of an alarm."""
    short = DrillSwitch("", Level.WARN, True, time.time_ns() + S // 5)
    async with serving(Relay()) as relay, running(settings(relay.port, SIREN), surroundings) as lane:
        lane.offer("meant", switched(), 600)
        await until_told(ears, "meant", DeliveryState.ACTUATED)
        lane.offer("drill", short, 0.2)
        await until_told(ears, "drill", DeliveryState.ACTUATED)
        await relay.until_asked(5, 3, 8)  # four times as long as the test
    assert all(is_on for _, is_on in relay.written)


async def test_the_watchdog_is_fed_with_the_beats_and_not_without(
    surroundings: Surroundings, ears: Ears
) -> None:
    beat = Beat("asad", "live", 0, 0, 1, 2.0, 0.0, "ok")
    relay = Relay()
    async with serving(relay):
        record = settings(relay.port, SIREN, watchdog_register=100)
        async with running(record, surroundings) as lane:
            await relay.until_asked(1, 3, 3)
            assert relay.registers == {}, "no beat, no count"
            for count in (1, 2):
                lane.beat(beat)
                await relay.until_asked(6, 100, count)
            asked = len(relay.asked)
            await relay.until_asked(1, 3, sum(one[0] == 1 for one in relay.asked) + 3)
            assert not [one for one in relay.asked[asked:] if one[0] == 6], "the fold stands still"
    assert relay.registers == {100: 2}


async def test_a_relay_without_the_watchdogs_register_goes_on_with_its_coils(
    surroundings: Surroundings, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    beat = Beat("asad", "live", 0, 0, 1, 2.0, 0.0, "ok")
    relay = Relay(missing={100})
    async with serving(relay):
        record = settings(relay.port, SIREN, watchdog_register=100)
        async with running(record, surroundings) as lane:
            lane.offer("a", switched(), 600)
            await until_told(ears, "a", DeliveryState.ACTUATED)
            lane.beat(beat)
            await relay.until_asked(6, 100, 1)
            await relay.until_asked(5, 3, 5)
    assert "its watchdog is not fed: the relay refuses register 100" in caplog.text


async def test_another_programs_relay_understands_us(surroundings: Surroundings, ears: Ears) -> None:
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    words = [SimData(0, values=[0] * 128, datatype=DataType.REGISTERS)]
    server = ModbusTcpServer(SimDevice(id=1, simdata=(bits, bits, words, words)), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        port = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        async with running(settings(port, watchdog_register=100), surroundings) as lane:
            lane.beat(Beat("asad", "live", 0, 0, 1, 2.0, 0.0, "ok"))
            lane.offer("a", switched(), 600)
            await until_told(ears, "a", DeliveryState.ACTUATED)
            lane.offer("b", switched(is_on=False), 600)
            await until_told(ears, "b", DeliveryState.ACTUATED)
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]
    assert {item.state for item in ears.heard} == {DeliveryState.ACTUATED}


# --- what goes wrong ---------------------------------------------------------------------------------


async def test_a_coil_that_reads_otherwise_is_told_of(surroundings: Surroundings, ears: Ears) -> None:
    async with serving(Relay(welded={3})) as relay, running(settings(relay.port), surroundings) as lane:
        lane.offer("a", switched(), 600)
        said = await until_told(ears, "a", DeliveryState.NOT_SENT)
        assert said.detail == "coil 3 (siren) was set on and reads off"
        assert relay.coils[4], "the light is on all the same"
        relay.welded.clear()
        await until_told(ears, "a", DeliveryState.ACTUATED)
        relay.welded.add(3)
        relay.coils[3] = False  # somebody switches it off
        await until_last(ears, "a", DeliveryState.NOT_SENT)
        relay.welded.clear()
        await until_last(ears, "a", DeliveryState.ACTUATED)
    assert ears.heard[-1].detail == "coil 3 (siren) is on now"
    assert len(ears.heard) <= 5, "each change once"


async def test_a_relay_that_is_killed_and_comes_back_is_set_to_what_it_should_be(
    surroundings: Surroundings, ears: Ears
) -> None:
    relay = Relay()
    async with AsyncExitStack() as stack:
        async with serving(relay):
            lane = await stack.enter_async_context(running(settings(relay.port), surroundings))
            lane.offer("on", switched(), 600)
            await until_told(ears, "on", DeliveryState.ACTUATED)
        gone = await until_told(ears, "on", DeliveryState.NOT_SENT)
        assert "the relay is gone" in gone.detail
        lane.offer("other", switched("hq"), 600)
        await until_told(ears, "other", DeliveryState.NOT_SENT)
        relay.coils.clear()  # it has lost its power
        async with serving(relay):
            await until_told(ears, "other", DeliveryState.ACTUATED)
            await relay.until(3, True)
            assert relay.coils == {3: True, 4: True, 5: True}


async def test_what_ends_while_the_relay_is_away_is_off_when_it_is_back(
    surroundings: Surroundings, ears: Ears
) -> None:
    relay = Relay()
    async with AsyncExitStack() as stack:
        async with serving(relay):
            lane = await stack.enter_async_context(running(settings(relay.port), surroundings))
            lane.offer("timed", switched(lasts_s=1.0), 1.0)
            lane.offer("ended", switched("hq"), 600)
            await until_told(ears, "timed", DeliveryState.ACTUATED)
            await until_told(ears, "ended", DeliveryState.ACTUATED)
        over_s = asyncio.get_running_loop().time() + 1.0
        lane.offer("end", switched("hq", is_on=False), 600)
        await until_told(ears, "end", DeliveryState.NOT_SENT)
        assert relay.coils == {3: True, 4: True, 5: True}, "its latch holds"
        await asyncio.sleep(max(over_s - asyncio.get_running_loop().time(), 0))  # its time ends
        async with serving(relay):
            await until_told(ears, "end", DeliveryState.ACTUATED)
            for number in (3, 4, 5):
                await relay.until(number, False)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Relay(is_deaf=True), "no answer of the relay within 0.5 s: it is silent"),
        (Relay(garbage=b"SSH-2.0-OpenSSH_9.2\r\n"), "no answer of the relay within 0.5 s"),
        (Relay(missing={3}), "the relay refuses coil 3: it has no such coil or register"),
    ],
    ids=["deaf", "garbage", "coil missing"],
)
async def test_a_relay_that_is_none_is_told_of_in_a_sentence(
    surroundings: Surroundings, ears: Ears, bad: Relay, said: str
) -> None:
    bad.news = asyncio.Event()
    async with serving(bad), running(settings(bad.port, SIREN), surroundings) as lane:
        lane.offer("a", switched(), 600)
        heard = await until_told(ears, "a", DeliveryState.NOT_SENT)
    assert said in heard.detail and heard.detail.isprintable() and len(heard.detail) < 200


async def test_nobody_there_is_told_of(surroundings: Surroundings, ears: Ears) -> None:
    async with serving(Relay()) as relay:
        port = relay.port
    async with running(settings(port, SIREN), surroundings) as lane:
        lane.offer("a", switched(), 600)
        heard = await until_told(ears, "a", DeliveryState.NOT_SENT)
    assert f"nobody answers at 127.0.0.1:{port}" in heard.detail


async def test_a_coil_that_was_on_before_anything_was_said_is_left_and_told_of(
    surroundings: Surroundings, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    """A person may have switched the siren; but the fold can end what an earlier run left."""
    relay = Relay(coils={3: True})
    async with serving(relay), running(settings(relay.port, SIREN), surroundings) as lane:
        await relay.until_asked(1, 3, 4)
        assert relay.written == []
        lane.offer("over", switched(is_on=False), 600)
        await until_told(ears, "over", DeliveryState.ACTUATED)
        assert relay.coils == {3: False}
    assert caplog.text.count("coil 3 is on, and not by this site") == 1


async def test_at_the_end_of_a_run_coils_stay_as_they_are(surroundings: Surroundings, ears: Ears) -> None:
    async with serving(Relay()) as relay:
        async with running(settings(relay.port, SIREN), surroundings) as lane:
            lane.offer("a", switched(), 600)
            await until_told(ears, "a", DeliveryState.ACTUATED)
        assert relay.coils == {3: True}


async def test_a_coil_that_other_settings_have_not_is_off_before_they_hold(
    surroundings: Surroundings, ears: Ears
) -> None:
    """Nobody would be left to end it; what they still have is left as it is."""
    async with serving(Relay()) as relay:
        before = settings(relay.port, SIREN, LIGHT, SIGN)
        outputs = await Outputs.opened([before], surroundings, live_warning=True)
        task = asyncio.create_task(outputs.run())
        for name, zone_id in (("a", "fuel"), ("b", "hq")):
            outputs.carry_out(Actuate("relay", name, switched(zone_id)))
            await until_told(ears, name, DeliveryState.ACTUATED)
        assert relay.coils == {3: True, 4: True, 5: True}
        after = settings(relay.port, LIGHT, SIGN, SIREN | {"zone": "hq"})
        outputs.give_way_to([after])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert relay.coils == {3: False, 4: True, 5: True}
        outputs = await Outputs.opened([before], surroundings, live_warning=True)
        outputs.carry_out(Actuate("relay", "c", switched()))
        task = asyncio.create_task(outputs.run())
        await until_told(ears, "c", DeliveryState.ACTUATED)
        outputs.give_way_to([])
        relay.welded.add(3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert relay.coils[3] and not relay.coils[4]
    said = await until_told(ears, "c", DeliveryState.NOT_SENT)
    assert "coil 3 (siren) is on" in said.detail and "switch it off at the relay" in said.detail


async def test_a_switch_that_no_coil_is_about_has_switched_nothing(
    surroundings: Surroundings, ears: Ears
) -> None:
    async with serving(Relay()) as relay, running(settings(relay.port, SIGN), surroundings) as lane:
        lane.offer("off", switched(is_on=False), 600)
        said = await until_told(ears, "off", DeliveryState.NOT_SENT)
        assert "no coil is about zone 'fuel' and stage WARN" in said.detail
        assert lane.counters["refused"] == 1 and relay.coils == {}


# --- what can never be -------------------------------------------------------------------------------


def test_all_that_reaches_an_actuator_is_zone_stage_on_or_off_and_until_when() -> None:
    """No track, no bearing, no place: whatever hangs on a coil, it cannot be aimed."""
    expected = {"zone_id": str, "stage": Level, "is_on": bool, "until_t_ns": int}
    for kind in (Switch, LiveSwitch, DrillSwitch):
        assert get_type_hints(kind) == expected
        assert {one.name for one in fields(kind)} == set(expected)
    assert get_type_hints(Actuate) == {
        "output_id": str,
        "announcement_id": str,
        "switch": LiveSwitch | DrillSwitch,
    }


async def test_a_drill_sounds_no_siren_that_is_not_for_drills(surroundings: Surroundings, ears: Ears) -> None:
    drill = DrillSwitch("", Level.WARN, True, time.time_ns() + 600 * S)
    async with serving(Relay()) as real, serving(Relay()) as drilled:
        records = [settings(real.port, name="real"), settings(drilled.port, name="drilled", drills=True)]
        outputs = Outputs(records, surroundings, live_warning=True)
        task = asyncio.create_task(outputs.run())
        for name in ("real", "drilled"):
            outputs.carry_out(Actuate(name, "drill", drill))
        await drilled.until(3, True)
        await real.until_asked(1, 3, 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert real.written == [] and outputs.counters["refused"] == 1


async def test_a_relay_takes_no_announcement(surroundings: Surroundings) -> None:
    one = announced()
    with pytest.raises(EncodingError, match="no messages"):
        await Modbus(settings(1), surroundings).transmit(one.announcement_id, one)


def test_a_coil_is_a_siren_a_light_or_a_sign() -> None:
    hint = get_type_hints(CoilSettings)["use"]
    assert set(get_args(hint)) == {"siren", "light", "sign"}
    for use in ("effector", "jammer", "gun", "launcher", "laser", "door", "Siren", "", None, 1):
        with pytest.raises(ValidationError):
            CoilSettings.model_validate(SIREN | {"use": use})
    with pytest.raises(ValidationError):
        CoilSettings.model_validate({key: value for key, value in SIREN.items() if key != "use"})
    for more in ("track", "bearing_deg", "latitude_deg", "register", "value"):
        with pytest.raises(ValidationError):
            CoilSettings.model_validate(SIREN | {more: 1})


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"address": "192.0.2.7:502"}, "private_network"),
        ({"address": "relay.example:502"}, "no IP address and port"),
        ({"coils": []}, "at least 1"),
        ({"coils": [SIREN, SIREN | {"use": "light"}]}, "coil 3 stands twice"),
        ({"coils": [LIGHT | {"stage": "ALERT"}]}, "of which stages has nothing"),
        ({"coils": [SIREN]}, "no coil of that stage is for every zone"),
        ({"coils": [SIREN], "zones": ["fuel", "hq"]}, "no coil of that stage is for zone 'hq'"),
        ({"coils": [SIREN, LIGHT], "zones": ["hq"]}, "which zones leaves out"),
        ({"stages": ["ALERT", "WARN"]}, "no coil of that stage"),
        ({"unit": 0}, "unit"),
        ({"watchdog_register": 65_536}, "watchdog_register"),
    ],
)
def test_settings_that_cannot_be_meant(record: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(1, **record)


def test_a_relay_on_a_network_of_its_own_is_taken() -> None:
    assert settings(1, address="192.0.2.7:502", private_network=True).private_network


def test_the_library_logs_nothing_of_its_own() -> None:
    assert logging.getLogger("pymodbus.logging").level == logging.CRITICAL
