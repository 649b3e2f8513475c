"""TCP links over real sockets: order, backlog, too many peers, dialling again."""

import asyncio
import errno
import socket
from itertools import count

import pytest

from marsad.errors import LinkError
from marsad.links.tcp import Reach, TcpDialler, TcpListener, unreachable
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


class Reached:
    """Keeps what is told of a dialled address and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: list[Reach] = []
        self._new = asyncio.Event()

    def hear(self, reach: Reach) -> None:
        self.told.append(reach)
        self._new.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.told) < count:
                self._new.clear()
                await self._new.wait()


class Tries:
    """Counts how often an address is dialled, and lets a test wait for it."""

    def __init__(self, enough: int) -> None:
        self._left = enough
        self.were_enough = asyncio.Event()

    def one(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.were_enough.set()


async def test_the_reach_of_an_address_is_told_once_per_change_not_once_per_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox, reached, tries = Inbox(), Reached(), Tries(5)
    really = asyncio.open_connection

    async def counted(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tries.one()
        return await really(host, port)

    monkeypatch.setattr(asyncio, "open_connection", counted)
    listener = TcpListener("127.0.0.1", 0, Inbox().deliver)
    port = await listener.start()
    await listener.stop()
    dialler = TcpDialler("127.0.0.1", port, inbox.deliver, retry_s=0.01, watch=reached.hear)
    await dialler.start()
    await reached.until(1)
    await asyncio.wait_for(tries.were_enough.wait(), 20)
    assert reached.told == [Reach("unreachable", "refused")]
    peers = Inbox()
    listener = TcpListener("127.0.0.1", port, peers.deliver)
    await listener.start()
    await peers.until(FrameKind.OPENED)
    listener.send(1, b"a line")
    await reached.until(2)
    await listener.stop()
    await reached.until(4)
    assert [reach.state for reach in reached.told] == ["unreachable", "connected", "lost", "unreachable"]
    await dialler.stop()


async def test_a_peer_that_hangs_up_at_once_is_not_reached_however_often_it_does_so() -> None:
    reached, tries = Reached(), Tries(5)

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.one()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    dialler = TcpDialler("127.0.0.1", port, Inbox().deliver, retry_s=0.01, watch=reached.hear)
    await dialler.start()
    await asyncio.wait_for(tries.were_enough.wait(), 20)
    await dialler.stop()
    server.close()
    assert reached.told == [Reach("unreachable", "closed")]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "refused"),
        (TimeoutError(), "no-answer"),
        (OSError(errno.EHOSTUNREACH, "no route"), "no-route"),
        (socket.gaierror(socket.EAI_NONAME, "not known"), "unknown-host"),
        (OSError("Multiple exceptions: [Errno 111] ('::1', 1), [Errno 111] ('127.0.0.1', 1)"), "refused"),
    ],
)
def test_why_an_address_is_not_reached_is_known_by_its_cause(error: OSError, cause: str) -> None:
    assert unreachable(error) == Reach("unreachable", cause)


def test_what_else_the_system_says_is_quoted() -> None:
    assert unreachable(OSError(errno.EADDRNOTAVAIL, "x")) == Reach(
        "unreachable", "system", "Cannot assign requested address"
    )


async def test_nothing_is_handed_on_after_a_listener_stopped_and_the_next_counts_on() -> None:
    inbox, may_go_on = Inbox(), asyncio.Event()

    async def deliver(link: int, kind: FrameKind, data: bytes) -> None:
        if kind is FrameKind.DATA:
            await may_go_on.wait()  # the site's queue is full
        await inbox.deliver(link, kind, data)

    numbers = count(1)
    listener = TcpListener("127.0.0.1", 0, deliver, numbers=numbers)
    _, writer = await asyncio.open_connection("127.0.0.1", await listener.start())
    writer.write(b"x")
    await inbox.until(FrameKind.OPENED)
    await listener.stop()
    may_go_on.set()
    following = TcpListener("127.0.0.1", 0, deliver, numbers=numbers)
    _, second = await asyncio.open_connection("127.0.0.1", await following.start())
    await inbox.until(FrameKind.OPENED, 2)
    assert [item[:2] for item in inbox.items] == [
        (1, FrameKind.OPENED),
        (1, FrameKind.CLOSED),
        (2, FrameKind.OPENED),
    ]
    for one in (writer, second):
        one.close()
    await following.stop()
