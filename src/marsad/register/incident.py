"""The keeper of incidents: turns what the site sees, says and is told into a record of facts.

An incident opens with the first alarm that is announced, of whatever stage: an alert that came to
nothing is a fact too, and needless alarms can only be counted if they are written down. While
one is open every further alarm belongs to it. A person closes it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

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
    CONTINUES,
    Incident,
    IncidentTelling,
    TimelineEntry,
)
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site
from marsad.model.threat import Identity, Level, ThreatAssessment
from marsad.model.threat_table import ThreatTable
from marsad.model.track import TrackTable
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.register.alarm_ends import clear, raise_anew, retract, retracted_with, take_for_danger
from marsad.register.alarm_record import is_joining, stage_name
from marsad.register.closing import amend, close, enter_impact, report_outcome, take_back_impact
from marsad.register.objects import FirstSeen, ObjectRecord, follow_all, object_from_track, smooth_all
from marsad.register.open_incident import OpenIncident
from marsad.register.outcome import (
    check_texts,
    object_meant,
)
from marsad.register.settings import RegisterSettings

_FRIENDLY = (Identity.FRIEND, Identity.ASSUMED_FRIEND)
_GIVEN_MAX = 1_000


class IncidentKeeper:
    """Keeps the incident of one site; deterministic, picklable, bounded.

    ``record`` is called every assessment cycle, ``act`` for every operator action; both return the
    new version of the incident when something worth storing changed. Counters: ``objects_dropped``,
    ``objects_unknown`` (an alarm named a track that the table never showed), ``warnings_dropped``,
    ``lines_dropped``, ``tracks_forgotten``.
    """

    def __init__(self, site: Site, settings: RegisterSettings) -> None:
        self._first_seen = FirstSeen(settings.first_seen_count_max)
        self.adopt(site, settings)
        self._open: OpenIncident | None = None
        self._given: dict[str, None] = {}
        self._utc_offset_ns = 0
        self._latest: Incident | None = None
        self._amended_closed: list[Incident] = []
        self.objects_unknown = 0
        self._dropped: Counter[str] = Counter()

    @property
    def objects_dropped(self) -> int:
        """Objects and impacts that were too many to be written down."""
        return self._dropped["objects"]

    @property
    def warnings_dropped(self) -> int:
        """Warnings that were."""
        return self._dropped["warnings"]

    @property
    def lines_dropped(self) -> int:
        """Lines that were."""
        return self._dropped["lines"]

    def adopt(self, site: Site, settings: RegisterSettings) -> None:
        """From now on these settings hold, also for the incident at hand; what is written down stays."""
        self._site = site
        self._settings = settings
        self._first_seen.count_max = settings.first_seen_count_max

    @property
    def tracks_forgotten(self) -> int:
        """Tracks whose first position was given up because too many were remembered."""
        return self._first_seen.forgotten

    def current(self) -> Incident | None:
        """The open incident in its newest version, or None."""
        return self._latest if self._latest is not None and self._latest.closed_t_ns is None else None

    def latest(self) -> Incident | None:
        """The newest version of the newest incident, open or closed; None before the first."""
        return self._latest

    def record(
        self,
        t_ns: int,
        events: Sequence[WarningEvent],
        assessments: Sequence[ThreatAssessment],
        table: TrackTable,
        sensors_of: Mapping[int, tuple[str, ...]],
        smoothed: Sequence[TrackTable] = (),
        unwatched: frozenset[int] = frozenset(),
        impacts: ImpactTable | None = None,
    ) -> Incident | None:
        """Write down one cycle: what the warning stage announced and where the objects are.

        A track that ends unwatched is not said to be no longer detected: nobody looks.
        smoothed are pictures of the past, oldest first, that put the paths right.
        Structural changes make a new version at once, mere motion at most every store_period_s.
        """
        self._first_seen.look(table)
        moved = False
        by_track = ThreatTable.of(assessments).by_track
        if self._is_open():
            assert self._open is not None
            moved, ended = follow_all(self._open.objects, table, by_track, sensors_of, self._settings)
            if smoothed:
                smooth_all(self._open.objects, smoothed, self._settings)
            arrived = {event.track_id for event in events if event.kind is WarningEventKind.REACHED}
            for item in ended:
                if item.reached_zone_id or item.track_ids[-1] in arrived:
                    continue  # that it is gone is said already, and where
                unseen = item.track_ids[-1] in unwatched
                code = "incident.track_unwatched" if unseen else "incident.track_ended"
                self._open.line(t_ns, code, [("track_id", float(item.track_ids[-1]))])
        for event in events:
            self._take(event, table, by_track, sensors_of)
        if impacts is not None and self._open is not None:
            warned = {event.track_id for event in events if event.stage is Level.WARN and is_joining(event)}
            for item in self._open.objects:
                item.predict(impacts)
                if item.track_ids[-1] in warned:
                    item.warn(t_ns, impacts)
        if not self._is_open():
            return None
        assert self._open is not None
        due = t_ns - self._open.stored_t_ns >= self._settings.store_period_s * 1e9
        return self._version(t_ns) if self._open.changed or (moved and due) else None

    def note(self, t_ns: int, lines: Iterable[Line]) -> None:
        """Write lines into the timeline of the open incident; without one they are no part of any."""
        if self._open is not None and self._open.is_open:
            for line in lines:
                check_texts(line.by)
                self._open.line(t_ns, line.what.code, line.what.arguments, line.by)

    def set_clock(self, t_ns: int, utc_offset_ns: int, what: Reason) -> Incident | None:
        """UTC is from now on so far ahead of the times given here; what tells it stands in the open incident.

        Returns its new version: a reader must not find the times of two clocks in one version.
        """
        self._utc_offset_ns = utc_offset_ns
        if self._open is None or not self._open.is_open:
            return None
        self._open.line(t_ns, what.code, what.arguments)
        return self._version(t_ns)

    def tell(self, t_ns: int, told: Sequence[IncidentTelling]) -> Incident | None:
        """Write down to whom the alarms of the incident at hand went, and to whom their end.

        told  of any alarm, as far as it is remembered; what is written down already stays

        Returns the new version of an incident that is closed already: its retraction may arrive late.
        """
        kept = self._open
        if kept is None:
            return None
        for item in told:
            key = (item.output_id, item.alarm_id)
            known = kept.told.get(key)
            full = known is None and len(kept.told) >= self._settings.warning_count_max
            if item == known or full or item.alarm_id not in kept.alarms:
                continue
            kept.told[key] = item
            kept.changed = True
        return self._version(t_ns) if kept.changed and kept.closed_t_ns is not None else None

    def act(self, t_ns: int, action: Action, events: Sequence[WarningEvent] = ()) -> Incident | None:
        """Write down what a person did, and what became of alarms by it.

        Returns the new version, or None where the action changes no incident: what is said again by
        the same person is done already. Raises ReceivedError where it cannot be right: an outcome of no
        known object, or one that the objects contradict, casualties "none" before the head count is
        complete, nothing to close.
        """
        check_texts(action.by)
        match action:
            case ReportOutcome():
                self._report(t_ns, action)
            case RecordImpact():
                enter_impact(self._open, t_ns, action)
            case TakeBackImpact():
                take_back_impact(self._open, t_ns, action)
            case CloseIncident():
                close(self._open, t_ns, action)
            case AmendOutcome():
                amend(self._open, t_ns, action)
            case TakeBackAllClear():
                self._take_back(t_ns, action, events)
            case TakeBackRetraction():
                self._take_back_retraction(t_ns, action, events)
            case _ if self._open is None or not self._open.is_open:
                return None
            case Acknowledge():
                self._open.acknowledged(t_ns, action.alarm_id, action.by)
            case AllClear():
                clear(self._open, t_ns, action.zone_id, action.by, events)
            case Retract():
                retract(self._open, t_ns, action, [event.alarm_id for event in events])
            case HeadCount():
                self._open.count_heads(t_ns, action)
            case SetIdentity():
                self._open.identify(t_ns, action)
        if self._open is None or not self._open.changed:
            return None
        return self._version(t_ns)

    def _is_open(self) -> bool:
        return self._open is not None and self._open.is_open

    def _version(self, t_ns: int) -> Incident:
        assert self._open is not None
        self._latest = self._open.frozen(t_ns)
        return self._latest

    def _take(
        self,
        event: WarningEvent,
        table: TrackTable,
        assessments: Mapping[int, ThreatAssessment],
        sensors_of: Mapping[int, tuple[str, ...]],
    ) -> None:
        joins = is_joining(event)
        if not self._is_open():
            if not joins:
                return
            # a raid that goes on after its incident was closed must not go unwritten
            self._open_incident(event.t_ns)
        assert self._open is not None
        kept, stage = self._open, stage_name(event)
        zone: list[tuple[str, float | str]] = [("zone_id", event.zone_id)]
        if joins:
            kept.keep_alarm(event)
            if event.track_id is not None:
                self._join(event.t_ns, event.track_id, table, assessments, sensors_of)
        match event.kind:
            case WarningEventKind.RAISED:
                kept.warned(event)
                kept.cleared = [item for item in kept.cleared if item not in ("", event.zone_id)]
            case WarningEventKind.GREW:
                track: list[tuple[str, float | str]] = [("track_id", float(event.track_id or 0))]
                self._open.line(event.t_ns, f"incident.grew.{stage}", zone + track)
                if (alarm := kept.alarms.get(event.alarm_id)) is not None:
                    alarm.revive()
            case WarningEventKind.ACKNOWLEDGED:
                kept.acknowledged(event.t_ns, event.alarm_id, event.by)
            case WarningEventKind.PASSED:
                self._open.line(event.t_ns, f"incident.passed.{stage}", zone)
                if (alarm := kept.alarms.get(event.alarm_id)) is not None:
                    alarm.has_passed = True
            case WarningEventKind.ALL_CLEAR:
                clear(kept, event.t_ns, event.zone_id, event.by)
            case WarningEventKind.REACHED:
                kept.arrived(event)

    def _report(self, t_ns: int, action: ReportOutcome) -> None:
        if self._open is not None:
            report_outcome(self._open, t_ns, action)
        else:
            object_meant(action, t_ns, [], self._site, self._settings)  # raises: it is of no object

    def _open_incident(self, t_ns: int) -> OpenIncident:
        # the time of opening numbers it: a site that starts again with an empty journal on the same
        # day must not give a number away twice
        suffix = "" if self._site.mode is Mode.LIVE else "-x"
        second = (t_ns + self._utc_offset_ns) // 1_000_000_000
        while True:
            moment = datetime.fromtimestamp(second, UTC)
            incident_id = f"{self._site.site_id}-{moment:%Y%m%d}-{moment:%H%M%S}{suffix}"
            if incident_id not in self._given:
                break
            second += 1  # after a clock was set back the same time of the day comes again
        self._given[incident_id] = None
        if len(self._given) > _GIVEN_MAX:
            del self._given[next(iter(self._given))]
        self._open = OpenIncident(
            incident_id, t_ns, self._site, self._settings, self._dropped, stored_t_ns=t_ns
        )
        return self._open

    def _join(
        self,
        t_ns: int,
        track_id: int,
        table: TrackTable,
        assessments: Mapping[int, ThreatAssessment],
        sensors_of: Mapping[int, tuple[str, ...]],
    ) -> None:
        assert self._open is not None
        objects = self._open.objects
        if any(track_id in item.track_ids for item in objects):
            return
        first = self._first_seen.of(track_id)
        if first is None:
            self.objects_unknown += 1
            return
        record = self._rejoined(t_ns, track_id, first)
        if record is None:
            if len(objects) >= self._settings.object_count_max:
                self._dropped["objects"] += 1
                return
            record = object_from_track(track_id, first, self._settings)
            objects.append(record)
            if self._open.accounted:  # whoever was counted may be hurt by this one
                self._open.accounted = False
                self._open.line(t_ns, "incident.head_count_again", [("track_id", float(track_id))])
        one = [record]
        follow_all(one, table, assessments, sensors_of, self._settings)
        if record.track_ids[0] == track_id:
            seen = record.frozen()
            self._open.line(
                record.first_t_ns,
                f"incident.first_detected.{seen.told_class}",
                [("track_id", float(track_id)), ("range_km", seen.first_range_m / 1e3)],
            )
        known = assessments.get(track_id)
        if known is not None and known.name and known.identity in _FRIENDLY:
            self._open.line(
                t_ns, "incident.known_as", [("track_id", float(track_id)), ("flight", known.name)]
            )
        self._open.changed = True

    def _rejoined(
        self, t_ns: int, track_id: int, first: tuple[int, tuple[float, float, float]]
    ) -> ObjectRecord | None:
        assert self._open is not None
        near = [
            (miss_m, number)
            for number, item in enumerate(self._open.objects)
            if (miss_m := item.continues_as(first[0], first[1], self._settings)) is not None
        ]
        if not near:
            return None
        record = self._open.objects[min(near)[1]]
        record.track_ids.append(track_id)
        record.live = True
        self._open.line(
            t_ns,
            "incident.track_rejoined",
            [("track_id", float(track_id)), ("earlier_track_id", float(record.track_ids[-2]))],
        )
        return record

    def _take_back_retraction(
        self, t_ns: int, action: TakeBackRetraction, events: Sequence[WarningEvent]
    ) -> None:
        """That a retraction was a mistake: its objects are dangerous again, and its alarms stand anew."""
        kept = self._open or self._open_incident(t_ns)
        meant = kept.alarms.get(action.alarm_id)
        given_t_ns = t_ns if meant is None or meant.retracted_t_ns is None else meant.retracted_t_ns
        ended = retracted_with(kept, action.alarm_id)
        take_for_danger(kept, ended)
        zone_id = meant.zone_id if meant is not None else events[0].zone_id if events else ""
        about: list[tuple[str, float | str]] = [
            ("zone_id", zone_id),
            ("after_s", (t_ns - given_t_ns) / 1e9),
            ("words", action.reason),
        ]
        given = [
            one
            for one in kept.timeline
            if one.t_ns == given_t_ns and one.what.code.startswith("incident.retracted")
        ]
        going_on = self._taken_back(t_ns, "incident.retraction_taken_back", about, action.by, given)
        raise_anew(going_on, kept, ended, events)

    def _taken_back(
        self,
        t_ns: int,
        code: str,
        about: Sequence[tuple[str, float | str]],
        by: str,
        given: Sequence[TimelineEntry],
    ) -> OpenIncident:
        """A word that ended alarms was wrong: where it stands in an incident that is closed, both say so.

        given   the lines of that word, which the incident that goes on has, too

        Returns the incident that goes on.
        """
        kept = self._open or self._open_incident(t_ns)
        kept.line(t_ns, code, about, by)
        if kept.is_open:
            return kept
        closed = self._version(t_ns)
        self._amended_closed.append(closed)
        kept = self._open_incident(t_ns)
        for one in given:
            kept.line(one.t_ns, one.what.code, one.what.arguments, one.by)
        kept.line(t_ns, CONTINUES, [("incident", closed.incident_id)])
        kept.line(t_ns, code, about, by)
        return kept

    def take_amended_closed(self) -> list[Incident]:
        """New versions of incidents closed before, since it was asked last; older than the open one."""
        told, self._amended_closed = self._amended_closed, []
        return told

    def _take_back(self, t_ns: int, action: TakeBackAllClear, events: Sequence[WarningEvent]) -> None:
        kept = self._open or self._open_incident(t_ns)
        zones = {event.zone_id for event in events}
        anew = {event.alarm_id for event in events}
        ended = [name for name, one in kept.alarms.items() if one.zone_id in zones and name not in anew]
        kept.cleared = [item for item in kept.cleared if item and item not in zones and action.zone_id]
        code = (
            "incident.all_clear_taken_back" if action.zone_id else "incident.all_clear_taken_back_everywhere"
        )
        zone: list[tuple[str, float | str]] = [("zone_id", action.zone_id)] if action.zone_id else []
        given = [
            one
            for one in kept.timeline
            if one.what.code in ("incident.all_clear", "incident.all_clear_everywhere")
            and action.zone_id in ("", dict(one.what.arguments).get("zone_id", action.zone_id))
        ]
        about = [*zone, ("words", action.reason)]
        going_on = self._taken_back(t_ns, code, about, action.by, given[-len(zones) :])
        raise_anew(going_on, kept, ended, events)
