"""Connections of strangers over real sockets: how little they get, and how little they leave behind."""

import asyncio
import hashlib
import json
import math
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from marsad.errors import LinkError
from marsad.links.limits import Limits, Turned
from marsad.links.peers import mutual_tls
from marsad.links.tcp import TcpListener
from marsad.model.effect import Standing
from marsad.model.frame import FrameKind
from marsad.model.peer import Peer, peer_from_bytes

from .test_tcp import Inbox

NODE = "urn:uuid:f5e9175f-8eb1-45ba-9be6-6ea8ab496563"


@asynccontextmanager
async def listening(inbox: Inbox, **changes: Any) -> AsyncIterator[tuple[TcpListener, int]]:
    listener = TcpListener("127.0.0.1", 0, inbox.deliver, **{"limits": Limits()} | changes)
    try:
        yield listener, await listener.start()
    finally:
        await listener.stop()


def refused(inbox: Inbox) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, kind, data in inbox.items:
        if kind is FrameKind.REFUSED:
            for reason, count in json.loads(data).items():
                counts[reason] = counts.get(reason, 0) + count
    return counts


async def test_who_says_nothing_is_closed_counted_and_never_opened() -> None:
    inbox = Inbox()
    async with listening(inbox, limits=Limits(greeting_max_s=0.05)) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionResetError):
                if not await reader.read(1):
                    raise ConnectionResetError
        writer.close()
    assert refused(inbox) == {Turned.NO_GREETING: 1}
    assert {kind for _, kind, _ in inbox.items} == {FrameKind.REFUSED}


async def test_who_is_vouched_for_stays() -> None:
    inbox = Inbox()
    async with listening(inbox, limits=Limits(greeting_max_s=0.05)) as (listener, port):
        _, known = await asyncio.open_connection("127.0.0.1", port)
        known.write(b"hello")
        await inbox.until(FrameKind.DATA)
        listener.vouch(1, Standing.KNOWN)
        reader, stranger = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(ConnectionResetError):
            if not await reader.read(1):
                raise ConnectionResetError
        known.write(b"still here")
        await inbox.until(FrameKind.DATA, 2)
        known.close()
        stranger.close()


async def test_a_crowd_of_idle_connections_leaves_room_for_one_that_speaks() -> None:
    inbox = Inbox()
    limits = Limits(strangers_max=8, per_address_max=8, greeting_max_s=math.inf)
    async with listening(inbox, limits=limits) as (_, port):
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
        _, honest = await asyncio.open_connection("127.0.0.1", port)
        honest.write(b"radar")
        await inbox.until(FrameKind.DATA)
        for _, writer in crowd:
            writer.close()
        honest.close()
    assert [data for _, kind, data in inbox.items if kind is FrameKind.DATA] == [b"radar"]
    assert refused(inbox)[Turned.GAVE_WAY] >= 32


async def test_a_stranger_s_flood_is_read_slowly_until_it_is_known() -> None:
    inbox = Inbox()
    async with listening(inbox) as (listener, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * 4_000_000)
        await inbox.until(FrameKind.DATA)
        began_s = asyncio.get_running_loop().time()
        while sum(len(data) for _, _, data in inbox.items) < 90_000:
            await inbox.until(FrameKind.DATA, len(inbox.items))
        took_s = asyncio.get_running_loop().time() - began_s
        assert sum(len(data) for _, _, data in inbox.items) < 65_536 * (2.5 + took_s)
        listener.vouch(1, Standing.KNOWN)
        async with asyncio.timeout(10):
            while sum(len(data) for _, kind, data in inbox.items if kind is FrameKind.DATA) < 4_000_000:
                await inbox.until(FrameKind.DATA, len(inbox.items))
        writer.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA, tmp_path: Path) -> ssl.SSLContext:
    names = {"certificate": "site.pem", "key": "site.key", "authorities": "authorities.pem"}
    files = {name: tmp_path / file for name, file in names.items()}
    site = authority.issue_cert("127.0.0.1")
    site.cert_chain_pems[0].write_to_path(files["certificate"])
    site.private_key_pem.write_to_path(files["key"])
    authority.cert_pem.write_to_path(files["authorities"])
    return mutual_tls(**{name: str(path) for name, path in files.items()})


def client_tls(authority: trustme.CA, own: trustme.LeafCert | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if own is not None:
        own.configure_cert(context)
    return context


async def test_over_tls_the_site_is_told_the_certificate(
    authority: trustme.CA, server_tls: ssl.SSLContext
) -> None:
    inbox = Inbox()
    own = authority.issue_cert("Radar.example", common_name="Radar North")
    async with listening(inbox, tls=server_tls) as (listener, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_tls(authority, own))
        writer.write(b"hello")
        await inbox.until(FrameKind.DATA)
        listener.send(1, b"ack")
        assert await reader.readexactly(3) == b"ack"
        writer.close()
        await inbox.until(FrameKind.CLOSED)
    peer = peer_from_bytes(inbox.items[0][2])
    assert peer.address == "127.0.0.1"
    assert peer.certificate is not None
    assert peer.certificate.names == ("radar.example", "radar north")
    assert peer.certificate.names_it("RADAR.example")
    der = ssl.PEM_cert_to_DER_cert(own.cert_chain_pems[0].bytes().decode())
    assert peer.certificate.fingerprint == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("kind", ["plain", "no certificate", "other authority"])
async def test_without_a_certificate_of_the_authorities_nothing_is_heard(
    authority: trustme.CA, server_tls: ssl.SSLContext, kind: str
) -> None:
    inbox = Inbox()
    own = trustme.CA().issue_cert("radar.example") if kind == "other authority" else None
    tls = None if kind == "plain" else client_tls(authority, own)
    async with listening(inbox, tls=server_tls) as (_, port):
        async with asyncio.timeout(10):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
                writer.write(b"\x10\x00\x00\x00 what is no TLS at all")
                while await reader.read(100):
                    pass
                writer.close()
            except OSError:
                pass
    assert refused(inbox) == {Turned.HANDSHAKE: 1}
    assert {kind for _, kind, _ in inbox.items} == {FrameKind.REFUSED}


def test_files_that_make_no_tls_are_named(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match=r"none\.pem"):
        mutual_tls(str(tmp_path / "none.pem"), str(tmp_path / "none.key"), str(tmp_path / "all.pem"))


async def test_a_rehearsal_tells_nothing_of_its_peers() -> None:
    inbox = Inbox()
    async with listening(inbox, tells_peers=False) as (_, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        await inbox.until(FrameKind.OPENED)
        writer.close()
    assert peer_from_bytes(inbox.items[0][2]) == Peer()
