"""A synthetic picture source: a double of the running site for tests of what lies outside it.

``PYTHONPATH=src python tests/server/synthetic.py [port]`` serves it, to look at the console.
"""

import asyncio
import contextlib
import math
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import numpy as np

from marsad.coverage.settings import CoverageSettings
from marsad.errors import MarsadError
from marsad.model.action import (
    Acknowledge,
    Action,
    AllClear,
    AskOwner,
    CancelFlight,
    CloseIncident,
    DeclareFlights,
    HeadCount,
    ReportOutcome,
    SetIdentity,
)
from marsad.model.announcement import Telling
from marsad.model.asker import Asker
from marsad.model.authority import AuthorityCard, CardDuty, CardPerson, OnWatch
from marsad.model.clock import ClockStep
from marsad.model.detection import Claim
from marsad.model.drill import Drilling, OutputHealth
from marsad.model.flight import Decision, FlightPicture, Question
from marsad.model.incident import Incident, IncidentObject, IncidentWarning, Outcome, TimelineEntry
from marsad.model.picture import NavigationHealth, Picture
from marsad.model.reason import Reason
from marsad.model.registration import RegistrationTable
from marsad.model.response import Response
from marsad.model.role import Permission
from marsad.model.security import SecurityEvent
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind
from marsad.model.site import Mode, Name, Site, Zone
from marsad.model.threat import THREAT_CLASSES, Identity, Level, ThreatAssessment, ZoneThreat
from marsad.model.track import TrackTable
from marsad.model.warning import Alarm, AlarmState, LostObject, StandingAllClear, TimeLeft, WarningEvent
from marsad.register.deliveries import Delay
from marsad.register.series import series_facts
from marsad.server import Phase, ServerSettings
from marsad.server.documents import Dossier
from marsad.server.hub import PictureHub
from marsad.server.run import server_of
from marsad.site.coverage import CoverageMaterial
from marsad.site.security_log import SecurityLine

NAN = float("nan")
SECOND = 1_000_000_000
SITE = Site(
    "asad",
    "Ain al-Asad Air Base",
    "قاعدة عين الأسد الجوية",
    33.7856,
    42.4412,
    188.0,
    3 * 3600,
    (
        Zone(
            "north",
            "North camp",
            "المعسكر الشمالي",
            ((-900, 700), (900, 700), (900, 2200), (-900, 2200)),
            (0, 1450),
            1170,
        ),
        Zone(
            "line",
            "Flight line",
            "خط الطيران",
            ((-1900, -500), (1900, -500), (1900, 400), (-1900, 400)),
            (0, -50),
            1950,
            0.9,
        ),
        Zone("fuel", "Fuel farm", "مستودع الوقود", (), (2100.0, -1500.0), 450.0, 0.8, True),
        Zone("runway-north", "North runway", "المدرج الشمالي", (), (0.0, 3000.0), 500.0),
        Zone("runway-south", "South runway", "المدرج الجنوبي", (), (0.0, -3000.0), 500.0),
        Zone("housing", "Accommodation and canteen", "منطقة السكن والمطعم", (), (-3000.0, 0.0), 400.0),
    ),
    mode=Mode.EXERCISE,
    names=(Name("Radar North", "Radar North", "الرادار الشمالي"),),
)
CARD = AuthorityCard(
    (
        CardPerson("Layla", "Duty officer", "ضابط الخفر", "+964 770 000 0001"),
        CardPerson("Omar", "Base commander", "آمر القاعدة", "+964 770 000 0002"),
    ),
    (
        CardDuty(Permission.RELEASE, ("",), ("ALERT",), ("Layla",), ("Omar",)),
        CardDuty(Permission.END, (), (), ("Layla", "Omar")),
    ),
    "2026-11-01",
    "Omar",
)
RAID = (  # track, name, class, identity, level, score, east, north, up, speed, course
    (101, "", "owa", Identity.SUSPECT, Level.WARN, 88.0, -2300.0, 3100.0, 210.0, 52.0, 142.0),
    (102, "", "owa", Identity.SUSPECT, Level.WARN, 81.0, -2900.0, 3500.0, 230.0, 51.0, 141.0),
    (117, "", "multirotor", Identity.UNKNOWN, Level.ALERT, 37.0, 3300.0, -2400.0, 90.0, 14.0, 305.0),
    (96, "", "unknown", Identity.PENDING, Level.WATCH, 18.0, -5200.0, -3800.0, 400.0, 31.0, 60.0),
    (73, "IAW 117", "crewed", Identity.ASSUMED_FRIEND, Level.INFO, 0.4, 7400.0, 5200.0, 3200.0, 118.0, 255.0),
    (74, "DUSTOFF 2", "crewed", Identity.FRIEND, Level.INFO, 0.2, 1200.0, -3400.0, 150.0, 44.0, 10.0),
    (88, "", "bird", Identity.NEUTRAL, Level.INFO, 0.8, -1400.0, -2900.0, 60.0, 12.0, 200.0),
)


class SyntheticSite:
    """A gateway that moves a few objects along straight lines and notes what operators do."""

    def __init__(self, site: Site = SITE, crowd: int = 0, alarms: int = 2, rate_hz: float = 5.0) -> None:
        self.site = site
        self.actions: list[Action] = []
        self.is_apart = False  # for tests that serve it either way
        self.refusal: MarsadError | None = None
        self.faults: tuple[str, ...] = ()
        self.notices: tuple[str, ...] = ()
        self.claims: dict[int, Claim] = {}
        self.navigation: NavigationHealth | None = None
        self.clock: ClockStep | None = None
        self.lost_sensors: frozenset[str] = frozenset()
        self.notes: dict[str, str] = {}
        self.sensors_known = True
        self.healths: dict[str, SensorHealth] = {}
        self.coasted_tracks: frozenset[int] = frozenset()  # carried on without a plot for 7 s
        self.scores: dict[int, float] = {}
        self.times_left_s: dict[int, float] = {}  # of tracks, where not as they fly
        self.decibans = 12.0
        self.evidence: tuple[Reason, ...] = ()  # besides what every track has
        self.levels_max: Level = Level.WARN
        self.registration: RegistrationTable | None = None
        self.flights = FlightPicture()
        self.alert_zone = "fuel"  # "": the alert is of the whole site
        self.ended_tracks: frozenset[int] = frozenset()
        self.paused = False
        self.started_ns = time.time_ns()
        self._crowd = crowd
        self._alarms = alarms
        self._rate_hz = rate_hz
        self.stage = Phase("running")
        self.noted: list[SecurityLine] = []
        self.askers: tuple[Asker, ...] = ()
        self.telling = Telling()
        self.output_health: tuple[OutputHealth, ...] = ()
        self.drilling = Drilling()
        self.response = Response()
        self.on_watch = OnWatch()
        self.ended: tuple[WarningEvent, ...] = ()
        self.all_clears: tuple[StandingAllClear, ...] = ()
        self.seen_with: dict[str, int] = {}  # per acknowledged alarm, with how many objects; all, if not said
        self.gone_alarms: frozenset[str] = frozenset()  # that stand while nothing of them comes
        self.lost_objects: tuple[LostObject, ...] = ()  # with their sensors, of the alarms that name them
        self._acknowledged: dict[str, tuple[int, str]] = {}
        self._identities: dict[int, Identity] = {}
        self._incident = _incident(self.started_ns)
        self._random = np.random.default_rng(7)
        self._crowd_start = self._random.uniform(-12_000, 12_000, (crowd, 2))
        self._crowd_velocity = self._random.uniform(-40, 40, (crowd, 2))

    def picture(self) -> Picture | None:
        return self.picture_at(time.time_ns())

    def picture_at(self, t_ns: int) -> Picture:
        elapsed_s = (t_ns - self.started_ns) / SECOND
        alarms = _alarms(t_ns, self.started_ns, self.site, self.alert_zone)[: self._alarms]
        tracks = self._tracks(t_ns, elapsed_s)
        there = ~np.isin(tracks.track_id, list(self.ended_tracks))
        tracks = tracks.where(there)
        judged = (one for one in self._assessments(t_ns, elapsed_s) if one.track_id not in self.ended_tracks)
        return Picture(
            t_ns,
            tracks,
            tuple(judged),
            tuple(self._seen(alarm) for alarm in alarms),
            tuple(self._sensors(t_ns)) if self.sensors_known else (),
            self._incident,
            (("frames", int(elapsed_s * 50)), ("detections", int(elapsed_s * 40))),
            self.faults,
            tuple(("radar-1", "rf-1") if row < 4 else ("adsb-1",) for row in np.flatnonzero(there).tolist()),
            registration=self.registration,
            notices=self.notices,
            flights=self.flights,
            claims=tuple(self.claims.get(track_id) for track_id in tracks.track_id.tolist()),
            navigation=self.navigation,
            clock=self.clock,
            askers=self.askers,
            telling=self.telling,
            output_health=self.output_health,
            drilling=self.drilling,
            response=self.response,
            watch=self.on_watch,
            ended=self.ended,
            all_clears=self.all_clears,
        )

    async def subscribe(self) -> AsyncIterator[Picture]:
        while True:
            if not self.paused:
                yield self.picture_at(time.time_ns())
            await asyncio.sleep(1 / self._rate_hz)

    async def submit(self, action: Action, key: str = "") -> None:
        if self.refusal is not None:
            raise self.refusal
        self.actions.append(action)
        now = time.time_ns()
        match action:
            case Acknowledge():
                self._acknowledged[action.alarm_id] = (now, action.by)
            case AllClear():
                self._alarms = 0
            case SetIdentity():
                self._decide(now, action)
            case DeclareFlights():
                self.flights = replace(self.flights, flights=(*self.flights.flights, *action.flights))
            case CancelFlight():
                self.flights = replace(
                    self.flights,
                    flights=tuple(
                        replace(one, cancelled=one.cancelled or one.flight_id == action.flight_id)
                        for one in self.flights.flights
                    ),
                )
            case AskOwner():
                question = Question(
                    action.track_id, action.flight_id, action.answer, action.by, now, action.note
                )
                self.flights = replace(self.flights, questions=(question,))
            case HeadCount():
                self._change(now, "site.head_count", action.by, accounted=action.complete)
            case ReportOutcome():
                objects = tuple(
                    replace(item, outcome=action.outcome, outcome_t_ns=action.t_ns, outcome_by=action.by)
                    if action.track_id in item.track_ids
                    else item
                    for item in self._incident.objects
                )
                self._change(now, "site.outcome", action.by, objects=objects)
            case CloseIncident():
                self._change(
                    now,
                    "site.closed",
                    action.by,
                    closed_t_ns=now,
                    closed_by=action.by,
                    outcome=action.outcome,
                    casualties=action.casualties,
                    damage=action.damage,
                    claim=action.claim,
                )

    def _decide(self, t_ns: int, action: SetIdentity) -> None:
        others = tuple(one for one in self.flights.decisions if one.track_id != action.track_id)
        if action.identity in (Identity.PENDING, Identity.UNKNOWN):
            self._identities.pop(action.track_id, None)
            self.flights = replace(self.flights, decisions=others)
            return
        self._identities[action.track_id] = action.identity
        made = Decision(action.track_id, action.identity, action.by, t_ns, action.why.value, action.reason)
        self.flights = replace(self.flights, decisions=(*others, made))

    def phase(self) -> Phase:
        return self.stage

    def incidents(self, limit: int = 200, before_t_ns: int | None = None) -> list[Incident]:
        is_asked = before_t_ns is None or self._incident.opened_t_ns < before_t_ns
        return [self._incident][:limit] if is_asked else []

    def note_security(self, event: SecurityEvent) -> None:
        self.noted.append(SecurityLine(time.time_ns(), event))

    def security(self) -> list[SecurityLine]:
        return self.noted[::-1]

    def delays(self) -> list[Delay]:
        return [Delay("2026-11", "", 2, 3.2, 4.8), Delay("2026-11", "gate", 2, 0.4, 1.9)]

    async def incident(self, incident_id: str) -> Incident | None:
        return self._incident if incident_id == self._incident.incident_id else None

    async def coverage(self) -> CoverageMaterial:
        sensors = tuple(self._sensors(time.time_ns()))
        return CoverageMaterial(self.site, sensors, CoverageSettings(), 3, 0.2, {})

    async def dossier(self, incident_id: str) -> Dossier:
        incident = self._incident
        series = series_facts(incident, [], lambda site_id: self.site.utc_offset_s)
        return Dossier(self.site, incident, tuple(self._sensors(time.time_ns())), series, "0" * 64, "1")

    def close(self, by: str) -> None:
        """What the site does when a person closes the incident."""
        now = time.time_ns()
        self._change(now, "site.closed", by, closed_t_ns=now, closed_by=by, outcome=Outcome.STOPPED)

    def find_object(self, track_id: int) -> None:
        """From the next picture on, the incident has one more object."""
        first = self._incident.objects[0]
        objects = (*self._incident.objects, replace(first, track_ids=(track_id,)))
        self._change(time.time_ns(), "site.object", "", objects=objects)

    def reach(self, track_id: int, zone_id: str, *, is_over: bool = True) -> None:
        """From the next picture on, an object was last seen over a zone, or before it."""
        objects = tuple(
            replace(item, proposed=Outcome.LANDED, reached_zone_id=zone_id, reached_over=is_over)
            if track_id in item.track_ids
            else item
            for item in self._incident.objects
        )
        self._change(time.time_ns(), "site.object", "", objects=objects)

    def clear(self, *zone_ids: str) -> None:
        """From the next picture on, the all-clear stands for those zones."""
        self._change(time.time_ns(), "site.cleared", "", cleared=zone_ids)

    def retract(self, alarm_id: str, zone_id: str) -> None:
        """From the next picture on, an alarm was retracted."""
        now = time.time_ns()
        what = Reason(
            "incident.retracted", (("zone_id", zone_id), ("alarm_id", alarm_id), ("words", "a bird"))
        )
        timeline = (*self._incident.timeline, TimelineEntry(now, what, "Lina"))
        self._incident = replace(self._incident, version=self._incident.version + 1, timeline=timeline)

    def show_alarms(self, count: int) -> None:
        """From the next picture on, so many alarms."""
        self._alarms = count

    def _change(self, t_ns: int, code: str, by: str, **changes: object) -> None:
        entry = TimelineEntry(t_ns, Reason(code), by)
        self._incident = replace(
            self._incident,
            version=self._incident.version + 1,
            timeline=(*self._incident.timeline, entry),
            **changes,  # type: ignore[arg-type]
        )

    def _seen(self, alarm: Alarm) -> Alarm:
        if alarm.alarm_id in self.gone_alarms:
            nothing = TimeLeft(math.nan, math.nan, math.nan)
            alarm = replace(alarm, active_ids=(), time_left=nothing, last_active_t_ns=self.started_ns)
        lost = tuple(one for one in self.lost_objects if one.track_id in alarm.active_ids)
        alarm = replace(alarm, lost=lost)
        if alarm.alarm_id not in self._acknowledged:
            return alarm
        t_ns, by = self._acknowledged[alarm.alarm_id]
        seen = self.seen_with.get(alarm.alarm_id, len(alarm.track_ids))
        return replace(alarm, acknowledged_t_ns=t_ns, acknowledged_by=by, acknowledged_count=seen)

    def _tracks(self, t_ns: int, elapsed_s: float) -> TrackTable:
        rows = []
        for track_id, _, _, _, _, _, east, north, up, speed, course in RAID:
            velocity = (speed * math.sin(math.radians(course)), speed * math.cos(math.radians(course)))
            turn = elapsed_s % 90
            rows.append(
                (track_id, east + velocity[0] * turn, north + velocity[1] * turn, up, *velocity, -1.0)
            )
        crowd = self._crowd_start + self._crowd_velocity * (elapsed_s % 600)
        for number, (place, velocity_en) in enumerate(zip(crowd, self._crowd_velocity, strict=True)):
            rows.append((1000 + number, *place, 300.0, *velocity_en, 0.0))
        table = np.array(rows, float)
        count = len(rows)
        covariance = np.zeros((count, 6, 6))
        covariance[:] = np.diag([900.0, 2500.0, 400.0, 4.0, 4.0, 1.0])
        covariance[:, 0, 1] = covariance[:, 1, 0] = 1000.0
        then = np.full(count, self.started_ns - 30 * SECOND)
        return TrackTable(
            t_ns,
            table[:, 0].astype(np.int64),
            table[:, 1:7],
            covariance,
            np.full(count, 0.99),
            np.ones(count, bool),
            then,
            t_ns - np.where(np.isin(table[:, 0], list(self.coasted_tracks)), 7 * SECOND, SECOND // 2),
            np.full(count, 30),
            np.full((count, 3), 1 / 3),
        )

    def _assessments(self, t_ns: int, elapsed_s: float) -> tuple[ThreatAssessment, ...]:
        raid = [
            _assessment(
                t_ns, elapsed_s, track, name, class_name, self._identities.get(track, identity), level, score
            )
            for track, name, class_name, identity, level, score, *_ in RAID
        ]
        crowd = [
            _assessment(t_ns, elapsed_s, 1000 + number, "", "bird", Identity.NEUTRAL, Level.INFO, 0.1)
            for number in range(self._crowd)
        ]
        made = raid + crowd
        return tuple(
            replace(
                one,
                score=self.scores.get(one.track_id, one.score),
                zones=self._timed(one),
                level=min(one.level, self.levels_max),
                decibans=self.decibans,
                evidence=one.evidence + self.evidence,
            )
            for one in made
        )

    def _timed(self, one: ThreatAssessment) -> tuple[ZoneThreat, ...]:
        left_s = self.times_left_s.get(one.track_id)
        if left_s is None:
            return one.zones
        return tuple(
            replace(zone, time_to_impact_s=left_s, time_low_s=left_s, time_high_s=left_s)
            for zone in one.zones
        )

    def _sensors(self, t_ns: int) -> Iterator[Sensor]:
        for sensor_id, name, kind, place, coverage in (
            ("radar-1", "Radar North", SensorKind.RADAR, (0.0, 1500.0, 10.0), Coverage(range_max_m=8000)),
            (
                "radar-2",
                "Radar South",
                SensorKind.RADAR,
                (1500.0, -1800.0, 8.0),
                Coverage(100, 6000, 1.2, 3.6),
            ),
            ("rf-1", "RF Tower", SensorKind.RADIO_FREQUENCY, (-800.0, 0.0, 25.0), Coverage(range_max_m=5000)),
            ("eo-1", "Camera West", SensorKind.CAMERA, (-1700.0, 200.0, 12.0), Coverage(0, 3000, 4.2, 1.1)),
            ("adsb-1", "ADS-B", SensorKind.ADSB, (0.0, 0.0, 10.0), Coverage()),
        ):
            lost = sensor_id in self.lost_sensors
            yield Sensor(
                sensor_id,
                name,
                kind,
                "sapient",
                place,
                coverage,
                health=self.healths.get(sensor_id, SensorHealth.LOST if lost else SensorHealth.OK),
                last_t_ns=self.started_ns - 5 * SECOND if lost else t_ns - SECOND // 3,
                note=self.notes.get(sensor_id, ""),
            )


def _assessment(
    t_ns: int,
    elapsed_s: float,
    track_id: int,
    name: str,
    class_name: str,
    identity: Identity,
    level: Level,
    score: float,
) -> ThreatAssessment:
    likely = 0.86
    others = (1 - likely) / (len(THREAT_CLASSES) - 1)
    left_s = {101: 62.0, 102: 71.0, 117: 170.0}.get(track_id, NAN) - elapsed_s % 90
    zone_id = "fuel" if track_id == 117 else "north"
    zones = tuple(
        ZoneThreat(zone, 1800.0, 60.0, hit, left_s, left_s * 0.85, left_s * 1.2, 40.0, score * hit, level)
        for zone, hit in ((zone_id, 0.83), ("line", 0.31))
    )
    evidence = (
        Reason(f"class.mix.{class_name}", (("probability_percent", likely * 100),), 8.0),
        Reason("identity.none", (), 3.0),
        Reason("intent.closing", (("duration_s", 24.0 + elapsed_s % 90),), 2.0),
        Reason("intent.low_fast", (("speed_mps", 52.0),), 3.0),
        Reason("context.known_activity", (), -4.0),
    )
    limits = (("limit_percent", 50.0), ("time_s", left_s), ("limit_s", 60.0), ("hostility_percent", 92.0))
    warns = level is Level.WARN
    return ThreatAssessment(
        track_id,
        t_ns,
        level,
        score,
        identity,
        name,
        tuple(likely if item == class_name else others for item in THREAT_CLASSES),
        min(0.99, score / 90),
        12.0,
        evidence,
        Reason("rule.warn_course", (("zone_id", "north"), ("hit_percent", 83.0), *limits))
        if warns
        else Reason("rule.info", (("score", score), ("limit", 15.0))),
        Reason("counter.time", (("zone_id", "north"), ("limit_s", 60.0))) if warns else None,
        zones if level > Level.INFO else (),
    )


def _told(rule: str, track_id: int, class_name: str, zone_id: str, left_s: float) -> tuple[Reason, ...]:
    """Why an alarm is raised, what its time is of, and how many there are."""
    numbers = (
        ("zone_id", zone_id), ("hit_percent", 83.0), ("limit_percent", 50.0), ("time_s", left_s),
        ("limit_s", 60.0), ("hostility_percent", 92.0), ("uncrewed_percent", 97.0),
    )  # fmt: skip
    about = (
        ("track_id", float(track_id)),
        ("zone_id", zone_id),
        ("hit_percent", 83.0),
        ("distance_m", 1800.0),
    )
    counted = Reason("alarm.tracks", (("active", 2.0), ("ever", 2.0)))
    return Reason(rule, numbers), Reason(f"alarm.track.{class_name}", about), counted


def _alarms(t_ns: int, started_ns: int, site: Site, alert_zone: str) -> tuple[Alarm, ...]:
    left_s = 62.0 - (t_ns - started_ns) / SECOND % 90
    first = Alarm(
        "asad-a1",
        "raid-1",
        "north",
        Level.WARN,
        AlarmState.ACTIVE,
        started_ns,
        t_ns,
        (101, 102),
        (101, 102),
        TimeLeft(left_s, left_s * 0.85, left_s * 1.2),
        _told("rule.warn_course", 101, "owa", "north", left_s),
    )
    second = replace(
        first,
        alarm_id="asad-a2",
        zone_id=alert_zone,
        reasons=_told("rule.alert_drone", 117, "multirotor", "fuel", left_s + 108),
        stage=Level.ALERT,
        track_ids=(117,),
        active_ids=(117,),
        time_left=TimeLeft(left_s + 108, (left_s + 108) * 0.85, (left_s + 108) * 1.2),
    )
    third = replace(
        second,
        alarm_id="asad-a3",
        zone_id="line",
        state=AlarmState.PASSED,
        active_ids=(),
        last_active_t_ns=started_ns,
    )
    if site.zones != SITE.zones:  # another site: every zone is warned at once
        return tuple(
            replace(
                first,
                alarm_id=f"asad-a{number}",
                zone_id=zone.zone_id,
                reasons=_told("rule.warn_course", 101, "owa", zone.zone_id, left_s),
            )
            for number, zone in enumerate(site.zones, 1)
        )
    others = [
        replace(
            first,
            alarm_id=f"asad-a{number}",
            zone_id=zone_id,
            reasons=_told("rule.warn_course", 101, "owa", zone_id, left_s),
        )
        for number, zone_id in enumerate(("runway-north", "runway-south", "housing"), 4)
    ]
    return (first, second, third, *others)


def _incident(t_ns: int) -> Incident:
    objects = tuple(
        IncidentObject(
            (track_id,), "owa", t_ns - 30 * SECOND, (-5000.0, 6400.0, 300.0), 8122.0, 5.62, t_ns,
            (-2300.0, 3100.0, 210.0), 52.0, ("radar-1", "rf-1"),
        )
        for track_id in (101, 102)
    )  # fmt: skip
    timeline = (
        TimelineEntry(t_ns - 30 * SECOND, Reason("incident.detected", (("track_id", 101.0),))),
        TimelineEntry(t_ns - 4 * SECOND, Reason("incident.warned", (("zone_id", "north"),))),
        TimelineEntry(t_ns, Reason("alarm.tracks", (("active", 2.0), ("ever", 2.0)))),
    )
    warnings = (IncidentWarning("north", "warn", t_ns, 62.0, 101),)
    return Incident("asad-2026-11-22-1", "asad", 3, t_ns, None, True, objects, warnings, timeline)


class Served:
    """A server on a real socket in a thread of its own."""

    def __init__(self, gateway: SyntheticSite, settings: ServerSettings) -> None:
        self.gateway = gateway
        self.server = server_of(gateway, settings)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", settings.port))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def hub(self) -> PictureHub:
        hub: PictureHub = self.server.config.app.state.hub  # type: ignore[union-attr]
        return hub

    def __enter__(self) -> "Served":
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self.server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.server.started
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server; what it still has open then is cut off."""
        self.server.should_exit = True
        self._thread.join(60)  # on a busy machine what a thread works out takes its time
        self._socket.close()
        assert not self._thread.is_alive(), "the server does not end"

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self.server.serve([self._socket]))


if __name__ == "__main__":
    crowd = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    uvicorn_server = server_of(SyntheticSite(crowd=crowd), ServerSettings(port=port))
    uvicorn_server.run()
