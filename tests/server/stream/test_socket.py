"""The stream over a real socket: what comes first, what follows, and bad clients."""

import json
import socket
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState, Output, Telling
from marsad.model.reason import Reason
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft, WarningEvent, WarningEventKind
from marsad.server import Operator, Role, ServerSettings, hash_password
from marsad.server.tokens import json_from_tokens, new_token

from ..synthetic import Served, SyntheticSite
from .following import Record, followed, judged, opened, snapshot, until

S = 1_000_000_000


def ending(served: Any, code: int) -> str:
    """Read a connection to its end, which has a code; returns why."""
    with pytest.raises(ConnectionClosed) as ended:
        while True:
            served.recv(timeout=20)
    assert ended.value.rcvd is not None and ended.value.rcvd.code == code, ended.value
    return str(ended.value.rcvd.reason)


def objects(records: list[Record]) -> set[tuple[str, str]]:
    """What is told of; something may have changed, and be told again, before the last of a snapshot is."""
    names = {"track": "track_id", "threat": "track_id", "alarm": "alarm_id", "delivery": "announcement_id"}
    return {(one["kind"], one[names[one["kind"]]]) for one in records if one["kind"] in names}


def delivery(state: DeliveryState = DeliveryState.ACCEPTED, *, is_drill: bool = True) -> Delivery:
    now_ns = time.time_ns()
    reached = tuple(now_ns if one <= state else 0 for one in DeliveryState)
    return Delivery(
        *("gate", "asad-a1-1", "asad-a1", "north", Level.WARN, AnnouncementKind.WARNING, state),
        *(now_ns, now_ns, now_ns + 60 * S, reached, is_drill, ("Layla Hasan",)),
        detail="mqtt://secret.example: no answer",
    )


def test_a_snapshot_comes_first_and_is_whole(gateway: SyntheticSite, serving: Any) -> None:
    outputs = (Output("gate", "mqtt", (), ("WARN",), True, True),)
    gateway.telling = Telling(outputs, (), (delivery(),))
    with serving(gateway, ServerSettings(port=0, requests_per_s=10_000)) as served:
        with httpx.Client(base_url=f"http://127.0.0.1:{served.port}") as http:
            while http.get("/readyz").status_code != 200:  # a server that has no picture yet has no sensors
                pass
        with opened(served.port) as client:
            first = snapshot(followed(client))
    hello, state, *records, end = first
    assert (hello["kind"], state["kind"]) == ("hello", "state")
    assert {"north", "fuel"} <= {zone["zone_id"] for zone in hello["zones"]}
    assert state["phase"] == "running" and state["sensors"] == 5
    kinds = Counter(record["kind"] for record in records)
    assert kinds == {"track": 7, "threat": 4, "alarm": 2, "delivery": 1}, "who is at INFO has no threat"
    assert end["messages"] == len(records)
    assert [record["kind"] for record in records][:2] == ["alarm", "alarm"], "what matters comes first"
    assert {record["status"] for record in first} == {"exercise"}, (
        "whatever it is, it says that it is a drill"
    )


def test_places_are_right_in_both_frames(served: Served) -> None:
    from marsad.geo.local import LocalFrame

    with opened(served.port, "?kinds=track") as client:
        hello, _, *tracks, _ = snapshot(followed(client))
    frame = LocalFrame(hello["latitude_deg"], hello["longitude_deg"], hello["height_m"])
    assert len({one["track_id"] for one in tracks}) == 7
    for track in tracks:
        there = (track["east_m"], track["north_m"], track["up_m"])
        latitude, longitude, height = (float(one) for one in frame.geodetic_from_enu(there))
        assert track["latitude_deg"] == pytest.approx(latitude, abs=2e-6)
        assert track["longitude_deg"] == pytest.approx(longitude, abs=2e-6)
        assert track["height_m"] == pytest.approx(height, abs=0.3)


def test_changes_follow_at_a_bounded_rate(served: Served) -> None:
    began_s = time.monotonic()
    with opened(served.port) as client:
        messages = followed(client)
        snapshot(messages)
        came: dict[tuple[str, int], list[float]] = {}
        while time.monotonic() - began_s < 4.5:
            record = next(messages)
            if record["kind"] in ("track", "threat"):
                came.setdefault((record["kind"], record["track_id"]), []).append(time.monotonic())
    tracks = {key: times for key, times in came.items() if key[0] == "track"}
    assert len(tracks) == 7, "all of them move"
    assert all(2 <= len(times) <= 5 for times in tracks.values()), {key: len(t) for key, t in tracks.items()}


def test_a_client_may_ask_for_less(served: Served) -> None:
    with opened(served.port, "?kinds=track,alarm&every_s=3") as client:
        messages = followed(client)
        hello = snapshot(messages)[0]
        assert hello["kinds"] == ["track", "alarm"] and hello["every_s"] == 3
        began_s = time.monotonic()
        until(messages, "track")
        assert time.monotonic() - began_s > 1.5
        client.send(json.dumps({"kinds": ["delivery", "threat"]}))
        again = until(messages, "hello")
        assert again["kinds"] == ["threat", "delivery"] and again["every_s"] == 3
        came = snapshot(messages)
        assert {record["kind"] for record in came} == {"state", "threat", "snapshot_end"}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("nonsense", "wish-not-json"),
        ("[1]", "wish-not-object"),
        ('{"kinds": ["radar"]}', "wish-field"),
        ('{"kinds": []}', "wish-field"),
        ('{"every_s": 0.01}', "wish-field"),
        ('{"every_s": NaN}', "wish-field"),
        ('{"fire": true}', "wish-field"),
        ("[" * 3000, "wish-not-json"),
        (b"\x00\xff", "wish-not-json"),
    ],
)
def test_what_cannot_be_wished_for_is_said_and_changes_nothing(
    served: Served, sent: str | bytes, reason: str
) -> None:
    with opened(served.port, "?kinds=alarm") as client:
        messages = followed(client)
        snapshot(messages)
        client.send(sent)
        refused = until(messages, "refused")
        assert refused["reason"] == reason and len(refused["detail"]) < 500
        until(messages, "heartbeat")


@pytest.mark.parametrize("query", ["?kinds=radar", "?every_s=0", "?every_s=x", "?colour=red", "?kinds="])
def test_a_query_that_cannot_be_is_told_at_the_end_of_the_connection(served: Served, query: str) -> None:
    with opened(served.port, query) as client:
        assert ending(client, 4400)


def test_a_giant_first_message_and_one_that_never_stops_talking_are_sent_away(served: Served) -> None:
    with opened(served.port) as client:
        client.send("x" * 20_000)
        ending(client, 1009)
    # of a greater one there may be more on its way than is read, and then the end has no code
    with opened(served.port) as client, pytest.raises(ConnectionClosed):
        client.send("x" * 1_000_000)
        while True:
            client.recv(timeout=20)
    with opened(served.port) as client:
        for _ in range(20):
            client.send("{}")
        assert "more than 10 messages" in ending(client, 4400)


def test_the_end_of_a_track_is_a_message(served: Served) -> None:
    with opened(served.port) as client, opened(served.port, "?kinds=threat") as other:
        messages, of_threats = followed(client), followed(other)
        snapshot(messages), snapshot(of_threats)
        served.gateway.ended_tracks = frozenset({101})
        assert until(messages, "track_end")["track_id"] == 101
        assert until(of_threats, "track_end")["track_id"] == 101
    with opened(served.port) as client:
        assert 101 not in {record.get("track_id") for record in snapshot(followed(client))}


@pytest.mark.parametrize("how", ["retracted", "all_clear", "dropped"])
def test_the_end_of_an_alarm_is_a_message_also_for_who_comes_later(served: Served, how: str) -> None:
    gateway = served.gateway
    with opened(served.port) as client:
        messages = followed(client)
        alarm = next(one for one in snapshot(messages) if one["kind"] == "alarm")
        if how != "dropped":
            kind = WarningEventKind.RETRACTED if how == "retracted" else WarningEventKind.ALL_CLEAR
            reasons = (
                (Reason("alarm.retracted", (("words", "our own drone"),)),) if how == "retracted" else ()
            )
            end = WarningEvent(
                *(time.time_ns(), kind, alarm["alarm_id"], alarm["raid_id"], alarm["zone_id"], Level.WARN),
                *(None, TimeLeft(1.0, 1.0, 1.0), reasons, "Layla Hasan"),
            )
            gateway.ended = (end,)
        gateway.show_alarms(0)
        ended = until(messages, "alarm_end", alarm_id=alarm["alarm_id"])
        assert ended["how"] == how
        assert ended["words"] == ("our own drone" if how == "retracted" else "")
        until(messages, "heartbeat")
        until(messages, "heartbeat")
    with opened(served.port, "?kinds=alarm") as client:
        later = [one for one in snapshot(followed(client)) if one["kind"] == "alarm_end"]
    assert [one["how"] for one in later] == ([how] if how != "dropped" else [])


def test_what_became_of_an_announcement_is_told_at_once(served: Served) -> None:
    with opened(served.port, "?kinds=delivery&every_s=60") as client:
        messages = followed(client)
        snapshot(messages)
        for state in (DeliveryState.SENT, DeliveryState.CONFIRMED):
            served.gateway.telling = Telling((), (), (delivery(state),))
            record = until(messages, "delivery")
            assert record["state"] == state.name.lower()
        assert record["confirmations"] == 1 and "confirmed" in record["reached_at"]


def test_nothing_tells_who_a_bystander_or_a_person_is(gateway: SyntheticSite, serving: Any) -> None:
    gateway.telling = Telling((), (), (delivery(),))
    with serving(gateway, ServerSettings(port=0)) as served, opened(served.port) as client:
        text = json.dumps(snapshot(followed(client)))
    assert "asad-a1-1" in text
    for private in ("IAW 117", "DUSTOFF", "Layla", "secret.example"):
        assert private not in text


def test_heartbeats_end_with_the_fold_and_the_silence_is_said(served: Served) -> None:
    served.server.config.app.state.stream.pulse.due_s = 1.5  # type: ignore[union-attr]
    with opened(served.port) as client:
        messages = followed(client)
        assert snapshot(messages)[0]["heartbeat_due_s"] == 1.5
        first = until(messages, "heartbeat")
        second = until(messages, "heartbeat")
        assert second["picture_at"] > first["picture_at"]
        served.gateway.paused = True
        assert until(messages, "state", fold="silent")
        with pytest.raises(TimeoutError):
            client.recv(timeout=2.5)
        served.gateway.paused = False
        assert until(messages, "state", fold="alive")
        until(messages, "heartbeat")


def test_new_pictures_of_a_fold_that_stands_still_are_no_heartbeat(gateway: Any, serving: Any) -> None:
    frozen = gateway.picture()
    gateway.picture_at = lambda t_ns: frozen
    with serving(gateway, ServerSettings(port=0)) as running, opened(running.port) as client:
        snapshot(followed(client))
        kinds = []
        with pytest.raises(TimeoutError):
            while True:
                kinds.append(json.loads(client.recv(timeout=3))["kind"])
    assert kinds.count("heartbeat") <= 1


def test_only_so_many_follow_at_one_time(gateway: Any, serving: Any) -> None:
    with serving(gateway, ServerSettings(port=0, stream_clients=2)) as running:
        with opened(running.port) as one, opened(running.port) as two:
            snapshot(followed(one)), snapshot(followed(two))
            with opened(running.port) as three:
                assert "2 programs" in ending(three, 4429)
        with httpx.Client(base_url=running.address) as http:
            deadline = time.monotonic() + 10
            while "marsad_stream_clients 0.0" not in (told := http.get("/metrics").text):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        assert "marsad_stream_clients_refused_total 1.0" in told
        with opened(running.port) as again:
            snapshot(followed(again))


def test_a_client_that_never_reads_is_dropped_and_others_hardly_notice(crowded: Any, serving: Any) -> None:
    settings = ServerSettings(port=0, send_timeout_s=0.5)
    with serving(crowded, settings) as running, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", running.port))
        deaf.sendall(
            b"GET /api/stream/v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        hub = running.server.config.app.state.stream
        with opened(running.port, "?kinds=alarm") as client:
            messages = followed(client)
            snapshot(messages)
            deadline = time.monotonic() + 60
            while (hub.counts.clients_dropped == 0 or hub.clients > 1) and time.monotonic() < deadline:
                assert next(messages)
        assert hub.counts.clients_dropped == 1 and hub.clients <= 1


def test_a_slow_client_gets_the_newest_and_is_told_how_much_it_missed(crowded: Any, serving: Any) -> None:
    with serving(crowded, ServerSettings(port=0, send_timeout_s=60)) as running, socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", running.port))
        stream = running.server.config.app.state.stream
        with opened(running.port, "?kinds=track", sock=narrow) as client:
            deadline = time.monotonic() + 60
            while stream.states_dropped == 0:  # it reads nothing meanwhile
                assert time.monotonic() < deadline
                time.sleep(0.02)
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            seen: dict[int, str] = {}
            dropped = 0
            for sequence, text in enumerate(client, 1):  # so many are judged elsewhere
                record = json.loads(text)
                assert record["sequence"] == sequence
                if record["kind"] == "track":
                    assert record["at"] > seen.get(record["track_id"], ""), "never an older state"
                    seen[record["track_id"]] = record["at"]
                if record["kind"] == "dropped":
                    dropped = judged(text)["count"]
                    break
            assert dropped and len(seen) > 1000
        assert stream.states_dropped >= dropped


def test_pages_of_other_origins_cannot_follow(served: Served) -> None:
    with pytest.raises(InvalidStatus):
        opened(served.port, origin="http://evil.example")


def test_strangers_are_turned_away_and_people_who_sign_in_may_follow(gateway: Any, serving: Any) -> None:
    operator = Operator(name="Layla", role=Role.VIEWER, password_hash=hash_password("correct horse"))
    with serving(gateway, ServerSettings(port=0, operators=(operator,))) as running:
        with opened(running.port) as client:
            assert "token" in ending(client, 4401)
        with httpx.Client(base_url=running.address) as http:
            http.post("/api/session", json={"name": "Layla", "password": "correct horse"}).raise_for_status()
            cookie = {"cookie": f"marsad_session={http.cookies['marsad_session']}"}
            from websockets.sync.client import connect

            address = f"ws://127.0.0.1:{running.port}/api/stream/v1"
            with connect(address, additional_headers=cookie, proxy=None, max_size=None) as client:
                messages = followed(client)
                snapshot(messages)
                http.delete("/api/session").raise_for_status()
                assert ending(client, 4401)


def test_many_clients_at_once_each_have_all(gateway: SyntheticSite, serving: Any) -> None:
    found: list[list[Record]] = []

    def follow(port: int) -> None:
        with opened(port) as client:
            found.append(snapshot(followed(client)))

    with serving(gateway, ServerSettings(port=0)) as running:
        threads = [threading.Thread(target=follow, args=(running.port,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(found) == 16
    assert all(end["messages"] == len(objects(records)) > 10 for *records, end in found)


def test_one_token_takes_no_more_than_its_share_of_the_room(
    gateway: SyntheticSite, serving: Any, tmp_path: Path
) -> None:
    made = [new_token(name, Role.VIEWER, 0, 2**40) for name in ("crm", "gate")]
    (tmp_path / "tokens.json").write_bytes(json_from_tokens(token for _, token in made))
    settings = ServerSettings(
        port=0,
        tokens_file=tmp_path / "tokens.json",
        stream_per_token=1,
        operators=(Operator(name="Layla", password_hash=hash_password("an example")),),
    )
    (greedy, _), (other, _) = made
    with serving(gateway, settings) as served, opened(served.port, token=greedy) as first:
        snapshot(followed(first))
        with opened(served.port, token=greedy) as second:
            assert "1 connections of this token" in ending(second, 4429)
        with opened(served.port, token=other) as third:
            snapshot(followed(third))
        first.close()
        deadline_s = time.monotonic() + 20
        while served.server.config.app.state.stream.clients and time.monotonic() < deadline_s:
            time.sleep(0.01)
        with opened(served.port, token=greedy) as again:
            assert snapshot(followed(again)), "what was closed is free"
