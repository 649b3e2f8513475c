"""The channel between a site and its console's server: what it costs the site is bounded."""

import asyncio
import json
import struct
from dataclasses import replace
from math import isnan
from typing import Any

import httpx
import pytest

from marsad import wire
from marsad.errors import LinkError, ReceivedError, RecordingError, UnrecordedError
from marsad.model.action import Acknowledge, Action, HeadCount
from marsad.model.picture import Picture
from marsad.server import ServerSettings, api, remote_site, site_end
from marsad.server import channel as channel_module
from marsad.server.channel import Channel, Kind, Message
from marsad.server.documents import dossier_from_json, json_from_dossier
from marsad.server.encoded_site import EncodedSite
from marsad.server.kept_sessions import KeptSessions
from marsad.server.once import Once
from marsad.server.refusals import error_from_refusal, refusal_from_error
from marsad.server.site_end import SiteEnd

from .apart import app_apart, ends
from .synthetic import SyntheticSite

SETTINGS = ServerSettings(port=0)


async def next_of(channel: Channel, *kinds: Kind) -> Message:
    """The next message of those kinds."""
    async with asyncio.timeout(20):
        while True:
            message = await channel.receive()
            assert message is not None, "the site hung up"
            if message.kind in kinds:
                return message


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The times of the pictures that were made ready to be sent."""
    times: list[int] = []
    encoded = EncodedSite.encoded

    def noted(site: EncodedSite, picture: Picture) -> wire.Picture:
        times.append(picture.t_ns)
        return encoded(site, picture)

    monkeypatch.setattr(EncodedSite, "encoded", noted)
    return times


async def test_a_picture_is_made_only_when_it_is_wanted_and_is_the_newest(made: list[int]) -> None:
    site = SyntheticSite(rate_hz=100)
    async with ends(site, SETTINGS) as (_, channel):
        await next_of(channel, Kind.PULSE)
        for _ in range(2):
            pulse = (await next_of(channel, Kind.PULSE)).record()
        assert pulse["pictures"] > 5 and made == []
        channel.send(Kind.WANT)
        first = (await next_of(channel, Kind.PICTURE)).record()
        await next_of(channel, Kind.PULSE)
        channel.send(Kind.WANT)
        second = (await next_of(channel, Kind.PICTURE)).record()
    wire.PICTURE.validate_python(first, strict=True)
    assert len(made) == 2 and second["t_ms"] - first["t_ms"] > 100


async def test_a_server_that_does_not_read_is_told_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_end, "_PULSE_S", 0.0)
    monkeypatch.setattr(channel_module, "_UNREAD_BYTES_MAX", 500)
    async with ends(SyntheticSite(), SETTINGS) as (end, channel):
        channel._reader._transport.pause_reading()  # type: ignore[attr-defined]
        before = -1
        while end._channel.waiting != before or before == 0:  # until it grows no more
            before = end._channel.waiting
            await asyncio.sleep(0.2)
        assert end._channel.waiting < 1000


async def test_a_server_that_asks_and_does_not_read_costs_no_more_than_it_had_asked(made: list[int]) -> None:
    async with ends(SyntheticSite(rate_hz=100), SETTINGS) as (end, channel):
        channel._reader._transport.pause_reading()  # type: ignore[attr-defined]
        for number in range(300):
            channel.send(Kind.WANT)
            if number % 10 == 0:
                channel.tell(Kind.ASK, {"what": "track", "track_id": 101}, number)
            await asyncio.sleep(0.01)
        assert end._channel.waiting < 1_000_000 and len(made) < 40


async def test_a_picture_that_cannot_be_made_does_not_end_those_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded, failed = EncodedSite.encoded, list[int]()

    def broken(site: EncodedSite, picture: Picture) -> wire.Picture:
        if not failed:
            failed.append(picture.t_ns)
            raise ValueError("a picture that nobody thought of")
        return encoded(site, picture)

    monkeypatch.setattr(EncodedSite, "encoded", broken)
    async with ends(SyntheticSite(rate_hz=50), SETTINGS) as (_, channel):
        channel.send(Kind.WANT)
        shown = (await next_of(channel, Kind.PICTURE)).record()
    assert failed and shown["t_ms"] > failed[0] // 1_000_000


async def test_work_that_ends_ends_the_server_instead_of_seeming_to_serve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def gone(self: SiteEnd) -> None:
        raise ValueError("nobody thought of it")

    monkeypatch.setattr(SiteEnd, "_act", gone)
    async with ends(SyntheticSite(), SETTINGS) as (_, channel), asyncio.timeout(20):
        while await channel.receive() is not None:
            pass


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        (Kind.PICTURE, b"{}", "not for a server to say"),
        (Kind.KEEP, b'{"digest": "x"}', "cannot be read"),
        (Kind.KEEP, b'{"digest": "%s", "name": "x", "until_s": 1}' % (b"x" * 100), "cannot be read"),
        (Kind.UNABLE, b"{", "not JSON"),
    ],
)
async def test_what_no_server_says_ends_it(kind: Kind, body: bytes, why: str) -> None:
    async with ends(SyntheticSite(), SETTINGS) as (end, channel):
        channel.send(kind, body)
        with pytest.raises(LinkError, match=why):
            end._take(Message(kind, 0, body))
        async with asyncio.timeout(20):
            while await channel.receive() is not None:
                pass


@pytest.mark.parametrize(
    "head", [struct.pack(">IBQ", 5, 99, 0) + b"12345", struct.pack(">IBQ", 2**31, 14, 0)]
)
async def test_what_is_no_message_ends_it(head: bytes) -> None:
    async with ends(SyntheticSite(), SETTINGS) as (_, channel):
        channel._writer.write(head)
        async with asyncio.timeout(20):
            while await channel.receive() is not None:
                pass


async def test_more_open_questions_than_allowed_end_it() -> None:
    async with ends(SyntheticSite(), SETTINGS) as (_, channel):
        for number in range(200):
            channel.tell(Kind.ASK, {"what": "flights"}, number)
        async with asyncio.timeout(20):
            while await channel.receive() is not None:
                pass


async def test_a_server_that_talks_without_end_does_not_stop_the_site() -> None:
    async with ends(SyntheticSite(rate_hz=50), SETTINGS) as (end, channel):
        for _ in range(20_000):
            channel.send(Kind.ALIVE)
        async with asyncio.timeout(20):
            while (await next_of(channel, Kind.PULSE)).record()["pictures"] < 20:
                pass
        assert end.heard < 10_000


async def test_a_console_that_asks_without_end_waits_and_the_site_rests_between() -> None:
    """Far more than may be open are asked at once: all are answered, none ends the server."""
    async with app_apart(SyntheticSite(), SETTINGS) as (_, site):
        found = await asyncio.gather(*(site.track(101) for _ in range(40)))
        assert all(one is not None and one["track"]["track_id"] == 101 for one in found)
        refused = await asyncio.gather(*(site.flights() for _ in range(400)), return_exceptions=True)
    assert any(isinstance(one, LinkError) and "wait for it already" in str(one) for one in refused)


async def test_an_action_without_an_answer_is_told_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(SyntheticSite):
        async def submit(self, action: Action, key: str = "") -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(remote_site, "_ANSWER_S", 0.05)
    async with app_apart(Stuck(), SETTINGS) as (app, _):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
            for number in range(10):
                said = await http.post(
                    "/api/actions", json={"action": "acknowledge", "alarm_id": str(number)}
                )
                assert said.status_code == 503 and said.json()["error"]["reason"] == "site-silent"
                known = "nothing was done" if number >= 8 else "is not known"
                assert known in said.json()["error"]["detail"]


async def test_a_fold_that_stands_still_is_no_health(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_end, "_PULSE_S", 0.02)
    monkeypatch.setattr(api, "_STALE_PICTURE_S", 0.3)
    gateway = SyntheticSite(rate_hz=50)
    # it is asked as fast as it answers, and is to say how the site is, not that it was asked too often
    settings = ServerSettings(port=0, requests_per_s=10_000)
    async with app_apart(gateway, settings) as (app, site):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
            assert (await http.get("/healthz")).json() == {"status": "ok"}
            gateway.paused = True
            async with asyncio.timeout(20):
                while (said := await http.get("/healthz")).status_code == 200:
                    pass
            assert said.status_code == 503 and said.json()["reason"] == "site-silent"
            assert "has shown no sign of life" in said.json()["detail"]
            gateway.paused = False
            async with asyncio.timeout(20):
                while (await http.get("/healthz")).status_code != 200:
                    pass
        assert site.silent_s() is not None


async def test_who_acts_while_the_site_is_prepared_is_to_ask_again_and_is_then_answered() -> None:
    class Preparing(SyntheticSite):
        ready = False

        async def submit(self, action: Action, key: str = "") -> None:
            if not self.ready:
                raise ReceivedError("site-preparing", "the engine is being prepared")

    gateway = Preparing()
    async with app_apart(gateway, SETTINGS) as (app, _):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
            action, named = {"action": "acknowledge", "alarm_id": "1"}, {"Idempotency-Key": "k"}
            said = await http.post("/api/actions", json=action, headers=named)
            assert said.status_code == 503 and said.headers["retry-after"] == "1"
            assert said.json()["error"]["reason"] == "site-preparing"
            gateway.ready = True
            assert (await http.post("/api/actions", json=action, headers=named)).status_code == 202


async def test_the_same_action_under_the_same_name_is_done_once() -> None:
    done: list[Action] = []

    async def submit(action: Action, key: str) -> None:
        done.append(action)
        await asyncio.sleep(0)
        if isinstance(action, HeadCount):
            raise ReceivedError("incident-none", "no incident is open")

    once = Once(submit)
    first = Acknowledge("Layla", "a")
    await asyncio.gather(once.submit(first, "1"), once.submit(first, "1"))
    await once.submit(first, "1")
    assert done == [first]
    await once.submit(first, "2")
    await once.submit(first)
    assert done == [first] * 3
    for _ in range(2):  # a refusal is the answer, too
        with pytest.raises(ReceivedError, match="no incident is open"):
            await once.submit(HeadCount("Layla", True), "3")
    assert len(done) == 4
    with pytest.raises(ReceivedError, match="was another action"):
        await once.submit(Acknowledge("Layla", "b"), "1")
    for number in range(1_100):
        await once.submit(first, f"more {number}")
    assert len(once._sent) == 1_000


async def test_an_action_goes_on_when_whoever_sent_it_is_gone() -> None:
    done = asyncio.Event()
    going = asyncio.Event()

    async def submit(action: Action, key: str) -> None:
        await going.wait()
        done.set()

    once = Once(submit)
    waiting = asyncio.create_task(once.submit(Acknowledge("Layla", "a"), "1"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    going.set()
    async with asyncio.timeout(5):
        await done.wait()


@pytest.mark.parametrize(
    "error",
    [ReceivedError("a-reason", "the detail"), UnrecordedError("NOT RECORDED"), RecordingError("a disk")],
)
def test_a_refusal_is_the_same_on_the_other_side(error: Exception) -> None:
    crossed = error_from_refusal(json.loads(json.dumps(refusal_from_error(error))))
    assert type(crossed) is type(error) and str(crossed) == str(error)


def test_what_fails_within_the_site_says_nothing_of_its_inside() -> None:
    crossed = error_from_refusal(refusal_from_error(KeyError("secret")))
    assert isinstance(crossed, LinkError) and "secret" not in str(crossed)


async def test_a_dossier_is_the_same_on_the_other_side() -> None:
    dossier = await SyntheticSite().dossier("")
    crossed = dossier_from_json(json_from_dossier(dossier))
    assert isnan(dossier.series.gap_s) and isnan(crossed.series.gap_s)
    series = replace(dossier.series, gap_s=0.0)
    assert replace(crossed, series=replace(crossed.series, gap_s=0.0)) == replace(dossier, series=series)
    assert json_from_dossier(crossed) == json_from_dossier(dossier)


def test_the_sessions_that_a_site_keeps_are_bounded() -> None:
    kept = KeptSessions()
    for number in range(1_200):
        kept.keep({"digest": str(number), "name": "Layla", "until_s": 1.0, "more": "is dropped"})
    kept.forget("1199")
    records: list[dict[str, Any]] = kept.records()
    assert len(records) == 999
    assert (records[0]["digest"], records[0]["name"], records[0]["until_s"]) == ("200", "Layla", 1.0)
