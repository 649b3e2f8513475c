"""The stream over a real broker: which kinds, how often, and never what may not be shown."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from marsad.errors import LinkError
from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState, Telling
from marsad.model.site import Mode
from marsad.model.threat import Level
from marsad.outputs import mqtt as mqtt_module
from marsad.outputs import mqtt_stream as module
from marsad.outputs.outputs import Outputs
from marsad.outputs.settings import MqttSettings
from marsad.outputs.signing import is_signed
from marsad.outputs.transmitter import Surroundings
from marsad.stream.records import KINDS, Kind

from ..server.stream.following import Record, judged
from ..server.synthetic import SITE, SyntheticSite
from .conftest import Ears, announced
from .mosquitto import Listener, broker, free_port, listener, needs_mosquitto

pytestmark = needs_mosquitto
SECRET = b"a secret of more than sixteen bytes"
ROOT = "marsad/asad/stream/v1"
S = 1_000_000_000


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt_module, "FIRST_AGAIN_S", 0.02)


@pytest.fixture
def sky() -> SyntheticSite:
    now_ns = time.time_ns()
    gateway = SyntheticSite()
    one = Delivery(
        *("gate", "asad-a1-1", "asad-a1", "north", Level.WARN, AnnouncementKind.WARNING, DeliveryState.SENT),
        *(now_ns, now_ns, now_ns + 60 * S),
        reached_t_ns=(0, 0, now_ns, 0, 0, 0, 0),
        is_drill=True,
        confirmed_by=("Layla",),
    )
    gateway.telling = Telling((), (), (one,))
    return gateway


@pytest.fixture
def around(sky: SyntheticSite, ears: Ears) -> Surroundings:
    return Surroundings(SITE, ears.tell, time.time_ns, lambda span_ns: span_ns * 1e-9, picture=sky.picture)


def settings(port: int, **more: object) -> MqttSettings:
    record = {"name": "gate", "url": f"mqtt://127.0.0.1:{port}", "timeout_s": 2, "again_s": 0.2}
    return MqttSettings.model_validate({**record, "drills": True, **more})


@asynccontextmanager
async def telling(
    record: MqttSettings, surroundings: Surroundings, *, live_warning: bool = False
) -> AsyncIterator[Outputs]:
    outputs = Outputs([record], surroundings, live_warning=live_warning)
    task = asyncio.create_task(outputs.run())
    try:
        yield outputs
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def streamed(heard: Listener) -> list[tuple[str, Record]]:
    """Topic and record of all that came of the stream, each as the schema has it, none lost."""
    found = [(one.topic, judged(one.data)) for one in heard.came if "/stream/" in one.topic]
    assert [record["sequence"] for _, record in found] == list(range(1, len(found) + 1))
    return found


def of_site(heard: Listener) -> list[Record]:
    return [record for topic, record in streamed(heard) if topic == f"{ROOT}/site"]


async def until_heartbeats(heard: Listener, count: int) -> None:
    async with asyncio.timeout(30):
        while sum(one["kind"] == "heartbeat" for one in of_site(heard)) < count:
            heard.news.clear()
            await heard.news.wait()


async def until_kinds(heard: Listener, kinds: list[str]) -> None:
    """Return once these have come in this order."""
    async with asyncio.timeout(30):
        while True:
            came = iter(one.record["kind"] for one in heard.came if "/stream/" in one.topic)
            if all(kind in came for kind in kinds):
                return
            heard.news.clear()
            await heard.news.wait()


def test_the_setting_names_the_kinds_that_there_are() -> None:
    assert get_args(Kind) == KINDS
    assert settings(1).stream == ["alarm", "delivery"], "tracks are shown to nobody who did not ask for them"


async def test_alarms_and_deliveries_are_published_and_tracks_only_where_wanted(
    around: Surroundings, tmp_path: Path
) -> None:
    port = free_port()
    async with broker(tmp_path, port), listener(port) as heard, telling(settings(port), around):
        await until_heartbeats(heard, 2)
    kinds = Counter(record["kind"] for _, record in streamed(heard))
    assert kinds["alarm"] >= 2 and kinds["delivery"] == 1 and kinds["hello"] == kinds["snapshot_end"] == 1
    assert not kinds["track"] and not kinds["threat"]
    assert {one.topic.rpartition("/")[2] for one in heard.came if "/stream/" in one.topic} == {
        *("site", "alarm", "delivery"),
    }
    assert not any(one.retained for one in heard.came if "/stream/" in one.topic)
    assert {record["status"] for _, record in streamed(heard)} == {"exercise"}


async def test_all_kinds_signed_each_at_most_once_a_second(around: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    port = free_port()
    record = settings(port, stream=list(KINDS), secret_file=str(tmp_path / "secret"))
    async with broker(tmp_path, port), listener(port) as heard, telling(record, around):
        await until_heartbeats(heard, 4)
    times: dict[tuple[str, int], list[str]] = {}
    for topic, one in streamed(heard):
        if one["kind"] == "track":
            assert topic == f"{ROOT}/track"
            times.setdefault(("track", one["track_id"]), []).append(one["at"])
    assert len(times) == 7 and all(3 <= len(at) <= 5 for at in times.values()), times
    for message in heard.came:
        if "/stream/" in message.topic:
            signed = message.properties["marsad-signature"]
            assert is_signed(SECRET, int(time.time()), message.data, signed)
            assert message.expires_s is not None


async def test_what_ends_is_told_and_a_late_listener_is_told_anew(
    around: Surroundings, sky: SyntheticSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANEW_S", 3.0)
    port = free_port()
    async with (
        broker(tmp_path, port),
        listener(port) as heard,
        telling(settings(port, stream=["track", "alarm"]), around),
    ):
        await until_kinds(heard, ["snapshot_end"])
        sky.ended_tracks = frozenset({101})
        sky.show_alarms(1)
        async with listener(port) as late:
            await until_kinds(late, ["hello", "snapshot_end"])
        told = [one for _, one in streamed(heard)]
    assert [one["track_id"] for one in told if one["kind"] == "track_end"] == [101]
    assert [one["how"] for one in told if one["kind"] == "alarm_end"] == ["dropped"]
    kinds = [one.record["kind"] for one in late.came if "/stream/" in one.topic]
    assert "hello" in kinds and "alarm" in kinds[kinds.index("hello") :]


async def test_a_fold_that_stands_still_has_no_heartbeat(
    around: Surroundings, sky: SyntheticSite, tmp_path: Path
) -> None:
    port = free_port()
    pictures = [sky.picture()]
    still = replace(around, picture=lambda: pictures[-1])
    async with broker(tmp_path, port), listener(port) as heard, telling(settings(port), still) as outputs:
        (lane,) = outputs._lanes.values()
        lane._transmitter._stream.hub.pulse.due_s = 1.0  # type: ignore[attr-defined]
        async with asyncio.timeout(30):
            while not any(one["kind"] == "state" and one["fold"] == "silent" for one in of_site(heard)):
                heard.news.clear()
                await heard.news.wait()
        assert sum(one["kind"] == "heartbeat" for one in of_site(heard)) == 1


@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
async def test_no_exercise_is_streamed_to_an_output_that_is_not_for_drills(
    around: Surroundings, tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    port = free_port()
    shown = replace(around, site=replace(SITE, mode=mode))
    record = settings(port, drills=False, stream=list(KINDS))
    async with broker(tmp_path, port), listener(port) as heard, telling(record, shown, live_warning=True):
        await heard.until("marsad/asad/availability")
        async with listener(port) as again:
            await again.until("marsad/asad/availability")  # many looks later nothing has come
    assert streamed(heard) == []


async def test_a_broker_that_refuses_the_stream_still_gets_announcements(
    around: Surroundings, ears: Ears, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, fail = asyncio.Event(), module.MqttStream._fail

    def failed(stream: module.MqttStream, error: LinkError) -> None:
        refused.set()
        fail(stream, error)

    monkeypatch.setattr(module.MqttStream, "_fail", failed)
    port = free_port()
    (tmp_path / "acl").write_text(
        "topic readwrite marsad/asad/zone/#\ntopic readwrite marsad/asad/availability\n"
    )
    more = f"allow_anonymous true\nacl_file {tmp_path}/acl\n"
    async with broker(tmp_path, port, more), telling(settings(port), around) as outputs:
        (lane,) = outputs._lanes.values()
        one = announced()
        lane.offer(one.announcement_id, one, 60)
        said = await ears.until(1)
        async with asyncio.timeout(20):
            await refused.wait()
        other = announced(2, alarm_id="other")
        lane.offer(other.announcement_id, other, 60)
        said = await ears.until(2)
    assert [item.state for item in said] == [DeliveryState.ACCEPTED] * 2
