"""Own flights in the fold: declared, matched, asked about, expired; the same again on replay."""

import asyncio
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from marsad.errors import ReceivedError
from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.action import SetIdentity, Why
from marsad.model.clock import Tie
from marsad.model.detection import Claim
from marsad.model.effect import Effect, Refuse
from marsad.model.flight import Answer, FlightState, How
from marsad.model.frame import CONFIGURATION, OPERATOR, TICK, Frame, FrameKind
from marsad.model.sensor import SensorKind
from marsad.model.threat import Identity, Level, ThreatAssessment
from marsad.site.fold import SiteFold
from marsad.site.journal import Journal, JournalReader
from marsad.site.live import LiveSite
from marsad.site.recorder import Recorder

from .test_fold import NODE, SITE, START

SECOND = 1_000_000_000
RECEIVER = EdgeNode(
    "0a9ccf7f-7f6e-4c4a-9f56-1c3a4c4f0e11", "Remote ID", SensorKind.REMOTE_ID, 33.3, 44.4, 40.0
)
FRIEND = b"""
[[site.friend]]
label = "remote_id:own1"
name = "Perimeter drone"
expires = 2022-01-04T02:40:45Z
"""
SETTINGS = SITE.replace(b"[[site.zone]]", FRIEND + b"[[site.zone]]", 1)


def begun(settings: bytes = SITE) -> SiteFold:
    fold = SiteFold(Frame(CONFIGURATION, START, settings))
    for link, node in ((1, NODE), (2, RECEIVER)):
        fold.fold(Frame("sensors", START + SECOND, b"peer", link, FrameKind.OPENED))
        fold.fold(Frame("sensors", START + SECOND, registration(node, START + SECOND), link))
        ready = status(node, START + SECOND, ulid(START + SECOND, link), first=True)
        fold.fold(Frame("sensors", START + SECOND, ready, link))
    return fold


def flown(
    fold: SiteFold, seconds: range, *, speed_mps: float = 50.0, claim: str = "", range_m: float = 6_000.0
) -> list[Effect]:
    """A radar sees something come straight from the north, once a second; it may send a Remote ID."""
    effects: list[Effect] = []
    for second in seconds:
        t_ns = START + second * SECOND
        plot = polar_detection(
            NODE, t_ns, ulid(t_ns, 7), ulid(t_ns, 8), 0.0, 0.005,
            range_m=range_m - speed_mps * second, range_sigma_m=10.0,
            elevation_rad=0.02, elevation_sigma_rad=0.005,
            claim=Claim("remote_id", claim) if claim else None,
        )  # fmt: skip
        effects += fold.fold(Frame("sensors", t_ns, plot, 1))
        if second % 4 == 0:
            for link, node in ((1, NODE), (2, RECEIVER)):
                effects += fold.fold(Frame("sensors", t_ns, status(node, t_ns, ulid(t_ns, 9 + link)), link))
        for tenth in range(1, 10):
            effects += fold.fold(Frame(TICK, t_ns + tenth * SECOND // 10))
    return effects


def acted(fold: SiteFold, action: str, **fields: Any) -> list[Effect]:
    record = {"action": action, "by": "Layla", **fields}
    return fold.fold(Frame(OPERATOR, fold.t_ns, json.dumps(record).encode()))


def declared(fold: SiteFold, **changes: Any) -> list[Effect]:
    flight = {
        "flight_id": "survey-1",
        "name": "Survey",
        "operator": "City",
        "phone": "+964 770",
        "shape": "circle",
        "places": [[33.33, 44.4]],
        "extent_m": 4_000,
        "low_m": 0,
        "high_m": 400,
        "from_t_ns": START - 60 * SECOND,
        "until_t_ns": START + 600 * SECOND,
    } | changes
    return acted(fold, "declare_flights", flights=[flight])


def only(fold: SiteFold) -> ThreatAssessment:
    (found,) = fold.picture().assessments
    return found


def test_a_silent_track_in_its_area_could_be_it_and_is_not_therefore_a_friend() -> None:
    fold = begun()
    assert not declared(fold)
    flown(fold, range(2, 15))
    picture = fold.picture()
    (track,) = picture.flights.tracks
    assert (track.flight_id, track.how, track.fits) == ("survey-1", How.VOLUME, True)
    assert [reason.code for reason in track.reasons] == ["flight.by_volume", "flight.fits"]
    assert track.reasons[0] in only(fold).evidence
    assert only(fold).identity not in (Identity.FRIEND, Identity.ASSUMED_FRIEND) and only(fold).name == ""


def test_its_owner_makes_it_a_friend_until_it_expires_and_that_is_told_once() -> None:
    fold = begun()
    declared(fold, until_t_ns=START + 40 * SECOND)
    flown(fold, range(2, 20))
    track_id = only(fold).track_id
    acted(fold, "ask_owner", track_id=track_id, answer="asked", flight_id="survey-1")
    (question,) = fold.picture().flights.questions
    assert (question.answer, question.by) == (Answer.ASKED, "Layla")
    assert not fold.picture().flights.decisions
    acted(fold, "ask_owner", track_id=track_id, answer="ours", flight_id="survey-1")
    flown(fold, range(20, 24))
    assert (only(fold).identity, only(fold).name) == (Identity.FRIEND, "Survey")
    (decision,) = fold.picture().flights.decisions
    assert (decision.by, decision.why, decision.flight_id) == ("Layla", "owner_confirmed", "survey-1")
    flown(fold, range(24, 60))
    picture = fold.picture()
    assert only(fold).identity not in (Identity.FRIEND, Identity.ASSUMED_FRIEND)
    assert not picture.flights.decisions
    assert picture.flights.flights[0].state(picture.t_ns) is FlightState.ENDED
    assert [news.what.code for news in picture.flights.news] == ["flight.news.expired"]


def test_an_owners_word_ends_off_the_plan_and_a_second_yes_there_is_the_persons_own() -> None:
    fold = begun()
    declared(fold, extent_m=2_000)
    flown(fold, range(2, 20), range_m=5_500.0)
    track_id = only(fold).track_id
    acted(fold, "ask_owner", track_id=track_id, answer="ours", flight_id="survey-1")
    flown(fold, range(20, 22), range_m=5_500.0)
    assert only(fold).identity is Identity.FRIEND
    assert [one.identity for one in fold.picture().flights.decisions] == [Identity.FRIEND]
    flown(fold, range(22, 100), range_m=5_500.0)
    (track,) = fold.picture().flights.tracks
    assert (track.how, track.fits) == (How.ANSWER, False)
    assert "flight.outside" in {reason.code for reason in only(fold).evidence}
    assert only(fold).identity not in (Identity.FRIEND, Identity.ASSUMED_FRIEND)
    assert fold.picture().flights.decisions == ()
    assert [news.what.code for news in fold.picture().flights.news] == ["flight.news.left_plan"]
    acted(fold, "ask_owner", track_id=track_id, answer="ours", flight_id="survey-1")
    flown(fold, range(100, 103), range_m=5_500.0)
    assert (only(fold).identity, only(fold).name) == (Identity.ASSUMED_FRIEND, "Survey")
    assert [one.identity for one in fold.picture().flights.decisions] == [Identity.ASSUMED_FRIEND]


def test_an_owner_who_denies_it_makes_it_suspect_and_a_person_can_take_that_back() -> None:
    fold = begun()
    declared(fold)
    flown(fold, range(2, 15))
    before = only(fold).decibans
    acted(fold, "ask_owner", track_id=only(fold).track_id, answer="not_ours", flight_id="survey-1")
    flown(fold, range(15, 17))
    assert only(fold).identity is Identity.SUSPECT and only(fold).decibans > before
    acted(fold, "set_identity", track_id=only(fold).track_id, identity="pending")
    flown(fold, range(17, 19))
    assert not fold.picture().flights.decisions
    # what a person decided himself, an owner's no does not change
    acted(fold, "set_identity", track_id=only(fold).track_id, identity="hostile")
    acted(fold, "ask_owner", track_id=only(fold).track_id, answer="not_ours", flight_id="survey-1")
    flown(fold, range(19, 21))
    assert only(fold).identity is Identity.HOSTILE


def test_a_friend_of_the_settings_is_shown_as_such_with_its_name_until_it_expires() -> None:
    fold = begun(SETTINGS)
    flown(fold, range(2, 30), speed_mps=10.0, claim="own1", range_m=4_000.0)
    assert (only(fold).identity, only(fold).name) == (Identity.ASSUMED_FRIEND, "Perimeter drone")
    assert [news.what.code for news in fold.picture().flights.news] == ["flight.news.seen"]
    flown(fold, range(30, 60), speed_mps=10.0, claim="own1", range_m=4_000.0)
    assert only(fold).identity not in (Identity.FRIEND, Identity.ASSUMED_FRIEND)
    assert only(fold).name == "own1"
    assert [news.what.code for news in fold.picture().flights.news] == [
        "flight.news.seen",
        "flight.news.expired",
    ]


def test_who_sends_the_identifier_off_its_plan_is_no_friend_and_the_numbers_say_why() -> None:
    fold = begun()
    declared(fold, labels=["remote_id:own1"], places=[[33.30, 44.48]], extent_m=500)
    flown(fold, range(2, 15), claim="own1")
    (track,) = fold.picture().flights.tracks
    assert (track.how, track.fits) == (How.IDENTIFIER, False)
    assert [reason.code for reason in track.reasons] == ["flight.by_identifier", "flight.outside"]
    assert dict(track.reasons[1].arguments)["outside_m"] == pytest.approx(8_700, rel=0.1)
    assert only(fold).identity not in (Identity.FRIEND, Identity.ASSUMED_FRIEND)
    assert [news.what.code for news in fold.picture().flights.news] == ["flight.news.off_plan"]


def test_all_of_a_declaration_or_nothing() -> None:
    fold = begun()
    effects = acted(
        fold,
        "declare_flights",
        flights=[
            {"flight_id": "a", "name": "A", "labels": ["icao:1"]},
            {"flight_id": "b b", "name": "", "kind": "helicopter", "labels": ["ICAO:2"]},
        ],
    )
    (refusal,) = [effect for effect in effects if isinstance(effect, Refuse)]
    assert refusal.reason == "flight-faulty"
    for part in ("flight 2 (b b), id", "name: is empty", "'helicopter': allowed are", "'ICAO:2'"):
        assert part in refusal.detail
    assert fold.picture().flights.flights == ()


@pytest.mark.parametrize(
    ("action", "fields", "reason"),
    [
        ("cancel_flight", {"flight_id": "nobody"}, "unknown-flight"),
        ("ask_owner", {"track_id": 99, "answer": "ours", "flight_id": "survey-1"}, "unknown-track"),
        ("declare_flights", {"flights": []}, "flight-faulty"),
        ("declare_flights", {"flights": [{"flight_id": "a", "nam": "A"}]}, "action-field"),
        ("declare_flights", {"flights": [{"flight_id": "a", "name": "A" * 3_000}]}, "action-field"),
    ],
)
def test_what_cannot_be_is_refused(action: str, fields: dict[str, Any], reason: str) -> None:
    fold = begun()
    declared(fold)
    (refusal,) = [one for one in acted(fold, action, **fields) if isinstance(one, Refuse)]
    assert refusal.reason == reason


def test_a_cancelled_flight_ends_what_its_owner_said() -> None:
    fold = begun()
    declared(fold)
    flown(fold, range(2, 15))
    acted(fold, "ask_owner", track_id=only(fold).track_id, answer="ours", flight_id="survey-1")
    flown(fold, range(15, 17))
    assert only(fold).identity is Identity.FRIEND
    acted(fold, "cancel_flight", flight_id="survey-1")
    flown(fold, range(17, 20))
    assert only(fold).identity not in (Identity.FRIEND, Identity.ASSUMED_FRIEND)
    assert [news.what.code for news in fold.picture().flights.news] == ["flight.news.cancelled"]


def test_a_restart_and_a_replay_know_all_of_it() -> None:
    def story() -> SiteFold:
        fold = begun(SETTINGS)
        declared(fold)
        flown(fold, range(2, 15))
        acted(fold, "ask_owner", track_id=only(fold).track_id, answer="ours", flight_id="survey-1")
        return fold

    one, again = story(), story()
    restarted = pickle.loads(pickle.dumps(one))
    for fold in (one, again, restarted):
        flown(fold, range(15, 20))
    assert one.digest() == again.digest() == restarted.digest()
    assert one.picture().flights == restarted.picture().flights
    other = begun(SETTINGS)
    flown(other, range(2, 20))
    assert other.digest() != one.digest()


def test_what_lowers_a_warning_needs_a_reason_and_is_written_into_the_incident() -> None:
    fold = begun()
    flown(fold, range(2, 60))
    track = only(fold)
    assert track.level >= Level.ALERT
    for identity in (Identity.FRIEND, Identity.ASSUMED_FRIEND, Identity.NEUTRAL):
        with pytest.raises(ReceivedError, match=r"reason-needed.*lowers a warning and needs a reason"):
            fold.check_explained(SetIdentity("Layla", track.track_id, identity))
        with pytest.raises(ReceivedError, match="reason-needed"):
            fold.check_explained(SetIdentity("Layla", track.track_id, identity, " ", Why.OTHER))
        fold.check_explained(SetIdentity("Layla", track.track_id, identity, "", Why.OWN_DRONE))
        fold.check_explained(SetIdentity("Layla", track.track_id, identity, "kite of the school"))
    for identity in (Identity.HOSTILE, Identity.PENDING, Identity.UNKNOWN):
        fold.check_explained(SetIdentity("Layla", track.track_id, identity))
    fold.check_explained(SetIdentity("Layla", 999, Identity.FRIEND))
    acted(fold, "set_identity", track_id=track.track_id, identity="friend", why="own_drone")
    flown(fold, range(60, 62))
    picture = fold.picture()
    assert only(fold).identity is Identity.FRIEND
    assert picture.incident is not None
    lines = {entry.what.code: entry.by for entry in picture.incident.timeline}
    assert lines["incident.reason.own_drone"] == "Layla" and lines["incident.identity.friend"] == "Layla"
    assert all(
        "hostility_percent" not in dict(reason.arguments)
        for alarm in picture.alarms
        for reason in alarm.reasons
    )


class StoppedClock:
    """A clock that stands where the fold is."""

    def __init__(self, fold: SiteFold) -> None:
        self._fold = fold

    def now_ns(self) -> int:
        return self._fold.t_ns

    def go_on(self, t_ns: int, tie: Tie | None) -> None:
        pass

    def tie(self) -> None:
        return None

    def wall_s(self, span_ns: int) -> float:
        return span_ns / 1e9


def test_the_live_site_refuses_it_before_it_is_journalled(tmp_path: Path) -> None:
    fold = begun()
    flown(fold, range(2, 60))
    track = only(fold).track_id

    async def lowered() -> None:
        with Journal(tmp_path / "site.mcap") as journal:
            live = LiveSite(Recorder(journal, fold), StoppedClock(fold), lambda effect: None)
            running = asyncio.create_task(live.run())
            with pytest.raises(ReceivedError, match="reason-needed"):
                await live.submit(SetIdentity("Layla", track, Identity.FRIEND))
            await live.submit(SetIdentity("Layla", track, Identity.FRIEND, "", Why.SEEN))
            await live.finish()
            running.cancel()

    asyncio.run(lowered())
    acts = [frame.data for frame in JournalReader(tmp_path / "site.mcap").frames() if frame.feed == OPERATOR]
    assert [json.loads(data)["why"] for data in acts] == ["seen"]
    assert [one.identity for one in fold.picture().flights.decisions] == [Identity.FRIEND]
