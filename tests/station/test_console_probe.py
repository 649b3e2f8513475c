"""Whether the site notices that nobody can open its console, though the console's server runs."""

import asyncio
import contextlib
import socket

import pytest

from marsad.station.console_probe import Probe


async def test_a_port_at_which_nobody_takes_connections_in_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        probe = Probe.of(listening, is_tls=False)
        assert not await Probe(probe.host, probe.port, False, within_s=0.05).answers()


async def test_a_port_that_nobody_listens_at_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        probe = Probe.of(listening, is_tls=False)
    assert not await probe.answers()


@pytest.mark.parametrize(("said", "expected"), [(b"HTTP/1.1 403 Forbidden\r\n\r\n", True), (b"", False)])
async def test_whatever_a_server_says_is_an_answer(said: bytes, expected: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readline()).startswith(b"GET /healthz ")
        writer.write(said)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        assert await Probe.of(server.sockets[0], is_tls=False).answers() is expected


def test_a_socket_of_all_addresses_is_asked_over_loopback() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listening:
        assert Probe.of(listening, is_tls=False).host == "127.0.0.1"
