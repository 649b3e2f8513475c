"""Alarms through a real TAK server to somebody else's client; the server killed and started again."""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from marsad.errors import LinkError
from marsad.links import kept
from marsad.model.announcement import AnnouncementKind, DeliveryState
from marsad.outputs import lane as lanes
from marsad.outputs.cot import CotOutput
from marsad.outputs.lane import Lane
from marsad.outputs.settings import CotSettings
from marsad.outputs.transmitter import Surroundings

from .conftest import Ears, announced
from .running import running
from .tak import Certificates, free_port, handset, tak_server

ALARM = "raid-1-warn-fuel-1"
UID = f"marsad.asad.{ALARM}"


def settings(port: int, scheme: str = "tcp", **more: object) -> CotSettings:
    record = {"name": "tak", "standard": "cot", "address": f"{scheme}://127.0.0.1:{port}", **more}
    return CotSettings.model_validate(record)


@asynccontextmanager
async def connected(output: CotOutput, ears: Ears) -> AsyncIterator[Lane]:
    async with running(Lane("tak", output, ears.tell)) as lane:
        yield lane


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lanes, kept):
        monkeypatch.setattr(module, "FIRST_AGAIN_S", 0.05)
        monkeypatch.setattr(module, "LAST_AGAIN_S", 0.2)


async def test_an_alarm_its_zone_and_its_words_reach_a_second_client_and_end_there(
    taky: Path, tmp_path: Path, surroundings: Surroundings, ears: Ears
) -> None:
    port = free_port()
    async with (
        tak_server(taky, tmp_path, port),
        handset(port) as gate,
        connected(CotOutput(settings(port), surroundings), ears) as lane,
    ):
        own = await gate.until("marsad.asad", "a-f-G-U-C")
        warning = announced(output_id="tak")
        lane.offer(warning.announcement_id, warning, 600)
        alert = await gate.until(UID, "b-a-o-tbl")
        outline = await gate.until(f"{UID}.fuel", "u-d-c-c")
        chat = await gate.until(f"GeoChat.marsad.asad.All Chat Rooms.{warning.announcement_id}", "b-t-f")
        over = announced(2, AnnouncementKind.RETRACTION, output_id="tak")
        lane.offer(over.announcement_id, over, 600)
        cancelled = await gate.until(UID, "b-a-o-can")
        await ears.until(2)
    contact = own.find("detail/contact")
    assert contact is not None and contact.get("callsign") == "Ain al-Asad"
    assert re.fullmatch(
        r"Take cover now\. Fuel\. Drone, 4[012] seconds\.", alert.findtext("detail/emergency", "")
    )
    assert alert.get("opex") == "o"
    remarks = chat.findtext("detail/remarks", "")
    assert remarks.startswith("Take cover now. Fuel.") and "احتموا فوراً" in remarks
    assert outline.find("detail/shape/ellipse") is not None
    emergency = cancelled.find("detail/emergency")
    assert emergency is not None and emergency.get("cancel") == "true"
    assert cancelled.findtext("detail/remarks", "").startswith("False alarm.")
    assert [item.state for item in ears.heard] == [DeliveryState.SENT] * 2, "and nothing more is known"


async def test_a_server_killed_in_the_middle_of_a_raid_is_told_again_how_everything_stands(
    taky: Path, tmp_path: Path, surroundings: Surroundings, ears: Ears
) -> None:
    port = free_port()
    output = CotOutput(settings(port, repeat_s=1), surroundings)
    async with connected(output, ears) as lane:
        async with tak_server(taky, tmp_path, port) as server, handset(port) as gate:
            for alarm in ("a", "b"):
                one = announced(output_id="tak", alarm_id=alarm)
                lane.offer(one.announcement_id, one, 600)
                await gate.until(f"marsad.asad.{alarm}", "b-a-o-tbl")
            server.kill()
            await server.wait()
        retracted = announced(2, AnnouncementKind.RETRACTION, output_id="tak", alarm_id="a")
        lane.offer(retracted.announcement_id, retracted, 600)  # while nobody is there
        async with tak_server(taky, tmp_path, port), handset(port) as gate:
            await gate.until("marsad.asad.a", "b-a-o-can")
            again = await gate.until("marsad.asad.b", "b-a-o-tbl")
            kinds = [one.get("type") for one in gate.events if one.get("uid") == "marsad.asad.a"]
    assert again.findtext("detail/emergency", "").startswith("Take cover now.")
    assert kinds[-1] == "b-a-o-can", "whoever comes back late hears of the end last"
    assert output.counters["connected"] >= 2 and output.counters["lost"] >= 1


async def test_over_tls_both_show_who_they_are(
    taky: Path, tmp_path: Path, surroundings: Surroundings, ears: Ears
) -> None:
    files = Certificates(tmp_path)
    port = free_port()
    certificate, key = files.of("site.example")
    own = {"client_certificate": certificate, "client_key": key, "authorities": files.authorities}
    tls = ssl.create_default_context(cafile=files.authorities)
    tls.load_cert_chain(*files.of("gate.example"))
    async with tak_server(taky, tmp_path, port, files), handset(port, tls) as gate:
        one = announced(output_id="tak")
        async with connected(CotOutput(settings(port, "tls", **own), surroundings), ears) as lane:
            lane.offer(one.announcement_id, one, 600)
            await gate.until(UID, "b-a-o-tbl")
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        wrong = own | {"authorities": Certificates(elsewhere).authorities}
        output = CotOutput(settings(port, "tls", **wrong), surroundings)
        async with connected(output, Ears()):
            with pytest.raises(LinkError, match="certificate verify failed"):
                await output.transmit(one.announcement_id, one)
        named = CotOutput(settings(port, "tls", **own, server_name="tak.example"), surroundings)
        async with connected(named, Ears()):
            with pytest.raises(LinkError, match="certificate verify failed"):
                await named.transmit(one.announcement_id, one)
