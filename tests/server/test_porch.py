"""The console's port: silent connections, however many, keep nobody out."""

import asyncio
import logging
import os
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress

import pytest
from fastapi import FastAPI

from marsad.server.porch import Room
from marsad.server.run import serving
from marsad.server.settings import ServerSettings

ROOM = Room(most=40, per_address=30, silent_s=0.3, sweep_s=0.05)


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/healthz")
    async def healthz() -> dict[str, bool]:
        return {"ok": True}

    return app


@asynccontextmanager
async def served(room: Room, proxies: tuple[str, ...] = ()) -> AsyncIterator[int]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listening.getsockname()[1]
    server = serving(application(), ServerSettings(port=0, proxies=proxies))
    server.room = room
    is_there = asyncio.Event()
    server.listening = is_there.set
    running = asyncio.create_task(server.serve([listening]))
    await is_there.wait()
    try:
        yield port
    finally:
        server.should_exit = True
        await running


REQUEST = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
Dial = Callable[..., socket.socket]
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def dialled() -> Iterator[Callable[..., socket.socket]]:
    """Connects from an address of this machine; whatever is open at the end is closed."""
    with ExitStack() as stack:

        def dial(port: int, address: str = "127.0.0.1", said: bytes = b"") -> socket.socket:
            one = stack.enter_context(
                socket.create_connection(("127.0.0.1", port), source_address=(address, 0))
            )
            one.setblocking(False)
            one.send(said)
            return one

        yield dial


async def heard(one: socket.socket, count: int = len(OK)) -> bytes:
    """What the server says first; nothing where it has hung up."""
    try:
        return await asyncio.get_running_loop().sock_recv(one, count)
    except ConnectionError:
        return b""


def is_over(one: socket.socket) -> bool:
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("addresses", [1, 50])
async def test_silent_connections_keep_nobody_out(dialled: Dial, addresses: int) -> None:
    async with served(Room(most=40, per_address=30, silent_s=60.0)) as port:
        crowd = [dialled(port, f"127.0.0.{2 + number % addresses}") for number in range(200)]
        assert await heard(dialled(port, said=REQUEST)) == OK
        assert await heard(dialled(port, "127.0.0.2", REQUEST)) == OK, "not even at their own address"
        assert sum(map(is_over, crowd)) >= 200 - 40


async def test_who_asks_for_nothing_is_closed_after_a_while(dialled: Dial) -> None:
    async with served(ROOM) as port:
        assert await heard(dialled(port)) == b""


async def test_who_begins_a_request_and_does_not_end_it_likewise(
    dialled: Dial,
) -> None:
    async with served(ROOM) as port:
        one = dialled(port, said=REQUEST.replace(b"close", b"keep-alive"))
        answer = b""
        while not answer.endswith(b"}"):
            answer += await heard(one, 4096)
        one.send(b"GET /heal")
        assert await heard(one) == b""


@contextmanager
def no_handle_left() -> Iterator[None]:
    """Take every file handle of this process."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, before[0]), before[1]))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        for one in taken:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_where_handles_run_out_that_is_said_once_and_room_is_made(
    dialled: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(Room(most=400, per_address=400, silent_s=60.0)) as port:
        for _ in range(30):
            dialled(port)
        assert await heard(dialled(port, said=REQUEST)) == OK
        late = dialled(port, said=REQUEST)  # it waits to be taken in
        with caplog.at_level(logging.ERROR), no_handle_left():
            assert await heard(late) == OK
        told = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
        assert len(told) == 1 and "Too many open files" in told[0]


async def test_a_reverse_proxy_may_bring_more_than_others(dialled: Dial) -> None:
    async with served(Room(most=40, per_address=2, silent_s=60.0), proxies=("127.0.0.9",)) as port:
        crowd = [dialled(port, "127.0.0.9") for _ in range(8)]
        assert await heard(dialled(port, "127.0.0.9", REQUEST)) == OK
        assert not any(map(is_over, crowd))
