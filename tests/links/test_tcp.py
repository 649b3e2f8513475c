"""TCP links over real sockets: order, backlog, too many peers, dialling again."""

import asyncio

import pytest

from marsad.errors import LinkError
from marsad.links.tcp import TcpDialler, TcpListener
from marsad.model.frame import FrameKind


class Inbox:
    """Keeps what a link delivers and lets a test wait for it."""

    def __init__(self) -> None:
        self.items: list[tuple[int, FrameKind, bytes]] = []
        self._changed = asyncio.Condition()

    async def deliver(self, link: int, kind: FrameKind, data: bytes) -> None:
        async with self._changed:
            self.items.append((link, kind, data))
            self._changed.notify_all()

    async def until(self, kind: FrameKind, count: int = 1) -> None:
        async with self._changed:
            await asyncio.wait_for(
                self._changed.wait_for(lambda: sum(item[1] is kind for item in self.items) >= count), 10
            )

    def received(self, link: int) -> bytes:
        return b"".join(
            data for number, kind, data in self.items if number == link and kind is FrameKind.DATA
        )


async def test_each_connection_is_a_link_opened_read_answered_and_closed() -> None:
    inbox = Inbox()
    listener = TcpListener("127.0.0.1", 0, inbox.deliver)
    port = await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello")
    await inbox.until(FrameKind.DATA)
    listener.send(1, b"ack")
    assert await reader.readexactly(3) == b"ack"
    writer.close()
    await inbox.until(FrameKind.CLOSED)
    assert [kind for _, kind, _ in inbox.items] == [FrameKind.OPENED, FrameKind.DATA, FrameKind.CLOSED]
    assert b"127.0.0.1" in inbox.items[0][2]
    listener.send(1, b"nobody")
    assert listener.counters["sent-to-nobody"] == 1
    await listener.stop()


async def test_a_peer_that_stops_reading_is_cut_off_not_waited_for() -> None:
    inbox = Inbox()
    listener = TcpListener("127.0.0.1", 0, inbox.deliver)
    port = await listener.start()
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    await inbox.until(FrameKind.OPENED)
    for _ in range(200):
        listener.send(1, b"x" * 100_000)
    await inbox.until(FrameKind.CLOSED)
    assert listener.counters["cut-off-not-reading"] == 1
    writer.close()
    await listener.stop()


async def test_more_peers_than_allowed_are_refused() -> None:
    inbox = Inbox()
    listener = TcpListener("127.0.0.1", 0, inbox.deliver, connections_max=1)
    port = await listener.start()
    _, first = await asyncio.open_connection("127.0.0.1", port)
    await inbox.until(FrameKind.OPENED)
    reader, second = await asyncio.open_connection("127.0.0.1", port)
    with pytest.raises(ConnectionResetError):
        if not await reader.read(1):
            raise ConnectionResetError
    assert listener.counters["refused-too-many"] == 1
    first.close()
    second.close()
    await listener.stop()


async def test_an_address_in_use_is_named() -> None:
    inbox = Inbox()
    listener = TcpListener("127.0.0.1", 0, inbox.deliver)
    port = await listener.start()
    with pytest.raises(LinkError, match=f"cannot listen on 127.0.0.1:{port}"):
        await TcpListener("127.0.0.1", port, inbox.deliver).start()
    await listener.stop()


async def test_a_dialler_dials_again() -> None:
    served, inbox = Inbox(), Inbox()
    listener = TcpListener("127.0.0.1", 0, served.deliver)
    port = await listener.start()
    dialler = TcpDialler("127.0.0.1", port, inbox.deliver, retry_s=0.01)
    await dialler.start()
    await served.until(FrameKind.OPENED)
    listener.hangup(1)
    await served.until(FrameKind.OPENED, 2)
    listener.send(2, b"line")
    await inbox.until(FrameKind.DATA)
    assert inbox.received(2) == b"line"
    await dialler.stop()
    await listener.stop()
