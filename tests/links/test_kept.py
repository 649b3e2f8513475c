"""A connection that is kept up: pauses between dials, what is sent first, and peers that are gone."""

import asyncio

import pytest

from marsad.errors import LinkError
from marsad.links import kept


async def test_pauses_between_dials_grow_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    enough = asyncio.Event()
    sleep = asyncio.sleep

    async def noted(pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) >= 8:
            enough.set()
            await asyncio.Event().wait()
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", noted)
    connection = kept.KeptConnection(
        "127.0.0.1", 1, tls=None, server_name=None, timeout_s=1, greet=lambda: b""
    )
    task = asyncio.create_task(connection.run())
    await enough.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert pauses == [0.5, 1, 2, 4, 5, 5, 5, 5]


async def test_what_is_said_right_after_the_start_waits_for_the_first_dial_and_no_longer() -> None:
    heard = bytearray()
    news = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1_000):
            heard.extend(data)
            news.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = kept.KeptConnection(
        "127.0.0.1", port, tls=None, server_name=None, timeout_s=5, greet=lambda: b"first;"
    )
    sending = asyncio.create_task(connection.send(b"second"))
    task = asyncio.create_task(connection.run())
    await sending
    async with asyncio.timeout(20):
        while heard != b"first;second":
            news.clear()
            await news.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(LinkError, match="no connection"):
        await connection.send(b"nobody keeps it up any more")
    server.close()
    await server.wait_closed()


async def test_a_connection_that_nobody_keeps_up_is_told_of() -> None:
    connection = kept.KeptConnection(
        "127.0.0.1", 1, tls=None, server_name=None, timeout_s=0.05, greet=lambda: b""
    )
    with pytest.raises(LinkError, match="nobody dialled"):
        await connection.send(b"")
