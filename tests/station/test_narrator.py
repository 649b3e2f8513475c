"""What a station tells of itself: its feeds, its disk, its register; once per change."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from marsad.errors import RecordingError
from marsad.links.clock import SystemClock
from marsad.model.detection import Claim, ClaimedState
from marsad.model.effect import Warn
from marsad.model.flight import FlightNews, FlightPicture
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind
from marsad.model.threat import THREAT_CLASSES, Identity, Level, ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.warning import Alarm, AlarmState, TimeLeft, WarningEvent, WarningEventKind
from marsad.register.seeds import seed_january_2022
from marsad.report.wording import Language
from marsad.site.settings import settings_from_toml
from marsad.station.narrator import Narrator, Telling
from marsad.station.record import open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import read_settings

from ..terminals import Heard
from .conftest import SITE

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND


def no_tracks(t_ns: int) -> TrackTable:
    none, numbers = np.zeros(0, np.int64), np.zeros(0)
    return TrackTable(
        t_ns, none, np.zeros((0, 6)), np.zeros((0, 6, 6)), numbers, np.zeros(0, bool), none, none, none,
        np.zeros((0, 3)),
    )  # fmt: skip


def narrator(language: Language = "en") -> Narrator:
    return Narrator(settings_from_toml(SITE.encode(), "site.toml").build_site(), language)


def picture(second: float, *faults: str, unrecorded: int = 0) -> Picture:
    t_ns = START + round(second * SECOND)
    return Picture(t_ns, no_tracks(t_ns), (), (), (), None, (("frames.unrecorded", unrecorded),), faults)


def told(narrator: Narrator, pictures: Iterator[Picture]) -> list[tuple[int, str]]:
    return [
        ((seen.t_ns - START) // SECOND, sentence)
        for seen in pictures
        for sentence in narrator.sentences([], seen)
    ]


def test_a_full_disk_is_told_at_once_again_while_it_lasts_and_when_it_is_over() -> None:
    full = [picture(second, "journal.unwritable") for second in range(1, 130)]
    fine = [picture(second, unrecorded=57) for second in range(130, 160)]
    said = told(narrator(), iter([picture(0), *full, *fine]))
    assert [second for second, _ in said] == [1, 61, 121, 135]
    assert said[0][1].startswith("NOTHING IS RECORDED ANY MORE")
    assert "for 2 min" in said[2][1] and "NOTHING IS RECORDED" in said[2][1]
    assert said[3][1] == "The journal is written again; missing in it: 57 frames"


def test_a_disk_with_room_for_a_few_bytes_now_and_then_is_still_full() -> None:
    codes = [("journal.unwritable",) if second % 3 else () for second in range(1, 50)]
    said = told(narrator(), iter([picture(second, *code) for second, code in enumerate(codes, 1)]))
    assert [second for second, _ in said] == [1]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("what", ["seen", "expired", "cancelled", "off_plan"])
def test_what_is_new_of_a_flight_is_told_once_by_its_name(language: Language, what: str) -> None:
    reason = Reason(f"flight.news.{what}", (("track_id", 7.0), ("flight", "Patrol drone")))
    news = FlightPicture(news=(FlightNews(START, reason),))
    said = told(narrator(language), iter([replace(picture(second), flights=news) for second in range(1, 5)]))
    assert len(said) == 1
    assert "Patrol drone" in said[0][1] and "7" in said[0][1] and "flight." not in said[0][1]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("code", ["journal.unwritable", "journal.unsafe", "register.unwritable"])
def test_every_fault_of_the_site_has_its_words_in_the_terminal(language: Language, code: str) -> None:
    said = told(narrator(language), iter([picture(1, code), picture(2), picture(8)]))
    assert len(said) == 2 and not any("station." in sentence for _, sentence in said)


def dialling(tmp_path: Path, port: int) -> Plan:
    path = tmp_path / "site.toml"
    feed = f'[[feed]]\nname = "adsb"\nstandard = "sbs"\nconnect = "127.0.0.1:{port}"\n'
    path.write_text(SITE.replace("[server]", f"{feed}[server]"), "utf-8")
    settings, clock = read_settings(path), SystemClock()
    record = partial(open_record, tmp_path / "data", "example", settings.data)
    return Plan(settings, tmp_path / "data", record, clock, settings.server)


async def test_the_terminal_says_that_a_feed_is_dialled_and_why_it_is_not_reached(
    tmp_path: Path, heard: Heard
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    async with asyncio.timeout(60), assembled(dialling(tmp_path, port), heard) as station:
        pictures = aiter(station.subscribe())  # a new one each time would give nobody else a turn
        while not (said := [sentence for sentence in heard.said if "cannot be reached" in sentence]):
            await anext(pictures)
    address = f"127.0.0.1:{port}"
    assert f"Feed adsb: dials {address}" in heard.said
    assert said == [f"Feed adsb: {address} cannot be reached: nobody listens there; tried again every 5 s"]
    sensors = next(sentence for sentence in heard.said if sentence.startswith("Feed sensors: listens on"))
    assert heard.said.index(sensors) < heard.said.index(said[0])


async def test_what_a_full_disk_kept_from_the_register_is_stored_once_it_has_room(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marsad.station.storing._AGAIN_S", 0.05)
    incident = seed_january_2022(exercise=True)[0].incident
    async with asyncio.timeout(60), assembled(dialling(tmp_path, 9), heard) as station:
        really, refusals = station.record.register.save, 0

        def refuse_first(saved: Incident) -> None:
            nonlocal refusals
            if refusals < 3:
                refusals += 1
                raise RecordingError("the disk is full")
            really(saved)

        monkeypatch.setattr(station.record.register, "save", refuse_first)
        station._storing.store(incident)
        station._storing.store(replace(incident, version=2))
        async for _ in station.subscribe():
            if refusals == 3 and station.record.register.latest(incident.incident_id) is not None:
                break
        stored = station.record.register.latest(incident.incident_id)
        assert stored is not None and stored.version == 2


def alarm(number: int, state: AlarmState, stage: Level = Level.WARN) -> Alarm:
    nan = float("nan")
    times = (START - 3_600 * SECOND, START)
    return Alarm(f"a{number}", "raid", "gate", stage, state, *times, (7,), (7,), TimeLeft(nan, nan, nan), ())


def test_a_run_that_goes_on_tells_the_open_alarms_and_nothing_old_as_news() -> None:
    sensors = tuple(
        Sensor(
            name, name, SensorKind.RADAR, "sapient", (0.0, 0.0, 0.0), Coverage(), health=health, last_t_ns=5
        )
        for name, health in (("North", SensorHealth.OK), ("South", SensorHealth.LOST))
    )
    counters = (("restarts", 1), ("detections", 90))
    alarms = (
        alarm(1, AlarmState.ACTIVE),
        alarm(2, AlarmState.ACTIVE, Level.ALERT),
        alarm(3, AlarmState.PASSED),
        alarm(4, AlarmState.CLEARED),
    )
    resumed = replace(picture(1), sensors=sensors, counters=counters, alarms=alarms)
    later = replace(resumed, t_ns=START + 2 * SECOND)
    assert [sentence for _, sentence in told(narrator(), iter([resumed, later]))] == [
        "Goes on: WARN, Gate: take cover; open since 01:40:00",
        "Goes on: ALERT, Gate; open since 01:40:00",
        "Goes on: Gate: alarm open since 01:40:00; no object is heading there any more, and nobody has given "
        "the all-clear",
        "South (Radar) is silent: lost",
    ]
    fresh = replace(resumed, counters=(("detections", 90),), alarms=())
    assert "First detection" in told(narrator(), iter([fresh]))[-1][1]


def aircraft(second: float, squawk: str, track_id: int = 12, callsign: str = "IAW101") -> Picture:
    """A picture of one aircraft that sends this code."""
    t_ns = START + round(second * SECOND)
    one = np.ones(1, np.int64)
    mean = np.array([[3000.0, 4000.0, 900.0, 80.0, 0.0, 0.0]])
    table = TrackTable(
        t_ns, track_id * one, mean, np.eye(6)[None], np.ones(1),
        np.ones(1, bool), one, t_ns * one, t_ns * one, np.ones((1, 3)),
    )  # fmt: skip
    claim = Claim("icao", "4b43ac", callsign, state=ClaimedState(squawk))
    return Picture(t_ns, table, (), (), (), None, (), claims=(claim,))


@pytest.mark.parametrize(("squawk", "words"), [("7500", "UNLAWFUL INTERFERENCE"), ("7700", "EMERGENCY")])
def test_a_call_for_help_is_told_at_once_and_once(squawk: str, words: str) -> None:
    calm, calling = (
        [aircraft(0, "2000")],
        [aircraft(second, squawk, 12 + second // 30) for second in range(1, 60)],
    )
    ((second, sentence),) = told(narrator(), iter([*calm, *calling]))
    assert second == 1
    assert words in sentence and squawk in sentence and "Track 12 (IAW101)" in sentence
    assert "5.1 km away, bearing 037°" in sentence


def test_a_lost_radio_is_not_shouted_and_a_new_call_is_told_again() -> None:
    seen = [aircraft(0, "7600"), aircraft(1, "7700"), aircraft(2, "2000"), aircraft(700, "7700")]
    assert [second for second, _ in told(narrator(), iter(seen))] == [1, 700]


def test_a_name_that_would_steer_the_terminal_is_cleaned() -> None:
    ((_, sentence),) = told(narrator("ar"), iter([aircraft(0, "7500", callsign="A\x1b[2JB")]))
    assert "\x1b" not in sentence and "7500" in sentence and "اختطاف" in sentence


def thought(second: float, class_name: str, level: Level) -> Picture:
    """A picture of one track that is taken for this."""
    seen = aircraft(second, "2000")
    mix = tuple(float(name == class_name) for name in THREAT_CLASSES)
    nothing = (0.0, 0.0, (), Reason("rule.info"), None, ())
    one = ThreatAssessment(12, seen.t_ns, level, 0.0, Identity.UNKNOWN, "", mix, *nothing)
    return replace(seen, claims=(), assessments=(one,))


def test_what_is_warned_of_is_told_again_once_it_is_taken_for_something_else() -> None:
    flight = [
        *(thought(0, "bird", Level.WATCH), thought(1, "multirotor", Level.WATCH)),  # not yet: it wavers
        *(thought(2, "owa", Level.ALERT), thought(3, "bird", Level.WARN), thought(4, "owa", Level.WARN)),
    ]
    said = told(narrator(), iter(flight))
    assert [(second, sentence.partition(",")[0]) for second, sentence in said] == [
        (0, "Track 12: Bird"),
        (2, "Track 12: One-way attack drone"),
    ]


def event(kind: WarningEventKind, t_ns: int, track_id: int | None = 7) -> Warn:
    left = TimeLeft(60.0, 50.0, 70.0)
    return Warn(WarningEvent(t_ns, kind, "a", "raid", "gate", Level.WARN, track_id, left))


def test_an_event_has_the_time_that_the_report_gives_it() -> None:
    """However long what carries it out takes: the record has the time of the event."""
    said: list[tuple[int, str]] = []
    telling = Telling(
        narrator(), lambda t_ns, sentence: said.append((t_ns, sentence)), lambda: START + 2 * SECOND
    )
    telling.hear(event(WarningEventKind.RAISED, START))
    assert [t_ns for t_ns, _ in said] == [START] and said[0][1].startswith("WARN")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_where_an_object_was_last_seen_is_told_once(language: Language) -> None:
    one = narrator(language)
    reached = [event(WarningEventKind.REACHED, START + number) for number in range(3)]
    (said,) = (sentence for effect in reached for sentence in one.sentences([effect], None))
    assert "7" in said and "narrator." not in said
