"""Crowds at every port that listens: none has the descriptors, the honest are served, and it is told."""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from fastapi import FastAPI

from marsad.links import crowd as crowds
from marsad.links.crowd import CrowdWatch
from marsad.links.limits import Limits
from marsad.links.peers import mutual_tls
from marsad.links.tcp import TcpListener
from marsad.model.frame import FrameKind
from marsad.model.security import Happening, SecurityEvent
from marsad.model.site import Mode, Site
from marsad.outputs.page import Pages
from marsad.outputs.page_crowd import BESIDE_SCREENS
from marsad.outputs.settings import PageSettings
from marsad.outputs.transmitter import Surroundings
from marsad.server.porch import Room
from marsad.server.run import serving
from marsad.server.settings import ServerSettings

from ..links.test_tcp import Inbox

CROWD, MACHINES, MOST, SPARE = 150, 25, 24, 10
WORDS = (
    b"",  # nothing
    b"GET /live HTTP/1.1\r\nHost: x\r\n",  # half a request
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # half a handshake of TLS
    b"\xff\xff\xff\x7f",  # a message of two gigabytes
    b"G",  # a byte, and another after a while
    b"reset",  # connects, and is gone by a reset
)


class Told(list[SecurityEvent]):
    """What was told of a door."""

    def __call__(self, event: SecurityEvent) -> None:
        self.append(event)


def dialled(port: int, address: str, said: bytes = b"") -> socket.socket:
    one = socket.socket()
    one.bind((address, 0))
    one.setblocking(False)
    one.connect_ex(("127.0.0.1", port))
    if said == b"reset":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        one.close()
    elif said:
        one.send(said)
    return one


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str, ssl.SSLContext]:
    """A certificate for this machine, its key and authority; and a context that believes and shows it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    named = {name: folder / f"{name}.pem" for name in ("certificate", "key", "authority")}
    named["certificate"].write_bytes(b"".join(pem.bytes() for pem in certificate.cert_chain_pems))
    named["key"].write_bytes(certificate.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(named["authority"]))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    certificate.configure_cert(context)
    return str(named["certificate"]), str(named["key"]), str(named["authority"]), context


Serve = Callable[[Told, tuple[str, str, str, ssl.SSLContext] | None], "AsyncIterator[tuple[int, bytes]]"]


async def _feed(
    told: Told, files: tuple[str, str, str, ssl.SSLContext] | None
) -> AsyncIterator[tuple[int, bytes]]:
    inbox = Inbox()
    listener = TcpListener(
        *("127.0.0.1", 0, inbox.deliver),
        limits=Limits(strangers_max=MOST, per_address_max=8),
        tls=None if files is None else mutual_tls(*files[:3]),
        crowd=CrowdWatch("sensors:5720", told),
    )
    yield await listener.start(), b""
    if told:
        assert FrameKind.DATA in {kind for _, kind, _ in inbox.items}
    await listener.stop()


async def _page(
    told: Told, files: tuple[str, str, str, ssl.SSLContext] | None
) -> AsyncIterator[tuple[int, bytes]]:
    async def tell(delivered: object) -> None:
        """Nobody confirms."""

    tls = {} if files is None else {"tls_certificate": files[0], "tls_key": files[1]}
    settings = PageSettings.model_validate(
        {"name": "screens", "listen": "127.0.0.1:0", "screens_max": MOST - BESIDE_SCREENS, **tls}
    )
    site = Site("s", "S", "س", 33.0, 44.0, 0.0, 10800, (), (), Mode.TEST)
    surroundings = Surroundings(site, tell, time.time_ns, lambda span_ns: span_ns * 1e-9)
    pages = Pages(settings, replace(surroundings, tell_security=told))
    running = asyncio.create_task(pages.run())
    await pages.listening.wait()
    yield pages.port, b"HTTP/1.1 200"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await pages.close()


async def _console(
    told: Told, files: tuple[str, str, str, ssl.SSLContext] | None
) -> AsyncIterator[tuple[int, bytes]]:
    tls = {} if files is None else {"tls_certificate": files[0], "tls_key": files[1]}
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = serving(FastAPI(), ServerSettings.model_validate({"port": 0, **tls}))
    server.room, server.tell_security = Room(most=MOST, per_address=8, silent_s=60.0), told
    is_there = asyncio.Event()
    server.listening = is_there.set
    running = asyncio.create_task(server.serve([listening]))
    await is_there.wait()
    yield listening.getsockname()[1], b"HTTP/1.1 404"
    server.should_exit = True
    await running


async def _answered(port: int, context: ssl.SSLContext | None) -> bytes:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, local_addr=("127.0.0.1", 0)
    )
    writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    try:
        return await reader.readline()
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("serve", [_feed, _page, _console])
async def test_a_crowd_has_no_more_descriptors_than_places_the_honest_are_served_and_it_is_told(
    serve: Serve, secured: bool, files: tuple[str, str, str, ssl.SSLContext]
) -> None:
    told = Told()
    async with asynccontextmanager(serve)(told, files if secured else None) as (port, greeting):
        here = [
            dialled(port, f"127.0.0.{2 + number % MACHINES}", WORDS[number % len(WORDS)])
            for number in range(CROWD)
        ]
        before, most = len(os.listdir("/proc/self/fd")), 0
        async with asyncio.timeout(30):
            while sum(event.count for event in told) < crowds.CROWD_MIN:
                most = max(most, len(os.listdir("/proc/self/fd")) - before)
                await asyncio.sleep(0)
            if greeting:
                assert (await _answered(port, files[3] if secured else None)).startswith(greeting)
            else:
                _, honest = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=files[3] if secured else None
                )
                honest.write(b"here")
                await asyncio.sleep(0.1)
                honest.transport.abort()
        assert 0 < most <= MOST + SPARE
        for one in here:
            one.close()
    assert {event.what for event in told} == {Happening.CROWD}
    assert told[0].of.rpartition(":")[0] in ("sensors", "screens", "console")
    assert told[0].address.startswith("127.0.0.")


async def test_a_crowd_is_told_at_once_and_then_by_the_minute() -> None:
    told = Told()
    watch = CrowdWatch("screens:8090", told)
    for _ in range(crowds.CROWD_MIN - 1):
        watch.turned_away("10.0.0.5")
    assert not told, "a few are no crowd"
    for machine in range(9):
        watch.turned_away(f"10.0.0.{machine}")
    assert [(event.address, event.count) for event in told] == [("10.0.0.5", 15), ("10.0.0.0", 1)]
    watch._minute_over()
    assert sum(event.count for event in told) == crowds.CROWD_MIN + 8
    assert len(told) == 2 + crowds.NAMED_MAX + 1, "others are one row without an address"
    assert told[-1] == SecurityEvent(Happening.CROWD, of="screens:8090", address="", count=5)
    watch.turned_away("10.0.0.5")
    watch.close()
    assert len(told) == 6, "after a quiet minute one more is no news"
