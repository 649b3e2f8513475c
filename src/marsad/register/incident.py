"""The keeper of incidents: turns what the site sees, says and is told into a record of facts.

An incident opens with the first alarm that is announced, of whatever stage: an alert that came to
nothing is a fact too, and needless alarms can only be counted if they are written down. While
one is open every further alarm belongs to it. A person closes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isnan

from marsad.errors import ReceivedError
from marsad.model.action import (
    Acknowledge,
    Action,
    AllClear,
    AmendOutcome,
    CloseIncident,
    HeadCount,
    ReportOutcome,
    Retract,
    SetIdentity,
    TakeBackAllClear,
    TakeBackRetraction,
)
from marsad.model.incident import (
    Amendment,
    Casualties,
    Fact,
    Incident,
    IncidentTelling,
    IncidentWarning,
    Outcome,
    TimelineEntry,
    lead_as_recorded_s,
)
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site
from marsad.model.threat import Identity, Level, ThreatAssessment
from marsad.model.threat_table import ThreatTable
from marsad.model.track import TrackTable
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.register.objects import FirstSeen, ObjectRecord, follow_all, object_from_track, smooth_all
from marsad.register.outcome import (
    amended_object,
    check_agreement,
    check_casualties,
    check_texts,
    object_meant,
    worst_outcome,
)
from marsad.register.settings import RegisterSettings

_FRIENDLY = (Identity.FRIEND, Identity.ASSUMED_FRIEND)
_GIVEN_MAX = 1_000
_STAGE = {Level.ALERT: "alert", Level.WARN: "warn"}
_TOLD_JUST_NOW = 50  # so many lines back something is looked for that would be told twice
_S = 1_000_000_000


@dataclass(slots=True)
class _Open:
    """The incident at hand; also kept after closing, for outcomes that arrive late."""

    incident_id: str
    opened_t_ns: int
    objects: list[ObjectRecord] = field(default_factory=list)
    warnings: list[IncidentWarning] = field(default_factory=list)
    timeline: list[TimelineEntry] = field(default_factory=list)
    machine_lines: int = 0
    operator_lines: int = 0
    alarm_zones: dict[str, str] = field(default_factory=dict)
    alarm_tracks: dict[str, list[int]] = field(default_factory=dict)
    retracted: dict[str, int] = field(default_factory=dict)  # alarm → when
    amendments: list[Amendment] = field(default_factory=list)
    reached: list[tuple[int, str]] = field(default_factory=list)
    told: dict[tuple[str, str], IncidentTelling] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    identified: dict[int, SetIdentity] = field(default_factory=dict)
    version: int = 0
    stored_t_ns: int = 0
    changed: bool = False
    outcome: Outcome = Outcome.UNKNOWN
    casualties: Casualties = field(default_factory=Casualties)
    damage: Fact = field(default_factory=Fact)
    claim: Fact = field(default_factory=Fact)
    accounted: bool = False
    closed_t_ns: int | None = None
    closed_by: str = ""
    closing: CloseIncident | None = None


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
        self._open: _Open | None = None
        self._given: dict[str, None] = {}
        self._utc_offset_ns = 0
        self._latest: Incident | None = None
        self._amended_closed: list[Incident] = []
        self.objects_dropped = 0
        self.objects_unknown = 0
        self.warnings_dropped = 0
        self.lines_dropped = 0

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
                self._line(t_ns, code, [("track_id", float(item.track_ids[-1]))])
        for event in events:
            self._take(event, table, by_track, sensors_of)
        if not self._is_open():
            return None
        assert self._open is not None
        due = t_ns - self._open.stored_t_ns >= self._settings.store_period_s * 1e9
        return self._version(t_ns) if self._open.changed or (moved and due) else None

    def note(self, t_ns: int, lines: Iterable[Line]) -> None:
        """Write lines into the timeline of the open incident; without one they are no part of any."""
        if self._is_open():
            for line in lines:
                check_texts(line.by)
                self._line(t_ns, line.what.code, line.what.arguments, line.by)

    def set_clock(self, t_ns: int, utc_offset_ns: int, what: Reason) -> Incident | None:
        """UTC is from now on so far ahead of the times given here; what tells it stands in the open incident.

        Returns its new version: a reader must not find the times of two clocks in one version.
        """
        self._utc_offset_ns = utc_offset_ns
        if not self._is_open():
            return None
        self._line(t_ns, what.code, what.arguments)
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
            if item == known or full or item.alarm_id not in kept.alarm_zones:
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
                self._report_outcome(t_ns, action)
            case CloseIncident():
                self._close(t_ns, action)
            case AmendOutcome():
                self._amend(t_ns, action)
            case TakeBackAllClear():
                self._take_back(t_ns, action, events)
            case TakeBackRetraction():
                self._take_back_retraction(t_ns, action, events)
            case _ if not self._is_open():
                return None
            case Acknowledge():
                self._acknowledged(t_ns, action.alarm_id, action.by)
            case AllClear():
                self._cleared(t_ns, action.zone_id, action.by, events)
            case Retract():
                self._retract(t_ns, action, [event.alarm_id for event in events])
            case HeadCount():
                self._count_heads(t_ns, action)
            case SetIdentity():
                self._identify(t_ns, action)
        if self._open is None or not self._open.changed:
            return None
        return self._version(t_ns)

    def _is_open(self) -> bool:
        return self._open is not None and self._open.closed_t_ns is None

    def _take(
        self,
        event: WarningEvent,
        table: TrackTable,
        assessments: Mapping[int, ThreatAssessment],
        sensors_of: Mapping[int, tuple[str, ...]],
    ) -> None:
        joins = event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW)
        if not self._is_open():
            if not joins:
                return
            # a raid that goes on after its incident was closed must not go unwritten
            self._open_incident(event.t_ns)
        assert self._open is not None
        stage = _STAGE.get(event.stage, "alert")
        zone: list[tuple[str, float | str]] = [("zone_id", event.zone_id)]
        if joins:
            self._keep_alarm(event)
            if event.track_id is not None:
                self._join(event.t_ns, event.track_id, table, assessments, sensors_of)
        match event.kind:
            case WarningEventKind.RAISED:
                self._warned(event, stage)
                self._open.cleared = [item for item in self._open.cleared if item not in ("", event.zone_id)]
            case WarningEventKind.GREW:
                track: list[tuple[str, float | str]] = [("track_id", float(event.track_id or 0))]
                self._line(event.t_ns, f"incident.grew.{stage}", zone + track)
                if event.alarm_id in self._open.passed:  # what was acknowledged was the danger before
                    kept = self._open
                    kept.passed = [item for item in kept.passed if item != event.alarm_id]
                    kept.acknowledged = [item for item in kept.acknowledged if item != event.alarm_id]
            case WarningEventKind.ACKNOWLEDGED:
                self._acknowledged(event.t_ns, event.alarm_id, event.by)
            case WarningEventKind.PASSED:
                self._line(event.t_ns, f"incident.passed.{stage}", zone)
                self._open.passed.append(event.alarm_id)
            case WarningEventKind.ALL_CLEAR:
                self._cleared(event.t_ns, event.zone_id, event.by)
            case WarningEventKind.REACHED:
                self._reached(event)

    def _keep_alarm(self, event: WarningEvent) -> None:
        """Know an alarm's zone and objects, as many alarms and objects as are kept at all."""
        kept = self._open
        assert kept is not None
        if (
            event.alarm_id not in kept.alarm_zones
            and len(kept.alarm_zones) >= self._settings.warning_count_max
        ):
            return
        kept.alarm_zones[event.alarm_id] = event.zone_id
        tracks = kept.alarm_tracks.setdefault(event.alarm_id, [])
        if event.track_id is not None and len(tracks) < self._settings.object_count_max:
            tracks.append(event.track_id)

    def _open_incident(self, t_ns: int) -> None:
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
        self._open = _Open(incident_id, t_ns, stored_t_ns=t_ns)

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
                self.objects_dropped += 1
                return
            record = object_from_track(track_id, first, self._settings)
            objects.append(record)
            if self._open.accounted:  # whoever was counted may be hurt by this one
                self._open.accounted = False
                self._line(t_ns, "incident.head_count_again", [("track_id", float(track_id))])
        one = [record]
        follow_all(one, table, assessments, sensors_of, self._settings)
        if record.track_ids[0] == track_id:
            seen = record.frozen()
            self._line(
                record.first_t_ns,
                f"incident.first_detected.{seen.told_class}",
                [("track_id", float(track_id)), ("range_km", seen.first_range_m / 1e3)],
            )
        known = assessments.get(track_id)
        if known is not None and known.name and known.identity in _FRIENDLY:
            self._line(t_ns, "incident.known_as", [("track_id", float(track_id)), ("flight", known.name)])
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
        self._line(
            t_ns,
            "incident.track_rejoined",
            [("track_id", float(track_id)), ("earlier_track_id", float(record.track_ids[-2]))],
        )
        return record

    def _warned(self, event: WarningEvent, stage: str) -> None:
        assert self._open is not None
        if len(self._open.warnings) < self._settings.warning_count_max:
            lead_s = lead_as_recorded_s(event.time_left.likely_s)
            self._open.warnings.append(
                IncidentWarning(event.zone_id, stage, event.t_ns, lead_s, event.track_id)
            )
        else:
            self.warnings_dropped += 1
        arguments: list[tuple[str, float | str]] = [("zone_id", event.zone_id)]
        if isnan(event.time_left.likely_s):
            self._line(event.t_ns, f"incident.raised_untimed.{stage}", arguments)
        else:
            arguments.append(("time_left_s", event.time_left.likely_s))
            self._line(event.t_ns, f"incident.raised.{stage}", arguments)

    def _acknowledged(self, t_ns: int, alarm_id: str, by: str) -> None:
        """The action and the event it causes are the same fact: the first to come is written."""
        assert self._open is not None
        if alarm_id not in self._open.alarm_zones or alarm_id in self._open.acknowledged:
            return
        self._open.acknowledged.append(alarm_id)
        zone_id = self._open.alarm_zones[alarm_id]
        self._line(t_ns, "incident.acknowledged", [("zone_id", zone_id)], by)

    def _reached(self, event: WarningEvent) -> None:
        """Where an object was last seen, and what that makes its outcome until a person says."""
        assert self._open is not None
        if event.track_id is None:
            return
        about: list[tuple[str, float | str]] = [
            ("track_id", float(event.track_id)),
            ("zone_id", event.zone_id),
        ]
        place = (event.track_id, event.zone_id)
        is_over = all(reason.code != "alarm.reached_ahead" for reason in event.reasons)
        known = any(
            event.track_id in item.track_ids and item.outcome is not Outcome.UNKNOWN
            for item in self._open.objects
        )  # somebody has said what became of it: nothing is presumed
        if place not in self._open.reached and not known:  # seen again, and gone again: the same news
            self._open.reached.append(place)
            self._line(event.t_ns, "incident.reached" if is_over else "incident.reached_ahead", about)
        for item in self._open.objects:
            if event.track_id in item.track_ids:
                item.arrive(event.zone_id, is_over=is_over)

    def _retract(self, t_ns: int, action: Retract, alarm_ids: Sequence[str]) -> None:
        """One line, however many alarms were of the same objects; which are then taken for no danger."""
        kept = self._open
        assert kept is not None
        for one in alarm_ids or (action.alarm_id,):
            kept.retracted.setdefault(one, t_ns)
        about: list[tuple[str, float | str]] = [
            ("zone_id", kept.alarm_zones.get(action.alarm_id, "")),
            ("alarm_id", action.alarm_id),
        ]
        code = "incident.retracted"
        if len(alarm_ids) > 1:
            code = "incident.retracted_all"
            about.append(("count", float(len(alarm_ids) - 1)))
        self._line(t_ns, code, [*about, ("words", action.reason)], action.by)
        standing = {
            track
            for name, tracks in kept.alarm_tracks.items()
            if name not in kept.retracted
            for track in tracks
        }
        for name in kept.retracted:
            for item in kept.objects:
                tracks = set(item.track_ids)
                if tracks & set(kept.alarm_tracks.get(name, ())) and not tracks & standing:
                    item.proposed = Outcome.FALSE_ALARM

    def _take_back_retraction(
        self, t_ns: int, action: TakeBackRetraction, events: Sequence[WarningEvent]
    ) -> None:
        """That a retraction was a mistake: its objects are dangerous again, and its alarms stand anew."""
        if self._open is None:
            self._open_incident(t_ns)
        kept = self._open
        assert kept is not None
        given_t_ns = kept.retracted.get(action.alarm_id, t_ns)
        ended = [name for name, at_t_ns in kept.retracted.items() if at_t_ns == given_t_ns]
        tracks = {track for name in ended for track in kept.alarm_tracks.get(name, ())}
        for item in kept.objects:
            if item.proposed is Outcome.FALSE_ALARM and tracks & set(item.track_ids):
                item.proposed = Outcome.LANDED if item.reached_zone_id else Outcome.UNKNOWN
        zone_id = kept.alarm_zones.get(action.alarm_id, events[0].zone_id if events else "")
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
        self._taken_back(t_ns, "incident.retraction_taken_back", about, action.by, given)
        self._raised_anew(kept, ended, events)
        for name in ended:
            kept.retracted.pop(name, None)

    def _taken_back(
        self,
        t_ns: int,
        code: str,
        about: Sequence[tuple[str, float | str]],
        by: str,
        given: Sequence[TimelineEntry],
    ) -> None:
        """A word that ended alarms was wrong: where it stands in an incident that is closed, both say so.

        given   the lines of that word, which the incident that goes on has, too
        """
        self._line(t_ns, code, about, by)
        if not self._is_open():
            closed = self._version(t_ns)
            self._amended_closed.append(closed)
            self._open_incident(t_ns)
            for one in given:
                self._line(one.t_ns, one.what.code, one.what.arguments, one.by)
            self._line(t_ns, "incident.continues", [("incident", closed.incident_id)])
            self._line(t_ns, code, about, by)

    def amended_closed(self) -> list[Incident]:
        """New versions of incidents closed before, since it was asked last; older than the open one."""
        told, self._amended_closed = self._amended_closed, []
        return told

    def _raised_anew(self, before: _Open, ended: Iterable[str], events: Sequence[WarningEvent]) -> None:
        """Alarms that a person raised again have the objects of those of their zone that were ended.

        before   the incident in which these ended: the one at hand, or a closed one that it continues
        """
        kept = self._open
        assert kept is not None
        tracks: dict[str, list[int]] = {event.zone_id: [] for event in events}
        for name in ended:
            tracks.setdefault(before.alarm_zones.get(name, ""), []).extend(before.alarm_tracks.pop(name, []))
        for event in events:
            self._keep_alarm(event)
            kept.alarm_tracks[event.alarm_id] = sorted({*tracks[event.zone_id]})
            kept.acknowledged.append(event.alarm_id)
        if kept is not before:
            meant = {track for event in events for track in tracks[event.zone_id]}
            kept.objects = [deepcopy(item) for item in before.objects if meant & set(item.track_ids)]
            for event in events:
                self._warned(event, _STAGE.get(event.stage, "alert"))

    def _take_back(self, t_ns: int, action: TakeBackAllClear, events: Sequence[WarningEvent]) -> None:
        if self._open is None:
            self._open_incident(t_ns)
        kept = self._open
        assert kept is not None
        zones = {event.zone_id for event in events}
        anew = {event.alarm_id for event in events}
        ended = [name for name, zone in kept.alarm_zones.items() if zone in zones and name not in anew]
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
        self._taken_back(t_ns, code, [*zone, ("words", action.reason)], action.by, given[-len(zones) :])
        self._raised_anew(kept, ended, events)

    def _cleared(self, t_ns: int, zone_id: str, by: str, events: Sequence[WarningEvent] = ()) -> None:
        assert self._open is not None
        known = zone_id == "" or any(zone.zone_id == zone_id for zone in self._site.zones)
        if not known or zone_id in self._open.cleared or "" in self._open.cleared:
            return
        self._open.cleared.append(zone_id)
        if zone_id:
            self._line(t_ns, "incident.all_clear", [("zone_id", zone_id)], by)
        else:
            self._line(t_ns, "incident.all_clear_everywhere", [], by)
        ended = [event.alarm_id for event in events]
        active = sum(name not in self._open.passed for name in ended)
        unseen = sum(name not in self._open.acknowledged for name in ended)
        if active or unseen:
            about = [("active", float(active)), ("unacknowledged", float(unseen))]
            self._line(t_ns, "incident.all_clear_over", about, by)

    def _identify(self, t_ns: int, action: SetIdentity) -> None:
        assert self._open is not None
        check_texts(action.reason)
        known = self._open.identified
        if known.get(action.track_id) == action:
            return
        # bounded: the newest decision of a track is kept, the oldest decided goes first
        known.pop(action.track_id, None)
        known[action.track_id] = action
        for item in self._open.objects:
            if action.track_id in item.track_ids:
                item.identity = action.identity
        if len(known) > self._settings.object_count_max:
            del known[next(iter(known))]
        self._line(
            t_ns,
            f"incident.identity.{action.identity.value}",
            [("track_id", float(action.track_id)), ("note", action.reason)],
            action.by,
        )

    def _count_heads(self, t_ns: int, action: HeadCount) -> None:
        assert self._open is not None
        if self._open.accounted is action.complete:
            return
        self._open.accounted = action.complete
        code = "incident.head_count_complete" if action.complete else "incident.head_count_open"
        self._line(t_ns, code, [], action.by)

    def _report_outcome(self, t_ns: int, action: ReportOutcome) -> None:
        kept = self._open
        objects = [] if kept is None else kept.objects
        item = object_meant(action, t_ns, objects, self._site, self._settings)
        again = item.outcome is action.outcome is Outcome.UNKNOWN or (
            item.outcome is action.outcome
            and item.outcome_by == action.by
            and item.outcome_t_ns is not None
            and abs(item.outcome_t_ns - action.t_ns) <= self._settings.outcome_slack_s * 1e9
        )
        if again:
            return
        assert kept is not None
        if kept.closed_t_ns is not None and item.outcome is not action.outcome:
            self._amended(Amendment(t_ns, action.by, item.track_ids[-1], item.outcome, action.outcome))
        taken_back = action.outcome is Outcome.UNKNOWN  # then nothing is known of it, and nobody says so
        item.outcome, item.outcome_by = action.outcome, "" if taken_back else action.by
        item.outcome_t_ns = None if taken_back else action.t_ns
        code = f"incident.outcome.{action.outcome.value}"
        self._line(action.t_ns, code, [("track_id", float(item.track_ids[-1]))], action.by)
        self._agree(t_ns, action.by)

    def _agree(self, t_ns: int, by: str) -> None:
        """After closing, what is learned of an object may belie the outcome of the attack: it follows."""
        kept = self._open
        assert kept is not None
        try:
            check_agreement(kept.outcome, kept.objects)
        except ReceivedError:
            before, kept.outcome = kept.outcome, worst_outcome(kept.objects)
            self._amended(Amendment(t_ns, by, None, before, kept.outcome))
            self._line(t_ns, f"incident.revised.{kept.outcome.value}", [], by)

    def _amend(self, t_ns: int, action: AmendOutcome) -> None:
        """Correct an outcome of the incident that was closed last; what stood before stays told."""
        kept = self._open
        if kept is None or kept.closed_t_ns is None or kept.incident_id != action.incident_id:
            closed = "none" if kept is None or kept.closed_t_ns is None else kept.incident_id
            raise ReceivedError(
                "nothing-to-amend",
                f"incident {action.incident_id[:80]!r} cannot be corrected: only the one closed last can, "
                f"until the next begins; that is {closed}",
            )
        check_texts(action.reason)
        if not action.reason.strip():
            raise ReceivedError("reason-needed", "amend_outcome.reason is empty: the record says why")
        item = amended_object(action, kept.objects)
        before = kept.outcome if item is None else item.outcome
        if before is action.outcome:
            return
        if item is None:
            check_agreement(action.outcome, kept.objects)
            kept.outcome = action.outcome
        else:
            item.outcome, item.outcome_by, item.outcome_t_ns = action.outcome, action.by, t_ns
            if action.outcome is Outcome.UNKNOWN:
                item.outcome_t_ns, item.outcome_by = None, ""
        track_id = None if item is None else item.track_ids[-1]
        self._amended(Amendment(t_ns, action.by, track_id, before, action.outcome, action.reason.strip()))
        about: list[tuple[str, float | str]] = [] if track_id is None else [("track_id", float(track_id))]
        about += [
            (name, f"report.outcome.{one.value}")
            for name, one in (("before", before), ("after", action.outcome))
        ]
        code = "incident.amended" if item is None else "incident.amended_object"
        self._line(t_ns, code, [*about, ("words", action.reason.strip())], action.by)
        if item is not None:
            self._agree(t_ns, action.by)

    def _amended(self, amendment: Amendment) -> None:
        assert self._open is not None
        if self._open.closed_t_ns is None:
            return
        if len(self._open.amendments) >= self._settings.timeline_count_max:
            self.lines_dropped += 1
            return
        self._open.amendments.append(amendment)

    def _close(self, t_ns: int, action: CloseIncident) -> None:
        if self._open is not None and self._open.closing == action:
            return
        if self._open is None or self._open.closed_t_ns is not None:
            raise ReceivedError("nothing-to-close", "no incident is open")
        check_texts(action.damage.text, action.claim.text)
        check_casualties(action.casualties, self._open.accounted)
        check_agreement(action.outcome, self._open.objects)
        self._open.closing = action
        self._open.outcome = action.outcome
        self._open.casualties = action.casualties
        self._open.damage, self._open.claim = action.damage, action.claim
        self._open.closed_t_ns, self._open.closed_by = t_ns, action.by
        self._line(t_ns, f"incident.closed.{action.outcome.value}", [], action.by)

    def _line(self, t_ns: int, code: str, arguments: Sequence[tuple[str, float | str]], by: str = "") -> None:
        assert self._open is not None
        entry = TimelineEntry(t_ns, Reason(code, tuple(arguments)), by)
        before = [one for one in self._open.timeline[-_TOLD_JUST_NOW:] if one.by == by]
        # what a person does, undoes and does again is three things
        if any(_is_same(entry, one) for one in (before[-1:] if by else before)):
            return
        self._open.changed = True
        lines = self._open.operator_lines if by else self._open.machine_lines
        if lines >= self._settings.timeline_count_max:
            self.lines_dropped += 1
            return
        if by:
            self._open.operator_lines += 1
        else:
            self._open.machine_lines += 1
        self._open.timeline.append(entry)

    def _version(self, t_ns: int) -> Incident:
        kept = self._open
        assert kept is not None
        kept.version += 1
        kept.stored_t_ns = t_ns
        kept.changed = False
        self._latest = Incident(
            incident_id=kept.incident_id,
            site_id=self._site.site_id,
            version=kept.version,
            opened_t_ns=kept.opened_t_ns,
            closed_t_ns=kept.closed_t_ns,
            exercise=self._site.mode is not Mode.LIVE,
            objects=tuple(item.frozen() for item in kept.objects),
            warnings=tuple(kept.warnings),
            timeline=tuple(sorted(kept.timeline, key=lambda entry: entry.t_ns)),
            outcome=kept.outcome,
            casualties=kept.casualties,
            damage=kept.damage,
            claim=kept.claim,
            accounted=kept.accounted,
            closed_by=kept.closed_by,
            told=tuple(kept.told.values()),
            cleared=tuple(kept.cleared),
            amendments=tuple(kept.amendments),
            paths_enu=tuple(
                tuple(((t - kept.opened_t_ns) / 1e9, east, north) for t, east, north in item.path)
                for item in kept.objects
            ),
        )
        return self._latest


def _is_same(one: TimelineEntry, other: TimelineEntry) -> bool:
    """Whether two lines tell the same in the same second; how long it took may differ: of two alarms, say."""
    if (one.t_ns // _S, one.what.code) != (other.t_ns // _S, other.what.code):
        return False
    return _but_spans(one.what) == _but_spans(other.what)


def _but_spans(what: Reason) -> list[tuple[str, object]]:
    return [(name, value) for name, value in what.arguments if not name.endswith("_s")]
