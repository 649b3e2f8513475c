"""The WebSocket over a real socket: order, gaps, strangers, and clients that stop reading."""

import asyncio
import json
import logging
import socket
import threading
import time
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from marsad import wire
from marsad.server import Operator, ServerSettings, documents, hash_password
from marsad.server.delta import applied


def opened(served: Any, **options: Any) -> ClientConnection:
    client: ClientConnection = connect(
        f"ws://127.0.0.1:{served.port}/api/picture", max_size=None, proxy=None, **options
    )
    return client


def received(client: ClientConnection) -> Any:
    message = json.loads(client.recv(timeout=10))
    wire.MESSAGE.validate_python(message, strict=True)
    return message


def test_a_snapshot_comes_first_then_deltas_without_a_gap(served: Any) -> None:
    with opened(served) as client:
        first = received(client)
        assert first["kind"] == "snapshot"
        held, sequence = first["picture"], first["sequence"]
        for _ in range(4):
            message = received(client)
            assert message["server_t_ms"] == pytest.approx(time.time() * 1000, abs=5000)
            if message["kind"] == "delta":
                assert message["from_sequence"] == sequence
                held, sequence = applied(held, message), message["sequence"]
        assert {track["track_id"] for track in held["tracks"]} == set(held["motion"]["track_id"])


def test_asking_again_brings_a_snapshot(served: Any) -> None:
    with opened(served) as client:
        received(client)
        client.send('{"kind":"resync"}')
        kinds = [received(client)["kind"] for _ in range(4)]
        assert "snapshot" in kinds


def test_silence_is_filled_with_heartbeats(served: Any) -> None:
    served.gateway.paused = True
    with opened(served) as client:
        kinds = {received(client)["kind"] for _ in range(4)}
    assert "heartbeat" in kinds


def test_pages_of_other_origins_cannot_listen(served: Any) -> None:
    with pytest.raises(InvalidStatus):
        opened(served, origin="http://evil.example")
    with opened(served, origin=f"http://127.0.0.1:{served.port}") as client:
        assert received(client)["kind"] == "snapshot"


def test_strangers_are_turned_away_and_a_sign_out_ends_the_picture(gateway: Any, serving: Any) -> None:
    operator = Operator(name="Layla", password_hash=hash_password("correct horse"))
    with serving(gateway, ServerSettings(port=0, operators=(operator,), heartbeat_s=0.1)) as running:
        with opened(running) as client, pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
        with httpx.Client(base_url=running.address) as http:
            http.post("/api/session", json={"name": "Layla", "password": "correct horse"}).raise_for_status()
            cookie = f"marsad_session={http.cookies['marsad_session']}"
            with opened(running, additional_headers={"cookie": cookie}) as client:
                assert received(client)["kind"] == "snapshot"
                http.delete("/api/session").raise_for_status()
                with pytest.raises(ConnectionClosed) as ended:
                    for _ in range(50):
                        client.recv(timeout=10)
                assert ended.value.rcvd is not None and ended.value.rcvd.code == 4401


def test_a_client_that_stops_reading_is_dropped_and_counted(crowded: Any, serving: Any) -> None:
    settings = ServerSettings(port=0, send_timeout_s=0.3, picture_rate_hz=20)
    with serving(crowded, settings) as running, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", running.port))
        deaf.sendall(
            b"GET /api/picture HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        hub = running.hub
        deadline = time.monotonic() + 200
        while hub.counts.clients_dropped == 0 and time.monotonic() < deadline:
            with opened(running) as client:  # a healthy one is served all the while
                assert received(client)["kind"] == "snapshot"
        assert hub.counts.clients_dropped == 1
        # nothing is kept for it: the connection is gone, not waiting for ever to be flushed
        connections = running.server.server_state.connections
        while connections and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not connections


def test_no_more_clients_than_allowed(gateway: Any, serving: Any) -> None:
    with serving(gateway, ServerSettings(port=0, clients=1)) as running, opened(running) as first:
        received(first)
        with opened(running) as second, pytest.raises(ConnectionClosed) as closed:
            second.recv(timeout=10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4429
        assert running.hub.counts.clients_refused == 1


def test_one_address_has_no_more_than_its_share_of_the_consoles(gateway: Any, serving: Any) -> None:
    with serving(gateway, ServerSettings(port=0, clients_per_address=1)) as running, opened(running) as first:
        received(first)
        with opened(running) as second, pytest.raises(ConnectionClosed) as closed:
            second.recv(timeout=10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4429
        assert closed.value.rcvd.reason == "1 consoles are connected from 127.0.0.1 (clients_per_address)"


def test_what_is_cut_off_at_the_end_is_told_in_one_line(
    gateway: Any, serving: Any, caplog: pytest.LogCaptureFixture
) -> None:
    asked = threading.Event()

    async def never(incident_id: str) -> None:
        asked.set()
        await asyncio.Event().wait()

    gateway.dossier = never
    with serving(gateway, ServerSettings(port=0)) as running, socket.socket() as waiting:
        waiting.connect(("127.0.0.1", running.port))
        (incident,) = gateway.incidents()
        path = f"/api/incidents/{incident.incident_id}/report.pdf?lang=en"
        waiting.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert asked.wait(20)
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.exc_info for record in told] == [None]
    assert "Cancel 1 running task(s)" in told[0].getMessage()


def test_who_does_not_take_an_answer_is_cut_off_at_the_end(
    gateway: Any, serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def endless(dossier: object, language: str) -> bytes:
        asked.set()
        return bytes(64 << 20)  # more than lies between two sockets

    monkeypatch.setattr(documents, "report_pdf", endless)
    with serving(gateway, ServerSettings(port=0)) as running, socket.socket() as deaf:
        deaf.connect(("127.0.0.1", running.port))
        (incident,) = gateway.incidents()
        path = f"/api/incidents/{incident.incident_id}/report.pdf?lang=en"
        deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert asked.wait(20)
        assert deaf.recv(1) == b"H"
        running.stop()
        assert not running.server.server_state.connections
