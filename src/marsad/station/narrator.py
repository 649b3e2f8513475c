"""Tells in words what happens at a site, for a terminal: an observer of effects and pictures."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import degrees, isfinite, nan

import numpy as np

from marsad.coverage.holes import told_opened
from marsad.geo.polar import polar_from_enu
from marsad.model.detection import Claim, Distress
from marsad.model.drill import Drill, Verdict
from marsad.model.effect import Effect, Register, Warn
from marsad.model.incident import Incident, IncidentObject, Outcome, lead_as_recorded_s
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor, SensorHealth
from marsad.model.site import Site
from marsad.model.threat import Identity, Level
from marsad.model.threat_table import ThreatTable
from marsad.model.warning import AlarmState, WarningEvent, WarningEventKind
from marsad.report.account import account_of, whole_s
from marsad.report.facts import called, outcome_text, outcomes_text
from marsad.report.sensor_note import note_text
from marsad.report.wording import Language, catalogue, joined, word
from marsad.report.wording.dates import clock, local_time
from marsad.site.doors import CROWD, crowd_of
from marsad.station.coverage_watch import CoverageWatch
from marsad.station.station import Station

_WITHOUT_STAGE = (
    WarningEventKind.ACKNOWLEDGED,
    WarningEventKind.PASSED,
    WarningEventKind.ALL_CLEAR,
    WarningEventKind.RETRACTED,
    WarningEventKind.REACHED,
)
_TOLD_MAX = 10_000
_FINE_NS = 5 * 1_000_000_000  # a disk with room for a few bytes now and then is still full
_DISTRESS_AGAIN_NS = 600 * 1_000_000_000  # a call for help that was not heard for so long is a new one
_DISTRESS_TOLD = frozenset({Distress.UNLAWFUL_INTERFERENCE, Distress.EMERGENCY})
_FAULT_AGAIN_NS = 60 * 1_000_000_000  # a fault of the site itself is told again while it lasts


@dataclass(slots=True)
class _FaultTold:
    """Since when a fault is there, when it was told last, and since when it is gone again."""

    first_t_ns: int
    last_t_ns: int
    fine_since_t_ns: int | None = None


class Narrator:
    """Turns what a site does into sentences, each thing once."""

    def __init__(self, site: Site, language: Language, coverage: CoverageWatch | None = None) -> None:
        self.coverage = coverage
        self._site = site
        self._language: Language = language
        self._told: set[tuple[str, object]] = set()
        self._begun = False
        self._detected = False
        self._health: dict[str, SensorHealth] = {}
        self._faults: dict[str, _FaultTold] = {}
        self._distress: dict[tuple[str, Distress], int] = {}
        self._unrecorded = 0
        self._crowds: set[str] = set()

    def sentences(self, effects: Iterable[Effect], picture: Picture | None) -> Iterator[str]:
        """What there is to tell after these effects and in this picture."""
        if picture is not None:
            yield from self._of_picture(picture)
        for effect in effects:
            if isinstance(effect, Warn):
                yield from self._of_event(effect.event)
            elif isinstance(effect, Register):
                yield from self._of_incident(effect.incident)

    def _of_picture(self, picture: Picture) -> Iterator[str]:
        if not self._begun:
            self._begun = True
            if dict(picture.counters).get("restarts"):
                yield from self._resumed(picture)
        if picture.clock is not None and self._first("clock", picture.clock.t_ns - picture.utc_offset_ns):
            yield word(picture.clock.what, self._language)
        yield from self._of_faults(picture)
        if (drill := picture.drilling.last) is not None:
            yield from self._of_drill(drill)
        for news in picture.flights.news:
            if self._first("flight", (news.t_ns - picture.utc_offset_ns, news.what)):
                yield word(news.what, self._language)
        yield from self._of_crowds(picture)
        yield from self._of_distress(picture)
        for sensor in picture.sensors:
            yield from self._of_sensor(sensor)
        yield from self._of_coverage(picture)
        heard = sum(
            sensor.last_t_ns > 0 and sensor.health is not SensorHealth.REFUSED for sensor in picture.sensors
        )
        if not self._detected and dict(picture.counters).get("detections"):
            self._detected = True
            yield self._word("narrator.first-detection", sensor_count=float(heard))
        threats = ThreatTable.of(picture.assessments)
        for row in threats.at_least(Level.WATCH).tolist():
            assessment = threats[row]
            is_new = self._first("watched", assessment.track_id)
            what = assessment.track_id, assessment.class_name
            # what people are warned of is told again once it is taken for something else: each once
            is_other = (is_new or assessment.level >= Level.ALERT) and self._first("class", what)
            if is_new or is_other:
                speed_mps = float(np.linalg.norm(picture.tracks.mean[row, 3:5]))
                friendly = assessment.identity in (Identity.FRIEND, Identity.ASSUMED_FRIEND)
                yield self._word(
                    "narrator.track.friend" if friendly and assessment.name else "narrator.track",
                    name=_printable(assessment.name),
                    track=str(assessment.track_id),
                    class_name=word(Reason(f"report.class.{assessment.class_name}"), self._language),
                    speed_mps=speed_mps,
                    **_whereabouts(picture, row),
                )

    def _of_crowds(self, picture: Picture) -> Iterator[str]:
        """A crowd at a door, once for each while it lasts."""
        crowds = [crowd_of(code) for code in picture.notices if code.startswith(CROWD)]
        self._crowds &= {one.door for one in crowds}
        for one in crowds:
            if one.door not in self._crowds:
                self._crowds.add(one.door)
                yield self._word("station.crowd", door=one.door, number=one.count, addresses=one.addresses)

    def _of_distress(self, picture: Picture) -> Iterator[str]:
        """An aircraft that calls for help or is taken over: at once, and not again while it goes on."""
        t_ns = picture.t_ns - picture.utc_offset_ns
        for row, claim in enumerate(picture.claims):
            if claim is None or claim.state.distress not in _DISTRESS_TOLD:
                continue
            key = claim.label, claim.state.distress
            before = self._distress.get(key)
            if before is None and len(self._distress) >= _TOLD_MAX:
                continue
            self._distress[key] = t_ns
            if before is None or t_ns - before > _DISTRESS_AGAIN_NS:
                yield self._word(
                    f"narrator.distress.{claim.state.distress.value}",
                    track=str(picture.tracks.track_id[row]),
                    name=_name_of(claim),
                    squawk=claim.state.squawk or nan,
                    **_whereabouts(picture, row),
                )

    def _resumed(self, picture: Picture) -> Iterator[str]:
        """Where a run goes on from an earlier one: what is old is not told as news, what is open is told."""
        self._detected = bool(dict(picture.counters).get("detections"))
        for sensor in picture.sensors:
            if sensor.health is SensorHealth.OK:  # as it was when the earlier run ended
                self._health[sensor.sensor_id] = sensor.health
        for assessment in ThreatTable.of(picture.assessments):
            self._first("watched", assessment.track_id)
            self._first("class", (assessment.track_id, assessment.class_name))
        for news in picture.flights.news:
            self._first("flight", (news.t_ns - picture.utc_offset_ns, news.what))
        if (drill := picture.drilling.last) is not None:
            self._first("drill", drill.drill_id)
            if drill.is_over:
                self._first("drill over", drill.drill_id)
        if picture.clock is not None and picture.t_ns - picture.clock.t_ns > _FINE_NS:
            self._first("clock", picture.clock.t_ns - picture.utc_offset_ns)
        if (incident := picture.incident) is not None:
            for number, item in enumerate(incident.objects):
                if item.outcome is not Outcome.UNKNOWN:
                    self._first("outcome", (incident.incident_id, number))
            if incident.closed_t_ns is not None:
                self._first("closed", incident.incident_id)
        for alarm in picture.alarms:
            if alarm.state is not AlarmState.CLEARED and self._first("raised", alarm.alarm_id):
                passed = alarm.state is AlarmState.PASSED
                yield self._word(
                    f"narrator.goes-on.{'passed' if passed else alarm.stage.name.lower()}",
                    zone=self._zone(alarm.zone_id),
                    at=clock(local_time(alarm.opened_t_ns, self._site.utc_offset_s), self._language),
                )

    def _of_faults(self, picture: Picture) -> Iterator[str]:
        """What is wrong with the site itself: at once, again while it lasts, and when it is over."""
        t_ns = picture.t_ns - picture.utc_offset_ns  # whatever becomes of the machine's clock meanwhile
        unrecorded = dict(picture.counters).get("frames.unrecorded", 0)
        for code in picture.faults:
            kind, _, output = code.partition(":")
            key, told = f"station.fault.{kind}", self._faults.get(code)
            if key not in catalogue(self._language):
                continue
            if told is None:
                self._faults[code] = _FaultTold(t_ns, t_ns)
                yield self._word(key, output=output)
            elif t_ns - told.last_t_ns >= _FAULT_AGAIN_NS:
                told.last_t_ns = t_ns
                minutes = (t_ns - told.first_t_ns) / 60e9
                yield self._word("station.fault.still", minutes=minutes, fault=self._word(key, output=output))
        for code, told in list(self._faults.items()):
            if code in picture.faults:
                told.fine_since_t_ns = None
                continue
            told.fine_since_t_ns = told.fine_since_t_ns or t_ns
            if t_ns - told.fine_since_t_ns >= _FINE_NS:
                del self._faults[code]
                missing = float(unrecorded - self._unrecorded)
                kind, _, output = code.partition(":")
                yield self._word(f"station.fault.over.{kind}", frame_count=missing, output=output)
        if "journal.unwritable" not in self._faults:
            self._unrecorded = unrecorded

    def _of_drill(self, drill: Drill) -> Iterator[str]:
        """That one began, and how it went."""
        if self._first("drill", drill.drill_id):
            begun = "narrator.drill.begun" if drill.by else "narrator.drill.begun.itself"
            yield self._word(begun, by=self._called(drill.by))
        if drill.is_over and self._first("drill over", drill.drill_id):
            failed = [row.output_id for row in drill.rows if row.verdict is Verdict.FAILED]
            tried = float(sum(row.delivery is not None for row in drill.rows))
            code = "narrator.drill.failed" if failed else "narrator.drill.passed"
            yield self._word(code, outputs=", ".join(failed), output_count=tried)

    def _of_sensor(self, sensor: Sensor) -> Iterator[str]:
        """That it is heard, and whenever its health changes."""
        before = self._health.get(sensor.sensor_id)
        if sensor.last_t_ns == 0 or sensor.health is before:
            return
        if before is None and len(self._health) >= _TOLD_MAX:
            return
        self._health[sensor.sensor_id] = sensor.health
        kind = word(Reason(f"report.sensor_kind.{sensor.kind.value}"), self._language)
        code = f"station.sensor.{sensor.health.value}"
        if sensor.health is SensorHealth.OK:
            code = "station.sensor.heard" if before is None else "station.sensor.back"
        name = self._called(_printable(sensor.name or sensor.sensor_id))
        note = _printable(note_text(sensor, self._language))
        yield self._word(code, name=name, kind=kind, note=note)

    def _of_coverage(self, picture: Picture) -> Iterator[str]:
        """The holes that opened because sensors fell silent, and that there are none any more."""
        if self.coverage is None:
            return
        self.coverage.look(picture)
        names = {sensor.sensor_id: self._called(_printable(sensor.name)) for sensor in picture.sensors}
        for opening in self.coverage.news():
            if opening is None:
                yield self._word("coverage.closed")
                continue
            at = ""
            if opening.since_t_ns:
                at = clock(local_time(opening.since_t_ns, self._site.utc_offset_s), self._language)
            silent = [names[sensor_id] for sensor_id in opening.sensor_ids]
            yield word(told_opened(opening.hole, at, silent), self._language)

    def _of_event(self, event: WarningEvent) -> Iterator[str]:
        if event.kind is WarningEventKind.RAISED:
            self._first("raised", event.alarm_id)
        if event.kind is WarningEventKind.REACHED and not self._first(
            "reached", (event.track_id, event.zone_id)
        ):
            return
        code = f"narrator.{event.kind.value}.{event.stage.name.lower()}"
        said = {reason.code for reason in event.reasons}
        if event.kind in _WITHOUT_STAGE:
            code = f"narrator.{event.kind.value}"
        if "alarm.reached_ahead" in said:
            code = "narrator.reached-ahead"
        if event.kind is WarningEventKind.RAISED and event.by:
            was_retracted = "alarm.retraction_taken_back" in said
            code = "narrator.retraction-taken-back" if was_retracted else "narrator.taken-back"
        elif event.kind is WarningEventKind.RAISED and not isfinite(event.time_left.likely_s):
            code += ".no-time"
        yield self._word(
            code,
            zone=self._zone(event.zone_id),
            track=str(event.track_id or ""),
            time_s=whole_s(lead_as_recorded_s(event.time_left.likely_s)),
            low_s=event.time_left.low_s,
            high_s=event.time_left.high_s,
            by=self._called(event.by),
            words=_printable(_words_of(event)),
        )

    def _of_incident(self, incident: Incident) -> Iterator[str]:
        known = [item.outcome is not Outcome.UNKNOWN for item in incident.objects]
        fresh = [
            n for n, told in enumerate(known) if told and self._first("outcome", (incident.incident_id, n))
        ]
        closed = incident.closed_t_ns is not None and self._first("closed", incident.incident_id)
        if not (fresh or closed):
            return
        account = account_of(incident, self._site)
        for number in fresh:
            yield from self._of_object(incident.objects[number], account.entered[number])
        if closed:
            outcomes = outcomes_text(account, self._language)
            yield self._word("narrator.closed", incident=incident.incident_id, outcome=outcomes)

    def _of_object(self, item: IncidentObject, entered: tuple[str, ...]) -> Iterator[str]:
        """What became of an object, when, who says so, and how far it had come."""
        track = ", ".join(map(str, item.track_ids))
        t_ns = item.last_t_ns if item.outcome_t_ns is None else item.outcome_t_ns
        yield self._word(
            "narrator.outcome",
            track=track,
            outcome=outcome_text(item.outcome, self._language),
            at=clock(local_time(t_ns, self._site.utc_offset_s), self._language),
            by=self._called(item.outcome_by),
        )
        if entered:
            zones = joined([self._zone(zone_id) for zone_id in entered], self._language)
            yield self._word("narrator.entered", track=track, zones=zones)

    def _called(self, by: str) -> str:
        return called(by, self._site, self._language)

    def _zone(self, zone_id: str) -> str:
        """The zone's name; an alarm of no one zone is the whole site's."""
        place = self._site.zone(zone_id) if zone_id else self._site
        return place.name_ar if self._language == "ar" else place.name_en

    def _word(self, code: str, **arguments: float | str) -> str:
        return word(Reason(code, tuple(arguments.items())), self._language)

    def _first(self, what: str, key: object) -> bool:
        if (what, key) in self._told or len(self._told) >= _TOLD_MAX:
            return False
        self._told.add((what, key))
        return True


class Telling:
    """A narrator at work: what it has to tell of a running station goes on at once.

    tell   called with time and sentence
    now    the station's clock
    """

    def __init__(self, narrator: Narrator, tell: Callable[[int, str], None], now: Callable[[], int]) -> None:
        self._narrator = narrator
        self._tell = tell
        self._now = now

    def hear(self, effect: Effect) -> None:
        """Take an effect in."""
        t_ns = time_of(effect, self._now())
        for sentence in self._narrator.sentences([effect], None):
            self._tell(t_ns, sentence)

    async def look(self, station: Station) -> None:
        """Follow the pictures until cancelled."""
        async for picture in station.subscribe():
            if self._narrator.coverage is not None:  # it may take a tenth of a second, and the fold goes on
                await asyncio.to_thread(self._narrator.coverage.look, picture)
            for sentence in self._narrator.sentences([], picture):
                self._tell(picture.t_ns, sentence)


def time_of(effect: Effect, now_t_ns: int) -> int:
    """When what an effect tells of happened: the report gives the same time for it."""
    return effect.event.t_ns if isinstance(effect, Warn) else now_t_ns


def _whereabouts(picture: Picture, row: int) -> dict[str, float | str]:
    """Distance and bearing of a track from the site's reference point, as sentences quote them."""
    range_m, azimuth_rad, _ = polar_from_enu(picture.tracks.mean[row, :3])
    return {
        "range_km": float(range_m) / 1000,
        "bearing": f"{round(degrees(float(azimuth_rad))) % 360:03d}°",
    }


def _name_of(claim: Claim) -> str:
    return _printable(claim.callsign or claim.identifier)


def _printable(name: str) -> str:
    """A name that a peer chose, without what would steer a terminal or turn its text round."""
    return "".join(character for character in name if character.isprintable())


def _words_of(event: WarningEvent) -> str:
    """The words in which a person said why; "" for none."""
    said = (value for reason in event.reasons for name, value in reason.arguments if name == "words")
    return str(next(said, ""))
