"""Beats on their way: to real sockets and files, and what a watch makes of them."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from marsad.errors import LinkError
from marsad.links.address import address_from
from marsad.links.heartbeat import HeartbeatSender, HeartbeatSettings, key_from
from marsad.links.heartbeat_watch import Pulse, Watched, hear_datagrams, look_at_file
from marsad.model.heartbeat import Beat

KEY = b"0123456789abcdef"
UTC_S, S = 1_700_000_000.0, 1_000_000_000


def beat(
    number: int, *, utc_s: float = UTC_S, site: str = "example", age_s: float = 0.2, due_s: float = 2.0
) -> Beat:
    return Beat(site, "live", round(utc_s * 1000), number * S, number, due_s, age_s, "ok")


@pytest.mark.parametrize(
    ("text", "address"), [("127.0.0.1:5030", ("127.0.0.1", 5030)), ("[2001:db8::7]:1", ("2001:db8::7", 1))]
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert address_from(text) == address


@pytest.mark.parametrize(
    "text", ["", "gate:5030", "127.0.0.1", "127.0.0.1:0", "::1:5030", "127.0.0.1:70000", "[127.0.0.1]:5"]
)
def test_what_is_no_address_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="is no IP address and port"):
        address_from(text)


def test_beats_leave_the_machine_signed_only(tmp_path: Path) -> None:
    assert HeartbeatSettings(send=["127.0.0.1:5030"]).is_on and not HeartbeatSettings().is_on
    with pytest.raises(ValidationError, match="set key_file"):
        HeartbeatSettings(send=["192.0.2.7:5030"])
    assert HeartbeatSettings(send=["192.0.2.7:5030"], key_file="key").is_on


def test_a_key_is_long_enough_and_there(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY + b"\n")
    (tmp_path / "short").write_bytes(b"secret")
    assert key_from(tmp_path / "key") == KEY and key_from(None) is None
    with pytest.raises(LinkError, match="6 bytes; 16 are needed"):
        key_from(tmp_path / "short")
    with pytest.raises(LinkError, match="cannot be read"):
        key_from(tmp_path / "none")


async def test_a_beat_goes_to_every_address_and_replaces_the_file(tmp_path: Path) -> None:
    came: asyncio.Queue[bytes] = asyncio.Queue()
    written: asyncio.Queue[bytes] = asyncio.Queue()
    transport = await hear_datagrams("127.0.0.1", 0, came.put_nowait)
    port = transport.get_extra_info("sockname")[1]
    file = tmp_path / "heartbeat.json"
    looking = asyncio.create_task(look_at_file(file, written.put_nowait))
    sender = HeartbeatSender(HeartbeatSettings(file=str(file), send=[f"127.0.0.1:{port}"]))
    async with asyncio.timeout(20):
        for data in (b"one", b"two"):
            sender.send(data)
            assert await came.get() == data
            assert await written.get() == data
    assert written.empty(), "once each"
    assert os.listdir(tmp_path) == ["heartbeat.json"]
    looking.cancel()
    sender.close()
    transport.close()


async def test_what_cannot_be_written_or_sent_is_counted_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "none" / "heartbeat.json"
    sender = HeartbeatSender(HeartbeatSettings(file=str(file), send=["127.0.0.1:9"]))
    async with asyncio.timeout(20):
        while sender.counters["unwritten"] < 3:
            sender.send(b"x" * 100_000)  # longer than any datagram
            await asyncio.sleep(0)
    assert sender.counters["unsent"] >= 3
    assert len(caplog.records) == 2, "each is logged once"
    sender.close()


def test_nobody_listens_where_somebody_does() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(LinkError, match="cannot listen on"):
            asyncio.run(hear_datagrams("127.0.0.1", taken.getsockname()[1], print))


def test_beats_that_come_are_believed_and_their_end_is_trouble() -> None:
    pulse = Pulse(Watched(silent_s=5.0), KEY, 0.0)
    assert pulse.trouble(4.9) == "" and pulse.trouble(5.1) == "silent"
    for number in (1, 2, 3):
        assert (
            pulse.take(beat(number, utc_s=UTC_S + number).to_bytes(KEY), float(number), UTC_S + number) == ""
        )
    assert pulse.trouble(7.9) == "" and pulse.trouble(8.1) == "silent"
    assert (
        pulse.take(beat(9, utc_s=UTC_S + 9).to_bytes(KEY), 9.0, UTC_S + 9) == "" and pulse.trouble(9.1) == ""
    )


def test_a_site_with_a_slower_pulse_is_given_its_time() -> None:
    pulse = Pulse(Watched(silent_s=2.0), None, 0.0)
    pulse.take(beat(1, due_s=11.0).to_bytes(None), 0.0, UTC_S)
    assert pulse.trouble(10.9) == "" and pulse.trouble(11.1) == "silent"
    pulse.take(beat(2, due_s=1e9).to_bytes(None), 0.0, UTC_S)
    assert pulse.trouble(61.0) == "silent", "but not for ever"


def test_a_picture_that_is_behind_is_as_bad() -> None:
    pulse = Pulse(Watched(age_s=5.0), None, 0.0)
    pulse.take(beat(1, age_s=5.5).to_bytes(None), 0.0, UTC_S)
    assert pulse.trouble(0.1) == "behind"
    pulse.take(beat(2).to_bytes(None), 1.0, UTC_S)
    assert pulse.trouble(1.1) == ""


def test_copies_forgeries_other_sites_and_recordings_do_not_count_as_life() -> None:
    pulse = Pulse(Watched(site="example", clock_s=30.0), KEY, 0.0)
    assert pulse.take(beat(5).to_bytes(KEY), 0.0, UTC_S) == ""
    doubtful = [
        (beat(5).to_bytes(KEY), "copy"),
        (beat(4).to_bytes(KEY), "copy"),
        (beat(6, site="other").to_bytes(KEY), "other-site"),
        (beat(6).to_bytes(None), "unsigned"),
        (beat(6).to_bytes(KEY[::-1]), "forged"),
        (beat(6, utc_s=UTC_S - 31).to_bytes(KEY), "clock"),
        (b"noise", "unreadable"),
    ]
    for data, why in doubtful:
        assert pulse.take(data, 6.0, UTC_S) == why
    assert pulse.trouble(6.0) == "silent" and pulse.refused.total() == len(doubtful)
    fresh = Pulse(Watched(), KEY, 0.0)
    assert fresh.take(beat(5).to_bytes(KEY), 0.0, UTC_S + 600) == "clock", "recorded before the watch began"


def test_unless_told_which_the_site_that_is_heard_first_is_watched() -> None:
    """One that lives hides no other that is dead."""
    pulse = Pulse(Watched(silent_s=5.0), KEY, 0.0)
    assert pulse.take(beat(1).to_bytes(KEY), 0.0, UTC_S) == ""
    assert pulse.take(beat(9, site="other").to_bytes(KEY), 5.5, UTC_S) == "other-site"
    assert pulse.trouble(5.6) == "silent"
