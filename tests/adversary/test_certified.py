"""A certified feed of a running station: a radar with its certificate, and others that have none of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trustme

from marsad.feeds.sapient.edge import registration
from marsad.feeds.sapient.wire import SapientMessage
from marsad.links.clock import SystemClock
from marsad.model.asker import Asking
from marsad.site.recorder import replay
from marsad.station.record import newest_journal, open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import read_settings
from marsad.station.station import Station

from ..terminals import Heard
from .raid import RADAR, SITE

FEED = 'listen = "127.0.0.1:0"\n'


class Node:
    """One end of a connection that speaks as the radar."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def dial(cls, port: int, authority: trustme.CA, own: trustme.LeafCert) -> "Node":
        context = ssl.create_default_context()
        authority.configure_trust(context)
        own.configure_cert(context)
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=context))

    async def register(self) -> SapientMessage:
        """What the site answers."""
        self._writer.write(registration(RADAR, SystemClock().now_ns()))
        async with asyncio.timeout(20):
            length = int.from_bytes(await self._reader.readexactly(4), "little")
            message: SapientMessage = SapientMessage.FromString(await self._reader.readexactly(length))
            return message

    async def closed(self) -> None:
        """Until the site hangs up."""
        async with asyncio.timeout(20):
            while await self._reader.read(100):
                pass

    def leave(self) -> None:
        self._writer.transport.abort()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@asynccontextmanager
async def running(directory: Path, authority: trustme.CA) -> AsyncIterator[tuple[Station, int]]:
    own = authority.issue_cert("127.0.0.1")
    own.cert_chain_pems[0].write_to_path(directory / "site.pem")
    own.private_key_pem.write_to_path(directory / "site.key")
    authority.cert_pem.write_to_path(directory / "all.pem")
    names = {"tls_certificate": "site.pem", "tls_key": "site.key", "tls_authorities": "all.pem"}
    files = "".join(f'{name} = "{directory / file}"\n' for name, file in names.items())
    settings = directory / "site.toml"
    settings.write_text(SITE.replace(FEED, f'{FEED}access = "certified"\n{files}'), "utf-8")
    file = read_settings(settings)
    record = partial(open_record, directory, "example", file.data)
    async with assembled(Plan(file, directory, record, SystemClock(), file.server), Heard()) as station:
        yield station, station.addresses["sensors"][1]


async def test_only_its_own_certificate_speaks_for_a_radar_also_when_it_starts_anew(
    tmp_path: Path, authority: trustme.CA
) -> None:
    own = authority.issue_cert(common_name=RADAR.node_id)
    other = authority.issue_cert("camera.example")
    async with running(tmp_path, authority) as (station, port):
        radar = await Node.dial(port, authority, own)
        assert (await radar.register()).registration_ack.acceptance
        stranger = await Node.dial(port, authority, other)
        assert "certificate-other" in (await stranger.register()).error.error_message[0]
        anew = await Node.dial(port, authority, own)  # behind its own connection, which nobody has closed
        assert (await anew.register()).registration_ack.acceptance
        await radar.closed()
        fold = station.record.recorder.fold
        assert [sensor.sensor_id for sensor in fold.sensors()] == [RADAR.node_id]
        assert Asking.CLAIMS not in {asker.asking for asker in fold.picture().askers}
        for node in (radar, stranger, anew):
            node.leave()
    journal = newest_journal(tmp_path, "example")
    assert journal is not None
    assert replay(journal).fold.digest() == fold.digest()
