"""The incident at hand: everything that is known of it so far, and how its next version is made of that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan

from marsad.model.action import CloseIncident, HeadCount, SetIdentity
from marsad.model.incident import (
    ActualImpact,
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
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site
from marsad.model.warning import WarningEvent
from marsad.register.alarm_record import AlarmRecord, stage_name
from marsad.register.objects import ObjectRecord
from marsad.register.outcome import check_texts
from marsad.register.settings import RegisterSettings

_TOLD_JUST_NOW = 50  # so many lines back something is looked for that would be told twice
_S = 1_000_000_000


@dataclass(slots=True)
class OpenIncident:
    """The incident at hand; also kept after closing, for outcomes that arrive late.

    dropped   counts what was one too many: ``lines``, ``objects``, ``warnings``
    """

    incident_id: str
    opened_t_ns: int
    site: Site
    settings: RegisterSettings
    dropped: Counter[str]
    objects: list[ObjectRecord] = field(default_factory=list)
    warnings: list[IncidentWarning] = field(default_factory=list)
    timeline: list[TimelineEntry] = field(default_factory=list)
    machine_lines: int = 0
    operator_lines: int = 0
    alarms: dict[str, AlarmRecord] = field(default_factory=dict)
    amendments: list[Amendment] = field(default_factory=list)
    impacts: list[ActualImpact] = field(default_factory=list)
    reached: list[tuple[int, str]] = field(default_factory=list)
    told: dict[tuple[str, str], IncidentTelling] = field(default_factory=dict)
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

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed_t_ns is None

    def line(self, t_ns: int, code: str, arguments: Sequence[tuple[str, float | str]], by: str = "") -> None:
        """Write a line into the timeline, unless it was told just now; by is empty for what nobody did."""
        entry = TimelineEntry(t_ns, Reason(code, tuple(arguments)), by)
        before = [one for one in self.timeline[-_TOLD_JUST_NOW:] if one.by == by]
        # what a person does, undoes and does again is three things
        if any(_is_same(entry, one) for one in (before[-1:] if by else before)):
            return
        self.changed = True
        lines = self.operator_lines if by else self.machine_lines
        if lines >= self.settings.timeline_count_max:
            self.dropped["lines"] += 1
            return
        if by:
            self.operator_lines += 1
        else:
            self.machine_lines += 1
        self.timeline.append(entry)

    def keep_alarm(self, event: WarningEvent) -> None:
        """Know an alarm's zone and objects, as many alarms and objects as are kept at all."""
        alarm = self.alarms.get(event.alarm_id)
        if alarm is None:
            if len(self.alarms) >= self.settings.warning_count_max:
                return
            alarm = self.alarms[event.alarm_id] = AlarmRecord(event.zone_id)
        if event.track_id is not None and len(alarm.tracks) < self.settings.object_count_max:
            alarm.tracks.append(event.track_id)

    def warned(self, event: WarningEvent) -> None:
        """A zone is warned."""
        stage = stage_name(event)
        if len(self.warnings) < self.settings.warning_count_max:
            lead_s = lead_as_recorded_s(event.time_left.likely_s)
            self.warnings.append(IncidentWarning(event.zone_id, stage, event.t_ns, lead_s, event.track_id))
        else:
            self.dropped["warnings"] += 1
        arguments: list[tuple[str, float | str]] = [("zone_id", event.zone_id)]
        if isnan(event.time_left.likely_s):
            self.line(event.t_ns, f"incident.raised_untimed.{stage}", arguments)
        else:
            arguments.append(("time_left_s", event.time_left.likely_s))
            self.line(event.t_ns, f"incident.raised.{stage}", arguments)

    def acknowledged(self, t_ns: int, alarm_id: str, by: str) -> None:
        """The action and the event it causes are the same fact: the first to come is written."""
        alarm = self.alarms.get(alarm_id)
        if alarm is None or alarm.is_acknowledged:
            return
        alarm.is_acknowledged = True
        self.line(t_ns, "incident.acknowledged", [("zone_id", alarm.zone_id)], by)

    def arrived(self, event: WarningEvent) -> None:
        """Where an object was last seen, and what that makes its outcome until a person says."""
        if event.track_id is None:
            return
        about: list[tuple[str, float | str]] = [
            ("track_id", float(event.track_id)),
            ("zone_id", event.zone_id),
        ]
        place = (event.track_id, event.zone_id)
        is_over = all(reason.code != "alarm.reached_ahead" for reason in event.reasons)
        known = any(
            event.track_id in item.track_ids and item.outcome is not Outcome.UNKNOWN for item in self.objects
        )  # somebody has said what became of it: nothing is presumed
        if place not in self.reached and not known:  # seen again, and gone again: the same news
            self.reached.append(place)
            self.line(event.t_ns, "incident.reached" if is_over else "incident.reached_ahead", about)
        for item in self.objects:
            if event.track_id in item.track_ids:
                item.arrive(event.zone_id, is_over=is_over)

    def count_heads(self, t_ns: int, action: HeadCount) -> None:
        """Everybody is accounted for, or not any more."""
        if self.accounted is action.complete:
            return
        self.accounted = action.complete
        code = "incident.head_count_complete" if action.complete else "incident.head_count_open"
        self.line(t_ns, code, [], action.by)

    def identify(self, t_ns: int, action: SetIdentity) -> None:
        """A person said what a track is."""
        check_texts(action.reason)
        known = self.identified
        if known.get(action.track_id) == action:
            return
        # bounded: the newest decision of a track is kept, the oldest decided goes first
        known.pop(action.track_id, None)
        known[action.track_id] = action
        for item in self.objects:
            if action.track_id in item.track_ids:
                item.identity = action.identity
        if len(known) > self.settings.object_count_max:
            del known[next(iter(known))]
        self.line(
            t_ns,
            f"incident.identity.{action.identity.value}",
            [("track_id", float(action.track_id)), ("note", action.reason)],
            action.by,
        )

    def frozen(self, t_ns: int) -> Incident:
        """The next version, as it is stored from now on."""
        self.version += 1
        self.stored_t_ns = t_ns
        self.changed = False
        return Incident(
            incident_id=self.incident_id,
            site_id=self.site.site_id,
            version=self.version,
            opened_t_ns=self.opened_t_ns,
            closed_t_ns=self.closed_t_ns,
            exercise=self.site.mode is not Mode.LIVE,
            objects=tuple(item.frozen() for item in self.objects),
            warnings=tuple(self.warnings),
            timeline=tuple(sorted(self.timeline, key=lambda entry: entry.t_ns)),
            outcome=self.outcome,
            casualties=self.casualties,
            damage=self.damage,
            claim=self.claim,
            accounted=self.accounted,
            closed_by=self.closed_by,
            told=tuple(self.told.values()),
            cleared=tuple(self.cleared),
            amendments=tuple(self.amendments),
            impacts=tuple(self.impacts),
            paths_enu=tuple(
                tuple(((t - self.opened_t_ns) / 1e9, east, north) for t, east, north in item.path)
                for item in self.objects
            ),
        )


def _is_same(one: TimelineEntry, other: TimelineEntry) -> bool:
    """Whether two lines tell the same in the same second; how long it took may differ: of two alarms, say."""
    if (one.t_ns // _S, one.what.code) != (other.t_ns // _S, other.what.code):
        return False
    return _but_spans(one.what) == _but_spans(other.what)


def _but_spans(what: Reason) -> list[tuple[str, object]]:
    return [(name, value) for name, value in what.arguments if not name.endswith("_s")]
