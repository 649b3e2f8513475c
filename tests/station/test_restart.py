"""A real site that is stopped while an alarm stands, its settings changed, and started again."""

from pathlib import Path

import httpx

from marsad.model.frame import CONFIGURATION
from marsad.site.journal import JournalReader
from marsad.site.recorder import replay
from marsad.station.record import newest_journal
from marsad.tracking import warm_up

from ..adversary.process import site
from ..outputs.receiver import receiver
from .test_outputs import radar, said, settings


def begun(directory: Path) -> list[Path]:
    return list(directory.glob("example-????????T??????Z.mcap"))


async def test_the_all_clear_of_an_alarm_reaches_people_through_a_change_of_settings(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    async with receiver() as received:
        text = settings(("gate", received.port))
        async with site(tmp_path, text) as (_, port, _), radar(port):
            warning = await said(received, "warning")
        renamed = text.replace('name_en = "', 'name_en = "New ', 1)
        async with site(tmp_path, renamed) as (_, _, console):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console}", timeout=10) as http:
                answered = await http.post(
                    "/api/actions",
                    json={"action": "all_clear", "zone_id": ""},
                    headers={"Origin": f"http://127.0.0.1:{console}"},
                )
                assert answered.status_code < 300, answered.text
            ended = await said(received, "all_clear")
    assert ended["refers_to"] == [warning["id"]] and ended["alarm"] == warning["alarm"]
    path = newest_journal(tmp_path, "example")
    assert [path] == begun(tmp_path), "no new journal"
    assert path is not None
    told = [frame.data for frame in JournalReader(path).frames() if frame.feed == CONFIGURATION]
    assert told[0] != told[-1] and len(set(told)) == 2
    assert replay(path).fold.site.name_en.startswith("New ")
