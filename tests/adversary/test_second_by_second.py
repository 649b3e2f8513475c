"""The only radar goes in the middle of a WARN: what console and record say, second by second.

A real site, a radar on a real socket, the console's own WebSocket. Three ways to go:

cut      the connection is reset
power    the connection stands, half open, and nothing comes any more
unseen   the radar says that it is well, and reports nothing more: to SAPIENT that is an empty look, the only
         one of the three that speaks of the sky
"""

import asyncio
import contextlib
import json
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from websockets.asyncio.client import ClientConnection, connect

from marsad.feeds.sapient.edge import status
from marsad.feeds.sapient.ulid import ulid
from marsad.links.clock import SystemClock
from marsad.report.wording import filled
from marsad.tracking import warm_up

from .process import site
from .raid import RADAR, SCAN_S, STATUS_S, hello, scan

Going = Literal["cut", "power", "unseen"]
SEEN_S, WATCHED_S = 7.0, 60
DEGRADED_BY_S = {"cut": 2, "power": 15}
ARRIVES_S = 36  # what was left when the alarm was raised


@dataclass
class Second:
    """One second as the console has it."""

    after_s: int
    tracks: int
    stage: int
    alarm: str
    health: str
    why: list[str]
    record: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        shown = f"{self.after_s:3d} s  tracks {self.tracks}  stage {self.stage} {self.alarm:7}"
        return "  ".join(
            (shown, f"radar {self.health:8}", " | ".join(self.why), *(f"[{line}]" for line in self.record))
        )


async def snapshot(console: ClientConnection) -> dict[str, Any]:
    """The whole picture as a console that asks anew is given it."""
    await console.send("resync")
    while True:
        message = json.loads(await console.recv())
        if message["kind"] == "snapshot":
            return dict(message["picture"])


def read(after_s: int, picture: dict[str, Any], known: set[str]) -> Second:
    def said(reason: dict[str, Any]) -> str:
        zone = {"zone_id": reason["arguments"].get("zone_id") or "the site"}
        return filled(reason["code"], "en", reason["arguments"] | zone)

    alarms = picture["alarms"]
    (radar,) = picture["sensors"]
    lines = [said(entry["what"]) for entry in (picture["incident"] or {"timeline": []})["timeline"]]
    fresh = [line for line in lines if line not in known]
    known.update(fresh)
    why = [
        said(reason) for alarm in alarms for reason in alarm["reasons"] if reason["code"] == "alarm.unseen"
    ]
    return Second(
        after_s,
        len(picture["tracks"]),
        max((alarm["stage"] for alarm in alarms), default=0),
        alarms[0]["state"] if alarms else "none",
        radar["health"],
        [*picture["faults"], *why],
        fresh,
    )


async def seconds(directory: Path, going: Going, watched_s: int) -> list[Second]:
    """What is shown each second from the moment the radar goes."""
    clock = SystemClock()
    async with site(directory) as (_, port, console_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(hello(clock.now_ns()))
        for number in range(1, round(SEEN_S / SCAN_S) + 1):
            await asyncio.sleep(SCAN_S)  # a radar turns
            writer.write(scan(clock.now_ns(), number))
        async with connect(f"ws://127.0.0.1:{console_port}/api/picture", max_size=None) as console:
            known: set[str] = set()
            rows = [read(0, await snapshot(console), known)]
            if going == "cut":
                taken: socket.socket = writer.get_extra_info("socket")
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            for second in range(1, watched_s + 1):
                await asyncio.sleep(1.0)
                if going == "unseen" and second % STATUS_S == 0:
                    writer.write(status(RADAR, clock.now_ns(), ulid(clock.now_ns(), 3)))
                rows.append(read(second, await snapshot(console), known))
        with contextlib.suppress(OSError):
            writer.close()
        del reader
    return rows


def held_to(going: Going, rows: list[Second]) -> None:
    assert rows[0].stage == 3 and rows[0].alarm == "active" and rows[0].health == "ok"
    assert any(row.record for row in rows[1:]), "the record says it"
    if going == "unseen":
        assert all(row.alarm == "active" for row in rows if row.after_s <= ARRIVES_S), (
            "it may be behind a mast"
        )
        assert rows[-1].alarm == "passed" and rows[-1].health == "ok"
        return
    assert all(row.stage == 3 and row.alarm == "active" for row in rows), "no alarm passes with the radar"
    assert next(row.after_s for row in rows if row.health != "ok") <= DEGRADED_BY_S[going]
    assert any("still be coming" in line for line in rows[-1].why)


def changes(rows: list[Second]) -> list[Second]:
    """The seconds in which something is new."""

    def shown(row: Second) -> tuple[object, ...]:
        return row.tracks, row.stage, row.alarm, row.health, row.why

    return [
        row
        for before, row in zip([None, *rows[:-1]], rows, strict=True)
        if not before or row.record or shown(before) != shown(row)
    ]


@pytest.mark.apart
@pytest.mark.parametrize("going", ["cut", "power", "unseen"])
async def test_the_radar_goes_in_the_middle_of_a_warn(
    going: Going, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warm_up(lambda kernel: None)
    rows = await seconds(tmp_path, going, WATCHED_S)
    with capsys.disabled():
        print(f"\n{going}", *changes(rows), sep="\n")  # noqa: T201
    held_to(going, rows)
