"""The keeper of incidents: from the first alarm to the closing by a person."""

import pickle
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.geo.local import LocalFrame
from marsad.model.action import (
    Acknowledge,
    Action,
    AllClear,
    AmendOutcome,
    CloseIncident,
    HeadCount,
    RecordImpact,
    ReportOutcome,
    Retract,
    SetIdentity,
    TakeBackAllClear,
    TakeBackImpact,
    TakeBackRetraction,
)
from marsad.model.impact import ImpactTable
from marsad.model.incident import (
    Amendment,
    Casualties,
    Fact,
    FactStatus,
    Incident,
    IncidentTelling,
    Outcome,
)
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site, Zone
from marsad.model.threat import THREAT_CLASSES, Identity, Level, ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.warning import TimeLeft, WarningEvent, WarningEventKind
from marsad.register.codec import incident_from_json, json_from_incident
from marsad.register.incident import IncidentKeeper
from marsad.register.settings import RegisterSettings
from marsad.report.account import account_of
from marsad.report.endings import endings_of

T0 = 1_641_253_570_000_000_000
SECOND = 1_000_000_000
SITE = Site(
    "asad",
    "Ain al-Asad",
    "عين الأسد",
    33.7856,
    42.4412,
    180.0,
    10800,
    (Zone("z1", "One", "واحد", (), (0.0, 0.0), 500.0), Zone("z2", "Two", "اثنان", (), (2000.0, 0.0), 300.0)),
    mode=Mode.LIVE,
)


def table(
    t_s: float, *rows: tuple[int, float, float], first_s: float = 0.0, speed: float = -50.0
) -> TrackTable:
    """Tracks (number, east, north) that fly south, all plotted at the table's time."""
    n = len(rows)
    mean = np.array([[east, north, 100.0, 0.0, speed, 0.0] for _, east, north in rows]).reshape(n, 6)
    t_ns = T0 + round(t_s * SECOND)
    return TrackTable(
        t_ns,
        np.array([row[0] for row in rows], np.int64),
        mean,
        np.tile(np.eye(6), (n, 1, 1)),
        np.ones(n),
        np.ones(n, bool),
        np.full(n, T0 + round(first_s * SECOND), np.int64),
        np.full(n, t_ns, np.int64),
        np.full(n, 10, np.int64),
        np.ones((n, 1)),
    )


def assessed(*track_ids: int, class_name: str = "owa") -> tuple[ThreatAssessment, ...]:
    likely = tuple(float(name == class_name) for name in THREAT_CLASSES)
    return tuple(
        ThreatAssessment(
            track, T0, Level.WARN, 1.0, Identity.SUSPECT, "", likely, 0.9, 10.0, (), Reason("rule"), None, ()
        )
        for track in track_ids
    )


def event(
    t_s: float,
    kind: WarningEventKind = WarningEventKind.RAISED,
    *,
    track: int | None = 1,
    zone: str = "z1",
    stage: Level = Level.WARN,
    left_s: float = 60.0,
    by: str = "",
) -> WarningEvent:
    time_left = TimeLeft(left_s, left_s - 5, left_s + 5)
    alarm = f"{zone}-{stage.name}"
    return WarningEvent(T0 + round(t_s * SECOND), kind, alarm, "raid", zone, stage, track, time_left, (), by)


def keeper(site: Site = SITE, **settings: float) -> IncidentKeeper:
    return IncidentKeeper(site, RegisterSettings.model_validate(settings))


def record(
    subject: IncidentKeeper,
    t_s: float,
    tracks: TrackTable,
    *events: WarningEvent,
    class_name: str = "owa",
    smoothed: tuple[TrackTable, ...] = (),
) -> Incident | None:
    ids = [int(track) for track in tracks.track_id]
    sensors = {track: ("radar-1",) for track in ids}
    return subject.record(
        T0 + round(t_s * SECOND), events, assessed(*ids, class_name=class_name), tracks, sensors, smoothed
    )


def opened(subject: IncidentKeeper | None = None) -> IncidentKeeper:
    """A keeper with an incident of one drone, seen from 7 km on, warned at 20 s."""
    subject = subject or keeper()
    for t_s in range(0, 20, 2):
        assert record(subject, t_s, table(t_s, (1, 0.0, 7000.0 - 50 * t_s))) is None
    assert record(subject, 20, table(20, (1, 0.0, 6000.0)), event(20)) is not None
    return subject


def now(subject: IncidentKeeper) -> Incident:
    incident = subject.current()
    assert incident is not None
    return incident


def codes(incident: Incident) -> list[str]:
    return [entry.what.code for entry in incident.timeline]


def ns(t_s: float) -> int:
    return T0 + round(t_s * SECOND)


def close(
    by: str = "duty", status: FactStatus = FactStatus.UNKNOWN, outcome: Outcome = Outcome.STOPPED
) -> CloseIncident:
    return CloseIncident(by, outcome, Casualties(status), Fact(), Fact())


def test_no_incident_without_an_alarm() -> None:
    subject = keeper()
    assert record(subject, 0, table(0, (1, 0.0, 7000.0))) is None
    assert subject.current() is None


def test_the_first_alarm_opens_an_incident_even_a_mere_alert() -> None:
    subject = keeper()
    incident = record(subject, 4, table(4, (1, 0.0, 7000.0)), event(4, stage=Level.ALERT))
    assert incident is not None
    assert incident.version == 1
    assert incident.opened_t_ns == ns(4)
    assert incident.closed_t_ns is None
    assert incident.warnings[0].stage == "alert"


def test_the_object_keeps_the_place_of_its_first_detection() -> None:
    incident = now(opened())
    (item,) = incident.objects
    assert item.first_t_ns == T0
    assert item.first_range_m == pytest.approx(7000.7, abs=0.1)
    assert item.first_azimuth_rad == pytest.approx(0.0)
    assert item.speed_mps == 50.0
    assert item.sensor_ids == ("radar-1",)
    assert item.class_name == "owa"


def test_a_track_listed_late_is_carried_back_to_its_first_plot() -> None:
    subject = keeper()
    incident = record(subject, 6, table(6, (1, 0.0, 5000.0), first_s=0), event(6))
    assert incident is not None
    assert incident.objects[0].first_position_enu[1] == pytest.approx(5000 + 6 * 50)


def test_the_warning_keeps_the_time_that_was_left() -> None:
    (warning,) = now(opened()).warnings
    assert (warning.zone_id, warning.stage, warning.lead_s, warning.track_id) == ("z1", "warn", 60.0, 1)


def test_a_warning_without_a_time_says_so() -> None:
    subject = keeper()
    incident = record(subject, 0, table(0, (1, 0.0, 7000.0)), event(0, left_s=nan))
    assert incident is not None
    assert np.isnan(incident.warnings[0].lead_s)
    assert "incident.raised_untimed.warn" in codes(incident)


def test_a_track_that_joins_the_alarm_joins_the_incident_at_once() -> None:
    subject = opened()
    both = table(21, (1, 0.0, 5950.0), (2, 900.0, 6000.0))
    incident = record(subject, 21, both, event(21, WarningEventKind.GREW, track=2))
    assert incident is not None
    assert [item.track_ids for item in incident.objects] == [(1,), (2,)]
    assert len(incident.warnings) == 1


def test_an_object_that_joins_later_opens_the_head_count_again() -> None:
    subject = opened()
    subject.act(ns(20), HeadCount("duty", True))
    both = table(21, (1, 0.0, 5950.0), (2, 900.0, 6000.0))
    incident = record(subject, 21, both, event(21, WarningEventKind.GREW, track=2))
    assert incident is not None and not incident.accounted
    assert "incident.head_count_again" in codes(incident)
    with pytest.raises(ReceivedError, match="head count"):
        subject.act(ns(22), close(status=FactStatus.NONE))


def test_an_alarm_that_passed_and_grows_is_acknowledged_anew() -> None:
    subject = opened()
    subject.act(ns(21), Acknowledge("first", "z1-WARN"))
    one = table(60, (1, 0.0, 4000.0))
    record(subject, 60, one, event(60, WarningEventKind.PASSED, track=None))
    record(subject, 70, one, event(70, WarningEventKind.GREW))
    incident = subject.act(ns(71), Acknowledge("second", "z1-WARN"))
    assert incident is not None
    assert [line.by for line in incident.timeline if line.what.code == "incident.acknowledged"] == [
        "first",
        "second",
    ]


def test_mere_motion_is_stored_at_most_every_period() -> None:
    subject = opened(keeper(store_period_s=10))
    versions = [
        record(subject, t_s, table(t_s, (1, 0.0, 7000.0 - 50 * t_s))) is not None for t_s in range(21, 51)
    ]
    assert sum(versions) == 3


def test_nothing_is_stored_when_nothing_happens() -> None:
    subject = opened()
    still = table(20, (1, 0.0, 6000.0))
    assert [record(subject, t_s, replace(still, t_ns=ns(t_s))) for t_s in range(21, 60)] == [None] * 39


def test_a_coasting_track_is_not_followed_to_where_the_object_never_was() -> None:
    subject = opened()
    coasting = replace(table(30, (1, 0.0, 4000.0)), last_t_ns=np.array([ns(20)]))
    record(subject, 30, coasting)
    record(subject, 31, table(31, (1, 0.0, 5400.0)), event(31, WarningEventKind.PASSED))
    assert now(subject).objects[0].last_position_enu[1] == 5400.0
    assert all(north >= 5400.0 for _, _, north in now(subject).paths_enu[0])


def test_the_end_of_a_track_is_written_once() -> None:
    subject = opened()
    assert record(subject, 22, table(22)) is not None
    assert record(subject, 24, table(24)) is None
    assert codes(now(subject)).count("incident.track_ended") == 1


def test_a_track_that_continues_another_is_the_same_object() -> None:
    subject = opened()
    record(subject, 22, table(22))
    continued = table(26, (5, 20.0, 5710.0), first_s=25)
    incident = record(subject, 26, continued, event(26, WarningEventKind.GREW, track=5))
    assert incident is not None
    assert [item.track_ids for item in incident.objects] == [(1, 5)]
    assert "incident.track_rejoined" in codes(incident)


def test_a_track_elsewhere_is_another_object() -> None:
    subject = opened()
    record(subject, 22, table(22))
    elsewhere = table(26, (5, 2000.0, 5710.0), first_s=25)
    incident = record(subject, 26, elsewhere, event(26, WarningEventKind.GREW, track=5))
    assert incident is not None
    assert [item.track_ids for item in incident.objects] == [(1,), (5,)]


def test_the_path_is_thinned_and_bounded() -> None:
    subject = opened(keeper(path_point_count_max=16, path_period_s=0.5))
    for t_s in range(21, 400):
        record(subject, t_s, table(t_s, (1, 0.0, 7000.0 - 50 * t_s)))
    record(subject, 400, table(400, (1, 0.0, -13000.0)), event(400, WarningEventKind.PASSED))
    path = now(subject).paths_enu[0]
    assert 8 <= len(path) <= 16
    assert path[0][0] == -20.0
    assert list(path) == sorted(path)


def test_the_path_is_put_right_by_what_came_after() -> None:
    subject = opened(keeper(path_period_s=2))
    for t_s in range(21, 30):
        record(subject, t_s, table(t_s, (1, 300.0, 7000.0 - 50 * t_s)))
    coasting = replace(table(30, (1, 300.0, 5500.0)), last_t_ns=np.array([ns(29)]))
    past = tuple(table(t_s, (2, 9.0, 9.0), (1, 10.0, 7000.0 - 50 * t_s)) for t_s in range(12, 30))
    record(subject, 30, coasting, event(30, WarningEventKind.PASSED), smoothed=(*past, coasting))
    path = now(subject).paths_enu[0]
    assert path[0] == (-20.0, 0.0, 7000.0), "where it was first seen stays"
    assert path[1:] == tuple((t_s, 10.0, 6000.0 - 50 * t_s) for t_s in np.arange(-8.0, 9.0, 2.0))
    gone = (table(31, (2, 9.0, 9.0)),)
    record(subject, 31, gone[0], event(31, WarningEventKind.PASSED), smoothed=gone)
    assert now(subject).paths_enu[0] == path


def test_the_path_of_two_tracks_of_one_object_is_put_right_as_one() -> None:
    subject = opened(keeper(path_period_s=1))
    record(subject, 22, table(22))
    continued = table(26, (5, 20.0, 5710.0), first_s=25)
    past = (*(table(t_s, (1, 5.0, 1.0)) for t_s in (18, 19, 20)), table(26, (5, 5.0, 2.0), first_s=25))
    record(subject, 26, continued, event(26, WarningEventKind.GREW, track=5), smoothed=past)
    record(subject, 27, continued, event(27, WarningEventKind.PASSED), smoothed=past)
    assert [(t_s, north) for t_s, _, north in now(subject).paths_enu[0][1:]] == [
        (-2.0, 1.0), (-1.0, 1.0), (0.0, 1.0), (6.0, 2.0)
    ]  # fmt: skip


def test_objects_beyond_the_limit_are_counted() -> None:
    subject = keeper(object_count_max=3)
    rows = tuple((number, 100.0 * number, 7000.0) for number in range(1, 7))
    tracks = table(0, *rows)
    events = [event(0), *(event(0, WarningEventKind.GREW, track=number) for number in range(2, 7))]
    incident = record(subject, 0, tracks, *events)
    assert incident is not None
    assert len(incident.objects) == 3
    assert subject.objects_dropped == 3


def test_a_flood_of_lines_never_shuts_out_the_duty_officer() -> None:
    subject = opened(keeper(timeline_count_max=10))
    for t_s in range(21, 60):
        record(subject, t_s, table(t_s, (1, 0.0, 5000.0)), event(t_s, WarningEventKind.PASSED))
    assert subject.lines_dropped > 0
    incident = subject.act(ns(60), HeadCount("duty", True))
    assert incident is not None
    assert codes(incident)[-1] == "incident.head_count_complete"
    assert len(incident.timeline) <= 20


def test_first_positions_are_remembered_for_live_tracks_only_and_bounded() -> None:
    subject = keeper(first_seen_count_max=100)
    many = table(0, *((number, 0.0, 7000.0) for number in range(1, 151)))
    record(subject, 0, many)
    assert subject.tracks_forgotten == 50
    record(subject, 1, table(1))
    record(subject, 2, table(2, (151, 0.0, 7000.0)))
    assert subject.tracks_forgotten == 50


def test_an_alarm_for_a_track_never_shown_is_counted() -> None:
    subject = keeper()
    incident = record(subject, 0, table(0), event(0, track=77))
    assert incident is not None
    assert incident.objects == ()
    assert subject.objects_unknown == 1


def test_action_and_event_of_one_acknowledgement_make_one_line() -> None:
    subject = opened()
    incident = subject.act(ns(24), Acknowledge("duty", "z1-WARN"))
    assert incident is not None
    record(subject, 25, table(25, (1, 0.0, 5750.0)), event(25, WarningEventKind.ACKNOWLEDGED, by="duty"))
    assert codes(now(subject)).count("incident.acknowledged") == 1
    assert subject.act(ns(26), Acknowledge("duty", "no-such-alarm")) is None


def test_an_all_clear_is_written_once_and_again_after_a_new_alarm() -> None:
    subject = opened()
    assert subject.act(ns(60), AllClear("duty", "z1")) is not None
    assert subject.act(ns(61), AllClear("duty", "z1")) is None
    record(subject, 70, table(70, (1, 0.0, 3000.0)), event(70))
    assert subject.act(ns(90), AllClear("duty")) is not None
    assert codes(now(subject)).count("incident.all_clear") == 1
    assert codes(now(subject))[-1] == "incident.all_clear_everywhere"


def test_what_a_person_decides_about_a_track_is_written() -> None:
    subject = opened()
    incident = subject.act(ns(30), SetIdentity("duty", 1, Identity.HOSTILE, "seen by camera"))
    assert incident is not None
    assert codes(incident)[-1] == "incident.identity.hostile"
    assert incident.timeline[-1].by == "duty"


def test_an_outcome_by_track_number() -> None:
    subject = opened()
    incident = subject.act(ns(50), ReportOutcome("c-ram", Outcome.STOPPED, ns(48), track_id=1))
    assert incident is not None
    item = incident.objects[0]
    assert (item.outcome, item.outcome_t_ns, item.outcome_by) == (Outcome.STOPPED, ns(48), "c-ram")
    assert incident.stopped == 1
    # the record keeps when it happened, as they say; the timeline, and what tells of it, when they said so
    line = incident.timeline[-1]
    assert (line.what.code, line.t_ns) == ("incident.outcome.stopped", ns(50))
    account = account_of(incident, SITE)
    assert (account.outcome_times_t_ns, account.report_times_t_ns) == ((ns(48),), (ns(50),))


def test_an_outcome_by_place_and_time_finds_the_object_that_was_there() -> None:
    subject = opened()
    both = table(21, (1, 0.0, 5950.0), (2, 900.0, 6000.0))
    record(subject, 21, both, event(21, WarningEventKind.GREW, track=2))
    for t_s in range(22, 41):
        record(subject, t_s, table(t_s, (1, 0.0, 7000.0 - 50 * t_s), (2, 900.0, 7050.0 - 50 * t_s)))
    frame = LocalFrame(SITE.latitude_deg, SITE.longitude_deg, SITE.height_m)
    latitude, longitude, _ = frame.geodetic_from_enu([880.0, 5520.0, 0.0])
    action = ReportOutcome("c-ram", Outcome.STOPPED, ns(30), 0, float(latitude), float(longitude))
    incident = subject.act(ns(45), action)
    assert incident is not None
    assert [item.outcome for item in incident.objects] == [Outcome.UNKNOWN, Outcome.STOPPED]


def test_two_reports_of_two_drones_side_by_side_are_two_outcomes_and_a_repeated_report_is_one() -> None:
    subject = opened()
    both = table(21, (1, 0.0, 5950.0), (2, 60.0, 5950.0))
    record(subject, 21, both, event(21, WarningEventKind.GREW, track=2))
    frame = LocalFrame(SITE.latitude_deg, SITE.longitude_deg, SITE.height_m)
    latitude, longitude, _ = frame.geodetic_from_enu([30.0, 5950.0, 0.0])
    place = (float(latitude), float(longitude))
    assert subject.act(ns(22), ReportOutcome("c-ram", Outcome.STOPPED, ns(21), 0, *place)) is not None
    incident = subject.act(ns(29), ReportOutcome("c-ram", Outcome.STOPPED, ns(28), 0, *place))
    assert incident is not None
    assert incident.stopped == 2
    assert subject.act(ns(30), ReportOutcome("c-ram", Outcome.STOPPED, ns(28), track_id=2)) is None


def test_an_outcome_far_from_every_object_is_refused_and_says_how_far() -> None:
    subject = opened()
    with pytest.raises(ReceivedError, match=r"nearest was \d+ m away") as caught:
        subject.act(ns(25), ReportOutcome("c-ram", Outcome.STOPPED, ns(20), 0, 33.70, 42.44))
    assert caught.value.reason == "outcome-out-of-reach"
    assert now(subject).version == 1


def test_an_outcome_long_after_the_object_was_last_seen_is_refused_by_place() -> None:
    subject = opened()
    frame = LocalFrame(SITE.latitude_deg, SITE.longitude_deg, SITE.height_m)
    latitude, longitude, _ = frame.geodetic_from_enu([0.0, 6000.0, 0.0])
    with pytest.raises(ReceivedError, match="last plot"):
        subject.act(
            ns(900), ReportOutcome("c-ram", Outcome.STOPPED, ns(900), 0, float(latitude), float(longitude))
        )


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (ReportOutcome("c", Outcome.STOPPED, T0, track_id=99), "outcome-unknown-track"),
        (ReportOutcome("c", Outcome.STOPPED, T0), "outcome-of-nothing"),
        (ReportOutcome("c", Outcome.STOPPED, T0 + 10**13, track_id=1), "outcome-in-the-future"),
        (ReportOutcome("c", Outcome.STOPPED, 2**62, track_id=1), "outcome-in-the-future"),
        (ReportOutcome("c", Outcome.STOPPED, T0 - 10**13, track_id=1), "outcome-before-detection"),
        (SetIdentity("duty", 1, Identity.HOSTILE, "x" * 2001), "text-too-long"),
        (HeadCount("y" * 2001, True), "text-too-long"),
        (close(status=FactStatus.NONE), "casualties-before-head-count"),
        (
            CloseIncident("d", Outcome.STOPPED, Casualties(FactStatus.CONFIRMED, -1), Fact(), Fact()),
            "casualties-negative",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_changes_nothing(action: Action, reason: str) -> None:
    subject = opened()
    before = pickle.dumps(subject)
    with pytest.raises(ReceivedError) as caught:
        subject.act(ns(30), action)
    assert caught.value.reason == reason
    assert pickle.dumps(subject) == before


def test_casualties_none_needs_the_head_count_complete() -> None:
    subject = opened()
    subject.act(ns(60), HeadCount("duty", True))
    subject.act(ns(61), HeadCount("duty", False))
    with pytest.raises(ReceivedError, match="head count"):
        subject.act(ns(62), close(status=FactStatus.NONE))
    subject.act(ns(63), HeadCount("duty", True))
    incident = subject.act(ns(64), close(status=FactStatus.NONE))
    assert incident is not None
    assert (incident.casualties.status, incident.accounted) == (FactStatus.NONE, True)
    assert (incident.closed_t_ns, incident.closed_by) == (ns(64), "duty")
    assert subject.current() is None
    assert subject.latest() == incident


def test_an_attack_is_not_closed_as_stopped_where_an_object_landed() -> None:
    subject = opened()
    subject.act(ns(50), ReportOutcome("duty", Outcome.LANDED, ns(48), track_id=1))
    with pytest.raises(ReceivedError, match="landed"):
        subject.act(ns(60), close(outcome=Outcome.STOPPED))
    assert subject.act(ns(61), close(outcome=Outcome.LANDED)) is not None


def test_there_is_nothing_to_close_before_and_after() -> None:
    subject = keeper()
    with pytest.raises(ReceivedError, match="no incident is open"):
        subject.act(T0, close())
    opened(subject)
    subject.act(ns(60), close())
    with pytest.raises(ReceivedError, match="no incident is open"):
        subject.act(ns(61), close(by="relief"))


def test_an_outcome_that_arrives_after_closing_makes_a_new_version() -> None:
    subject = opened()
    closed = subject.act(ns(60), close(outcome=Outcome.UNKNOWN))
    late = subject.act(ns(4000), ReportOutcome("eod", Outcome.LANDED, ns(30), track_id=1))
    assert closed is not None and late is not None
    assert (late.incident_id, late.version) == (closed.incident_id, closed.version + 1)
    assert late.objects[0].outcome is Outcome.LANDED
    assert late.closed_t_ns == closed.closed_t_ns


def test_a_raid_that_goes_on_after_closing_opens_a_new_incident() -> None:
    subject = opened()
    first = now(subject)
    subject.act(ns(20), close())
    again = table(20, (2, 500.0, 6000.0))
    incident = record(subject, 20, again, event(20, WarningEventKind.GREW, track=2))
    assert incident is not None
    assert incident.incident_id != first.incident_id
    assert incident.version == 1


def test_numbers_tell_site_date_and_whether_it_is_real() -> None:
    assert now(opened()).incident_id == "asad-20220103-234630"
    drill = now(opened(keeper(replace(SITE, mode=Mode.EXERCISE))))
    assert drill.exercise
    assert drill.incident_id == "asad-20220103-234630-x"
    assert now(opened(keeper(replace(SITE, mode=Mode.TEST)))).exercise


def test_the_timeline_is_in_order_of_time() -> None:
    subject = opened()
    subject.act(ns(50), ReportOutcome("c-ram", Outcome.STOPPED, ns(21), track_id=1))
    times = [entry.t_ns for entry in now(subject).timeline]
    assert times == sorted(times)
    assert codes(now(subject))[0] == "incident.first_detected.owa"


def test_a_keeper_restored_from_its_snapshot_goes_on_the_same() -> None:
    subject = opened()
    other: IncidentKeeper = pickle.loads(pickle.dumps(subject))
    for t_s in range(21, 40):
        tracks = table(t_s, (1, 0.0, 7000.0 - 50 * t_s))
        assert record(subject, t_s, tracks) == record(other, t_s, tracks)
    assert subject.act(ns(41), close()) == other.act(ns(41), close())


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("event"),
            st.sampled_from(WarningEventKind),
            st.none() | st.integers(1, 6),
            st.sampled_from(["z1", "z2", "nowhere"]),
            st.sampled_from([Level.ALERT, Level.WARN]),
            st.floats(allow_infinity=False) | st.just(nan),
        ),
        st.tuples(st.just("outcome"), st.sampled_from(Outcome), st.integers(0, 7), st.floats(32, 35)),
        st.tuples(st.just("heads"), st.booleans()),
        st.tuples(st.just("close"), st.sampled_from(FactStatus), st.sampled_from(Outcome)),
        st.tuples(st.just("clear"), st.sampled_from(["", "z1", "nowhere"])),
        st.tuples(st.just("tracks"), st.sets(st.integers(1, 6))),
    ),
    max_size=40,
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(STEPS)
def test_whatever_happens_versions_grow_by_one_and_casualties_none_means_counted(
    steps: list[tuple[Any, ...]],
) -> None:
    subject = keeper(object_count_max=3, timeline_count_max=10, warning_count_max=5)
    tracks: list[int] = [1, 2]
    versions: list[Incident] = []
    for t_s, (what, *detail) in enumerate(steps):
        made: Incident | None = None
        action: Action | None = None
        seen = table(t_s, *((track, 100.0 * track, 7000.0 - 50 * t_s) for track in sorted(tracks)))
        if what == "tracks":
            tracks = sorted(detail[0])
        elif what == "event":
            kind, track, zone, stage, left_s = detail
            warning = event(t_s, kind, track=track, zone=zone, stage=stage, left_s=left_s, by="x")
            made = record(subject, t_s, seen, warning)
        elif what == "outcome":
            action = ReportOutcome("r", detail[0], ns(t_s), detail[1], detail[2], 42.44)
        elif what == "heads":
            action = HeadCount("d", detail[0])
        elif what == "close":
            action = close(status=detail[0], outcome=detail[1])
        else:
            action = AllClear("d", detail[0])
        if action is not None:
            with suppress(ReceivedError):
                made = subject.act(ns(t_s), action)
        versions += [made] if made is not None else []
    for earlier, later in pairwise(versions):
        same = earlier.incident_id == later.incident_id
        assert later.version == (earlier.version + 1 if same else 1)
    for version in versions:
        assert version.casualties.status is not FactStatus.NONE or version.accounted
        assert len(version.objects) == len(version.paths_enu) <= 3
        assert len(version.warnings) <= 5
        assert len(version.timeline) <= 20
        assert repr(incident_from_json(json_from_incident(version))) == repr(version)


def raid(*outcomes: Outcome) -> IncidentKeeper:
    """An open incident of as many drones, each with its recorded outcome; UNKNOWN is not recorded."""
    subject = keeper()
    rows = [(number, 900.0 * number, 6000.0) for number in range(1, len(outcomes) + 1)]
    events = [event(20, WarningEventKind.GREW, track=number) for number, _, _ in rows]
    record(subject, 20, table(20, *rows), event(20), *events)
    for number, outcome in enumerate(outcomes, 1):
        if outcome is not Outcome.UNKNOWN:
            subject.act(ns(30), ReportOutcome("c-ram", outcome, ns(29), track_id=number))
    return subject


S, M, L, G, U = Outcome.STOPPED, Outcome.MISSED, Outcome.LANDED, Outcome.LEFT, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("objects", "closed", "reason"),
    [
        ((S, M), S, "outcome-contradicts-objects"),
        ((S, L), M, "outcome-contradicts-objects"),
        ((L,), G, "outcome-contradicts-objects"),
        ((S, G), G, "outcome-contradicts-objects"),
        ((S, S), M, "outcome-of-no-object"),
        ((S, M), L, "outcome-of-no-object"),
        ((G,), S, "outcome-of-no-object"),
        ((S, S), S, None),
        ((S, G), S, None),
        ((S, M), M, None),
        ((S, U), S, None),
        ((S, U), L, None),
        ((U, U), S, None),
        ((S, M, L), L, None),
        ((S, M), U, None),
    ],
)
def test_the_outcome_of_an_attack_agrees_with_its_objects(
    objects: tuple[Outcome, ...], closed: Outcome, reason: str | None
) -> None:
    subject = raid(*objects)
    if reason is None:
        incident = subject.act(ns(60), close(outcome=closed))
        assert incident is not None and incident.outcome is closed
        return
    with pytest.raises(ReceivedError) as refusal:
        subject.act(ns(60), close(outcome=closed))
    assert refusal.value.reason == reason
    assert f"outcome {closed.value} refused" in refusal.value.detail
    assert now(subject).closed_t_ns is None


def test_what_is_learned_of_an_object_after_closing_corrects_the_outcome() -> None:
    subject = raid(S, U)
    subject.act(ns(60), close(outcome=S))
    incident = subject.act(ns(90), ReportOutcome("guard", L, ns(55), track_id=2))
    assert incident is not None and incident.outcome is L
    assert codes(incident)[-1] == "incident.revised.landed"
    incident = subject.act(ns(99), ReportOutcome("guard", S, ns(55), track_id=2))
    assert incident is not None and incident.outcome is S and incident.stopped == 2


@pytest.mark.parametrize(
    ("casualties", "reason"),
    [
        (Casualties(FactStatus.CONFIRMED), "casualties-zero"),
        (Casualties(FactStatus.UNCONFIRMED), "casualties-zero"),
        (Casualties(FactStatus.UNKNOWN, 1), "casualties-contradictory"),
        (Casualties(FactStatus.NONE, 0, 1), "casualties-contradictory"),
        (Casualties(FactStatus.CONFIRMED, 0, 1), None),
        (Casualties(FactStatus.UNCONFIRMED, 2), None),
    ],
)
@pytest.mark.parametrize("counted", [False, True])
def test_nobody_hurt_is_none_and_nothing_else(
    casualties: Casualties, reason: str | None, counted: bool
) -> None:
    subject = opened()
    subject.act(ns(50), HeadCount("d", counted))
    action = CloseIncident("d", Outcome.UNKNOWN, casualties, Fact(), Fact())
    if reason is None:
        assert subject.act(ns(60), action) is not None
        return
    with pytest.raises(ReceivedError) as refusal:
        subject.act(ns(60), action)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "action",
    [
        Acknowledge("d", "z1-WARN"),
        AllClear("d", "z1"),
        HeadCount("d", True),
        SetIdentity("d", 1, Identity.HOSTILE, "seen"),
        ReportOutcome("d", Outcome.STOPPED, ns(40), track_id=1),
        close(),
    ],
    ids=lambda action: type(action).__name__,
)
def test_what_is_said_twice_is_written_once(action: Action) -> None:
    subject = opened()
    first = subject.act(ns(41), action)
    assert first is not None
    assert subject.act(ns(42), action) is None
    latest = subject.latest()
    assert latest == first


def test_what_is_said_twice_but_not_the_same_is_written_twice() -> None:
    subject = opened()
    for complete in (True, True, False, False, True):
        subject.act(ns(41), HeadCount("d", complete))
    heads = [code for code in codes(now(subject)) if "head_count" in code]
    assert heads == [f"incident.head_count_{word}" for word in ("complete", "open", "complete")]
    subject.act(ns(60), close())
    with pytest.raises(ReceivedError, match="no incident is open"):
        subject.act(ns(61), close(outcome=Outcome.MISSED))


# --- what is presumed, retracted, taken back, and who was told ------------------------------------------


def told(alarm: str = "z1-WARN", end: str = "", got_s: float | None = 21.0) -> IncidentTelling:
    made = ns(90) if end else None
    got = None if got_s is None else ns(got_s)
    return IncidentTelling("gate", alarm, "z1", "warn", ns(20), got, end, made, None)


def test_an_object_last_seen_over_a_zone_is_taken_to_have_come_down_until_a_person_says() -> None:
    subject = opened()
    record(subject, 30, table(30), event(30, WarningEventKind.REACHED, zone="z1"))
    (item,) = now(subject).objects
    assert (item.outcome, item.proposed, item.reached_zone_id) == (Outcome.UNKNOWN, Outcome.LANDED, "z1")
    assert codes(now(subject)).count("incident.reached") == 1
    assert "incident.track_ended" not in codes(now(subject)), "one line for one end"
    subject.act(ns(40), ReportOutcome("duty", Outcome.STOPPED, ns(30), 1))
    assert now(subject).objects[0].outcome is Outcome.STOPPED


def test_of_one_whose_outcome_is_reported_no_impact_is_presumed() -> None:
    subject = opened()
    subject.act(ns(25), ReportOutcome("duty", Outcome.STOPPED, ns(24), 1))
    record(subject, 30, table(30), event(30, WarningEventKind.REACHED, zone="z1"))
    assert "incident.reached" not in codes(now(subject))


def test_one_that_is_seen_again_had_not_come_down() -> None:
    subject = opened()
    record(subject, 24, table(24, (1, 0.0, 5800.0)), event(24, WarningEventKind.REACHED, zone="z1"))
    assert now(subject).objects[0].reached_zone_id == "z1"
    record(subject, 60, table(60, (1, 0.0, 4000.0)))
    (item,) = now(subject).objects
    assert (item.proposed, item.reached_zone_id) == (Outcome.UNKNOWN, "")


def test_one_that_is_gone_again_over_the_same_zone_is_the_same_news() -> None:
    subject = opened()
    for t_s in (24, 28):
        record(subject, t_s - 1, table(t_s - 1, (1, 0.0, 5800.0)))
        record(subject, t_s, table(t_s), event(t_s, WarningEventKind.REACHED, zone="z1"))
    assert codes(now(subject)).count("incident.reached") == 1


def test_a_retraction_is_one_line_and_takes_its_objects_for_no_danger() -> None:
    subject = opened()
    record(subject, 22, table(22, (1, 0.0, 5900.0)), event(22, zone="z2"))
    events = [
        event(30, WarningEventKind.RETRACTED, track=None, zone=zone, by="duty") for zone in ("z1", "z2")
    ]
    incident = subject.act(ns(30), Retract("duty", "z1-WARN", "a bird"), events)
    assert incident is not None
    (line,) = [entry for entry in incident.timeline if "retract" in entry.what.code]
    about = {"zone_id": "z1", "alarm_id": "z1-WARN", "count": 1.0, "words": "a bird"}
    assert dict(line.what.arguments) == about
    assert [item.proposed for item in incident.objects] == [Outcome.FALSE_ALARM]
    closed = subject.act(ns(40), close(outcome=Outcome.FALSE_ALARM))
    assert closed is not None and closed.outcome is Outcome.FALSE_ALARM


def test_an_object_that_another_alarm_names_is_still_a_danger() -> None:
    subject = opened()
    record(subject, 22, table(22, (1, 0.0, 5900.0)), event(22, zone="z2"))
    incident = subject.act(ns(30), Retract("duty", "z1-WARN", "a bird"))
    assert incident is not None and incident.objects[0].proposed is Outcome.UNKNOWN


def test_an_outcome_is_taken_back_by_saying_that_it_is_not_known() -> None:
    subject = opened()
    subject.act(ns(40), ReportOutcome("duty", Outcome.STOPPED, ns(30), 1))
    subject.act(ns(50), ReportOutcome("duty", Outcome.UNKNOWN, ns(30), 1))
    (item,) = now(subject).objects
    assert (item.outcome, item.outcome_t_ns, item.outcome_by) == (Outcome.UNKNOWN, None, "")
    assert codes(now(subject))[-1] != "incident.outcome.stopped"
    assert {"incident.outcome.stopped", "incident.outcome.unknown"} <= set(codes(now(subject)))


def test_an_all_clear_over_open_alarms_says_how_many() -> None:
    subject = opened()
    ended = [event(60, WarningEventKind.ALL_CLEAR, track=None, by="duty")]
    incident = subject.act(ns(60), AllClear("duty"), ended)
    assert incident is not None and incident.cleared == ("",)
    (line,) = [entry for entry in incident.timeline if entry.what.code == "incident.all_clear_over"]
    assert dict(line.what.arguments) == {"active": 1.0, "unacknowledged": 1.0}


def test_an_all_clear_after_everything_passed_says_nothing_of_open_alarms() -> None:
    subject = opened()
    subject.act(ns(25), Acknowledge("duty", "z1-WARN"))
    record(subject, 50, table(50), event(50, WarningEventKind.PASSED, track=None))
    ended = [event(60, WarningEventKind.ALL_CLEAR, track=None, by="duty")]
    incident = subject.act(ns(60), AllClear("duty"), ended)
    assert incident is not None and "incident.all_clear_over" not in codes(incident)


def test_an_all_clear_that_is_taken_back_stands_no_more() -> None:
    subject = opened()
    subject.act(ns(60), AllClear("duty"))
    raised = [event(70, track=None, by="duty")]
    incident = subject.act(ns(70), TakeBackAllClear("duty", reason="one more"), raised)
    assert incident is not None and incident.cleared == ()
    assert codes(incident)[-1] == "incident.all_clear_taken_back_everywhere"


def test_one_taken_back_after_closing_opens_an_incident() -> None:
    subject = opened()
    subject.act(ns(60), AllClear("duty"))
    subject.act(ns(65), close())
    anew = replace(event(70, track=None, by="duty"), alarm_id="z1-WARN-2")
    incident = subject.act(ns(70), TakeBackAllClear("duty", reason="one more"), [anew])
    assert incident is not None and incident.closed_t_ns is None
    assert codes(incident) == [
        *("incident.all_clear_everywhere", "incident.continues"),
        *("incident.all_clear_taken_back_everywhere", "incident.raised.warn"),
    ]
    assert [item.track_ids for item in incident.objects] == [(1,)]
    assert [(one.zone_id, one.stage) for one in incident.warnings] == [("z1", "warn")]
    (closed,) = subject.take_amended_closed()
    assert closed.incident_id != incident.incident_id and closed.version == 4
    assert codes(closed)[-1] == codes(incident)[2], "the closed one must not go on saying that it stands"
    assert subject.take_amended_closed() == []
    assert dict(incident.timeline[1].what.arguments) == {"incident": closed.incident_id}
    (given,) = endings_of(incident)
    assert (given.t_ns, given.taken_back_t_ns) == (ns(60), ns(70)), "a statement tells of both"


def test_a_retraction_that_was_a_mistake_makes_its_objects_a_danger_again() -> None:
    subject = opened()
    ended = [event(30, WarningEventKind.RETRACTED, track=None, by="duty")]
    subject.act(ns(30), Retract("duty", "z1-WARN", "a bird"), ended)
    assert now(subject).objects[0].proposed is Outcome.FALSE_ALARM
    anew = replace(event(50, track=None, by="duty"), alarm_id="z1-WARN-2")
    incident = subject.act(ns(50), TakeBackRetraction("duty", "z1-WARN", "no bird"), [anew])
    assert incident is not None and incident.objects[0].proposed is Outcome.UNKNOWN
    line = incident.timeline[-1]
    assert line.what.code == "incident.retraction_taken_back" and line.by == "duty"
    assert dict(line.what.arguments) == {"zone_id": "z1", "after_s": 20.0, "words": "no bird"}
    again = subject.act(ns(60), Retract("duty", "z1-WARN-2", "a bird after all"))
    assert again is not None and again.objects[0].proposed is Outcome.FALSE_ALARM, "the new alarm has them"


def test_a_word_that_differs_in_its_span_alone_is_not_told_twice_in_one_second() -> None:
    subject = opened()
    for took_s in (0.3, 0.4):
        what = Reason("delivery.there.warning", (("output", "gate"), ("zone_id", "z1"), ("took_s", took_s)))
        subject.note(ns(21), [Line(what)])
    subject.note(ns(22.5), [Line(what), Line(replace(what, arguments=(("output", "siren"),)))])
    record(subject, 23, table(23))
    told_at = [entry.t_ns for entry in now(subject).timeline if entry.what.code.startswith("delivery")]
    assert told_at == [ns(21), ns(22.5), ns(22.5)]


@pytest.mark.parametrize(("class_name", "said"), [("crewed", "crewed_unproved"), ("owa", "owa")])
def test_an_object_that_people_were_warned_of_is_harmless_only_where_that_was_decided(
    class_name: str, said: str
) -> None:
    subject = keeper()
    record(subject, 0, table(0, (1, 0.0, 7000.0)), event(0), class_name=class_name)
    (item,) = now(subject).objects
    assert item.told_class == said and f"incident.first_detected.{said}" in codes(now(subject))
    assert incident_from_json(json_from_incident(now(subject))).objects[0].told_class == said
    incident = subject.act(ns(5), SetIdentity("duty", 1, Identity.NEUTRAL, "an airliner"))
    assert incident is not None and incident.objects[0].told_class == class_name


def test_an_object_last_seen_before_a_zone_was_not_over_it() -> None:
    subject = opened()
    ahead = replace(event(30, WarningEventKind.REACHED), reasons=(Reason("alarm.reached_ahead"),))
    record(subject, 30, table(30), ahead)
    (item,) = now(subject).objects
    assert (item.reached_zone_id, item.reached_over, item.proposed) == ("z1", False, Outcome.LANDED)
    assert "incident.reached_ahead" in codes(now(subject))


def test_an_outcome_is_corrected_after_closing_and_what_stood_before_stays_told() -> None:
    subject = opened()
    subject.act(ns(60), close(outcome=Outcome.LANDED))
    closed = subject.latest()
    assert closed is not None
    named = closed.incident_id
    with pytest.raises(ReceivedError, match="says why"):
        subject.act(ns(70), AmendOutcome("chief", named, Outcome.MISSED, 0, " "))
    with pytest.raises(ReceivedError, match="closed last"):
        subject.act(ns(70), AmendOutcome("chief", "another", Outcome.MISSED, 0, "seen"))
    with pytest.raises(ReceivedError, match="its tracks: 1"):
        subject.act(ns(70), AmendOutcome("chief", named, Outcome.MISSED, 7, "seen"))
    subject.act(ns(80), AmendOutcome("chief", named, Outcome.MISSED, 1, "found in the field"))
    incident = subject.latest()
    assert incident is not None and incident.objects[0].outcome is Outcome.MISSED
    assert incident.objects[0].outcome_t_ns == ns(80), "what is said now was not said before"
    assert incident.outcome is Outcome.MISSED, "what its object belies is no outcome of it"
    assert incident.amendments == (
        Amendment(ns(80), "chief", 1, Outcome.UNKNOWN, Outcome.MISSED, "found in the field"),
        Amendment(ns(80), "chief", None, Outcome.LANDED, Outcome.MISSED),
    )
    with pytest.raises(ReceivedError, match="correct that first"):
        subject.act(ns(81), AmendOutcome("chief", named, Outcome.LEFT, 0, "gone"))
    assert incident_from_json(json_from_incident(incident)) == incident
    assert '"amendments"' not in json_from_incident(closed), "a record of before has the digest that it had"


def test_an_outcome_of_an_open_incident_is_reported_and_not_corrected() -> None:
    subject = opened()
    with pytest.raises(ReceivedError, match="that is none"):
        subject.act(ns(30), AmendOutcome("chief", now(subject).incident_id, Outcome.MISSED, 1, "seen"))


def test_who_was_told_is_kept_and_a_retraction_that_arrives_after_closing_makes_a_version() -> None:
    subject = opened()
    assert subject.tell(ns(21), [told(), told("another-site")]) is None
    assert record(subject, 22, table(22, (1, 0.0, 5900.0))) is not None
    assert now(subject).told == (told(),)
    subject.act(ns(80), close())
    incident = subject.tell(ns(91), [told(end="retraction")])
    assert incident is not None and incident.told[0].is_unended
    assert subject.tell(ns(92), [told(end="retraction")]) is None
    assert subject.tell(ns(93), []) is None, "what is forgotten elsewhere stays written"


def test_what_is_presumed_and_told_survives_its_json() -> None:
    subject = opened()
    subject.tell(ns(21), [told(end="retraction")])
    record(subject, 30, table(30), event(30, WarningEventKind.REACHED, zone="z1"))
    subject.act(ns(60), AllClear("duty"))
    incident = now(subject)
    assert incident_from_json(json_from_incident(incident)) == incident
    plain = json_from_incident(replace(incident, told=(), cleared=()))
    assert '"told"' not in plain and '"cleared"' not in plain, "a record of before has the digest that it had"


def predicted(track_id: int, east_m: float, after_s: float) -> ImpactTable:
    return ImpactTable(
        np.array([track_id]),
        np.array([ns(after_s)]),
        np.array([1.0]),
        np.array([[east_m, 0.0, 0.0]]),
        100.0 * np.eye(2)[None],
        ((),),
    )


def fell(subject: IncidentKeeper, east_m: float, t_s: float, **more: Any) -> Incident | None:
    latitude, longitude, _ = LocalFrame(
        SITE.latitude_deg, SITE.longitude_deg, SITE.height_m
    ).geodetic_from_enu((east_m, 0.0, 0.0))
    action = RecordImpact("Omar", float(latitude), float(longitude), ns(t_s), **more)
    return subject.act(ns(t_s + 60.0), action)


def test_where_a_round_fell_is_kept_beside_its_prediction_and_with_its_alarm() -> None:
    subject = opened()
    (item,) = now(subject).objects
    track_id = item.track_ids[-1]
    subject.record(
        ns(40.0), [], (), table(40.0, (track_id, 0.0, 5000.0)), {}, impacts=predicted(track_id, 300.0, 55.0)
    )
    found = fell(subject, 420.0, 56.0, note=" on the car park ")
    assert found is not None
    (impact,) = found.impacts
    assert impact.track_id == track_id and impact.note == "on the car park" and impact.by == "Omar"
    assert impact.apart_m == pytest.approx(120.0, abs=0.5) and impact.predicted_t_ns == ns(55.0)
    assert impact.alarm_id and impact.alarm_id == event(20.0).alarm_id
    assert "incident.impact_predicted" in codes(found)
    assert incident_from_json(json_from_incident(found)) == found
    assert fell(subject, 420.0, 56.0, note=" on the car park ") is None  # the same said twice
    subject.act(ns(300.0), close())
    late = fell(subject, 5_000.0, 70.0)  # found after closing, and of no round that was tracked
    assert late is not None and late.impacts[-1].track_id is None and np.isnan(late.impacts[-1].apart_m)


def test_an_impact_entered_wrongly_is_taken_back_with_a_reason_and_stays_told() -> None:
    subject = opened()
    (item,) = now(subject).objects
    track_id = item.track_ids[-1]
    assert fell(subject, 420.0, 56.0, track_id=track_id) is not None
    for action, reason in (
        (TakeBackImpact("Rana", ns(56.0), track_id, " "), "reason-needed"),
        (TakeBackImpact("Rana", ns(56.0), 0, "twice"), "unknown-impact"),
        (TakeBackImpact("Rana", ns(57.0), track_id, "twice"), "unknown-impact"),
    ):
        with pytest.raises(ReceivedError) as caught:
            subject.act(ns(200.0), action)
        assert caught.value.reason == reason and len(now(subject).impacts) == 1
    found = subject.act(ns(200.0), TakeBackImpact("Rana", ns(56.0) + 400_000, track_id, "the other car park"))
    assert found is not None and not found.impacts
    assert {"incident.impact_of", "incident.impact_of_taken_back"} <= set(codes(found))
    assert fell(subject, 300.0, 56.0, track_id=track_id) is not None, "and entered as it was"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"t_s": 9_000.0}, "impact-in-the-future"),
        ({"t_s": -9_000.0}, "impact-before-detection"),
        ({"latitude_deg": 3.378}, "impact-far-away"),
        ({"longitude_deg": 224.0}, "impact-far-away"),
        ({"track_id": 99}, "outcome-unknown-track"),
        ({"alarm_id": "other"}, "unknown-alarm"),
        ({"note": "x" * 2_001}, "text-too-long"),
    ],
)
def test_an_impact_that_cannot_be_is_refused_with_its_reason(more: dict[str, Any], reason: str) -> None:
    subject = opened()
    t_s = more.pop("t_s", 30.0)
    action = RecordImpact(
        **{"by": "Omar", "latitude_deg": 33.78, "longitude_deg": 42.44, "t_ns": ns(t_s), **more}
    )
    with pytest.raises(ReceivedError) as caught:
        subject.act(ns(100.0), action)
    assert caught.value.reason == reason and not now(subject).impacts
    with pytest.raises(ReceivedError, match="no incident"):
        keeper().act(ns(1.0), RecordImpact("Omar", 33.78, 42.44, ns(1.0)))
