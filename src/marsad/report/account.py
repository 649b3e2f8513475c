"""What every document tells of one incident, worked out once.

Report, statement, summary, terminal and console draw from here, so that a time, a count or an outcome in
one of them is the same in all. Nothing here is in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite, nan

import shapely

from marsad.model.incident import (
    FactStatus,
    Incident,
    IncidentObject,
    IncidentWarning,
    Outcome,
    TimelineEntry,
)
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site, Zone
from marsad.report.endings import Ending, EndKind, endings_of
from marsad.report.told import AlarmTold, alarms_told

Groups = tuple[tuple[Outcome, tuple[IncidentObject, ...]], ...]
_GRAVITY = (
    Outcome.UNKNOWN,
    Outcome.FALSE_ALARM,
    Outcome.LEFT,
    Outcome.STOPPED,
    Outcome.MISSED,
    Outcome.LANDED,
)
_ORDER = (
    Outcome.STOPPED,
    Outcome.MISSED,
    Outcome.LANDED,
    Outcome.LEFT,
    Outcome.FALSE_ALARM,
    Outcome.UNKNOWN,
)


class Mark(StrEnum):
    """How a document is marked: nothing of an exercise or a test has happened."""

    LIVE = "live"
    EXERCISE = "exercise"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Account:
    """One version of an incident as documents tell it.

    mark       live, exercise or test, see ``mark_of``
    outcome    what its objects agree on, None where they differ; without objects that of the incident.
               What a person closed it with is another fact (see ``closed_otherwise``)
    groups     the objects by outcome, none empty, in the order in which they are told
    outcome_times_t_ns   when what became of objects happened, as people said; of what was corrected after
               closing, when it was corrected; earliest first
    reported_t_ns   per object when what became of it was reported or corrected; None where nobody has, or
               no line of the timeline tells when
    entered    per object the zones it was tracked into, up to its outcome
    warnings   earliest first, lead times in whole seconds (see ``warnings_of``)
    timeline   its lines, with those same lead times
    endings    all-clears and retractions, earliest first, and which of them were taken back
    told       per alarm when it was decided and how many of those to be told had it
    """

    incident: Incident
    site: Site
    mark: Mark
    outcome: Outcome | None
    groups: Groups
    outcome_times_t_ns: tuple[int, ...]
    reported_t_ns: tuple[int | None, ...]
    entered: tuple[tuple[str, ...], ...]
    warnings: tuple[IncidentWarning, ...]
    timeline: tuple[TimelineEntry, ...]
    endings: tuple[Ending, ...]
    told: tuple[AlarmTold, ...]

    @property
    def report_times_t_ns(self) -> tuple[int, ...]:
        """When people reported, or corrected, what became of objects, earliest first."""
        return tuple(sorted(t_ns for t_ns in self.reported_t_ns if t_ns is not None))

    @property
    def casualties(self) -> FactStatus:
        """What is known of casualties; that there were none only where everybody is accounted for."""
        status = self.incident.casualties.status
        uncounted = status is FactStatus.NONE and not self.incident.accounted
        return FactStatus.UNKNOWN if uncounted else status

    @property
    def closed_otherwise(self) -> bool:
        """Whether a person closed the incident with an outcome that its objects do not bear out."""
        if self.incident.closed_t_ns is None or self.incident.outcome is self.outcome:
            return False
        found = [outcome for outcome, _ in self.groups]
        # an attack is as grave as its gravest object, as long as none of unknown fate can have been graver
        worst = max(found, key=_GRAVITY.index, default=Outcome.UNKNOWN)
        open_ = Outcome.UNKNOWN in found and worst is not _GRAVITY[-1]
        return open_ or self.incident.outcome is not worst

    @property
    def stopped_inside(self) -> tuple[IncidentObject, ...]:
        """Those that were stopped, but only after they had been tracked into a zone."""
        return tuple(
            item
            for item, zones in zip(self.incident.objects, self.entered, strict=True)
            if zones and item.outcome is Outcome.STOPPED
        )

    @property
    def shortest_lead(self) -> IncidentWarning | None:
        """The warning to take cover that left least time; None where no lead time is known.

        Per zone and object the first counts, for that is when people were told of it.
        """
        first: dict[tuple[str, int | None], IncidentWarning] = {}
        for item in self.warnings:
            if item.stage == "warn" and isfinite(item.lead_s):
                first.setdefault((item.zone_id, item.track_id), item)
        told = [item for item in first.values() if item.track_id is not None] or list(first.values())
        return min(told, key=lambda item: (item.lead_s, item.zone_id), default=None)

    def left_when_had_s(self, warning: IncidentWarning) -> float:
        """The predicted time left when the first output had a warning, not below 0; NaN where none shows."""
        again = (
            item.t_ns
            for item in self.warnings
            if item.t_ns > warning.t_ns and (item.zone_id, item.stage) == (warning.zone_id, warning.stage)
        )
        until_t_ns = min(again, default=None)
        had = (
            one.got_t_ns
            for one in self.incident.told
            if one.got_t_ns is not None
            and (one.zone_id, one.stage) == (warning.zone_id, warning.stage)
            and warning.t_ns <= one.made_t_ns
            and (until_t_ns is None or one.made_t_ns < until_t_ns)
        )
        first_t_ns = min(had, default=None)
        if first_t_ns is None or not isfinite(warning.lead_s):
            return nan
        return max(whole_s(warning.lead_s - (first_t_ns - warning.t_ns) / 1e9), 0.0)

    def detected_t_ns(self, warning: IncidentWarning) -> int:
        """When the object that a warning was raised for was first detected; else the first of all."""
        found = (item.first_t_ns for item in self.incident.objects if warning.track_id in item.track_ids)
        return next(found, self.first_detection_t_ns)

    @property
    def first_detection_t_ns(self) -> int:
        """When the first object was first detected; the opening where no object is recorded."""
        return min((item.first_t_ns for item in self.incident.objects), default=self.incident.opened_t_ns)


def account_of(incident: Incident, site: Site) -> Account:
    """The account of one version of an incident."""
    groups = by_outcome(incident.objects)
    times = [item.outcome_t_ns for item in incident.objects if item.outcome_t_ns is not None]
    return Account(
        incident=incident,
        site=site,
        mark=mark_of(incident, site.mode),
        outcome=incident.outcome if not groups else groups[0][0] if len(groups) == 1 else None,
        groups=groups,
        outcome_times_t_ns=tuple(sorted(times)),
        reported_t_ns=tuple(_reported_t_ns(item, incident.timeline) for item in incident.objects),
        entered=zones_entered(incident, site),
        warnings=warnings_of(incident),
        timeline=timeline_of(incident),
        endings=endings_of(incident),
        told=alarms_told(incident.told),
    )


def _reported_t_ns(item: IncidentObject, timeline: Sequence[TimelineEntry]) -> int | None:
    """When what stands for an object was said of it, by the line of the timeline that tells it."""
    if item.outcome is Outcome.UNKNOWN:
        return None
    codes = f"incident.outcome.{item.outcome.value}", "incident.amended_object"
    said = (
        entry.t_ns
        for entry in reversed(timeline)
        if entry.what.code in codes and dict(entry.what.arguments).get("track_id") in item.track_ids
    )
    return next(said, None)


def retractions_t_ns(incident: Incident) -> tuple[int, ...]:
    """When people were told that a warning had been false, earliest first; not what was taken back."""
    return tuple(
        one.t_ns
        for one in endings_of(incident)
        if one.kind is EndKind.RETRACTION and one.taken_back_t_ns is None
    )


def warnings_of(incident: Incident) -> tuple[IncidentWarning, ...]:
    """The warnings, earliest first, with the lead time that every document gives.

    A lead time runs from the raising of the warning to when the object that it was raised for was
    predicted to reach the zone; here it is rounded to whole seconds, once.
    """
    items = sorted(incident.warnings, key=lambda warning: warning.t_ns)
    return tuple(replace(item, lead_s=whole_s(item.lead_s)) for item in items)


def whole_s(seconds: float) -> float:
    """Seconds as documents give them, whole; NaN stays."""
    return float(round(seconds)) if isfinite(seconds) else seconds


def timeline_of(incident: Incident) -> tuple[TimelineEntry, ...]:
    """The timeline, its lead times taken from the warnings: a record may hold them rounded otherwise."""
    leads = {(item.t_ns, item.zone_id, item.stage): item.lead_s for item in warnings_of(incident)}
    return tuple(_with_lead(entry, leads) for entry in incident.timeline)


def _with_lead(entry: TimelineEntry, leads: Mapping[tuple[int, str, str], float]) -> TimelineEntry:
    arguments = dict(entry.what.arguments)
    left_s = arguments.get("time_left_s")
    if not isinstance(left_s, float | int):
        return entry
    stage = entry.what.code.rpartition(".")[2]
    arguments["time_left_s"] = leads.get(
        (entry.t_ns, str(arguments.get("zone_id", "")), stage), whole_s(float(left_s))
    )
    return replace(entry, what=Reason(entry.what.code, tuple(arguments.items())))


def mark_of(incident: Incident, mode: Mode) -> Mark:
    """How an incident is marked on a site in a mode.

    The record says whether it was real, whatever the site does today; which of the two kinds of
    unreal it was only the site's own mode can say.
    """
    if not incident.exercise:
        return Mark.LIVE
    return Mark.TEST if mode is Mode.TEST else Mark.EXERCISE


def by_outcome(objects: Sequence[IncidentObject]) -> Groups:
    """Objects grouped by what became of them, in the order of the outcomes, none empty."""
    groups = [(outcome, tuple(item for item in objects if item.outcome is outcome)) for outcome in _ORDER]
    return tuple((outcome, items) for outcome, items in groups if items)


def zones_entered(incident: Incident, site: Site) -> tuple[tuple[str, ...], ...]:
    """Per object the zones its path leads into, in the site's order; nothing after its outcome counts."""
    shapes = [(zone.zone_id, _shape(zone)) for zone in site.zones]
    paths = [*incident.paths_enu, *[()] * (len(incident.objects) - len(incident.paths_enu))]
    found: list[tuple[str, ...]] = []
    for item, path in zip(incident.objects, paths, strict=False):
        points = _points_until_outcome(item, path, incident.opened_t_ns)
        line = shapely.LineString(points) if len(points) > 1 else shapely.MultiPoint(points)
        found.append(tuple(zone_id for zone_id, shape in shapes if shapely.intersects(shape, line)))
    return tuple(found)


def _points_until_outcome(
    item: IncidentObject, path: Sequence[tuple[float, float, float]], origin_t_ns: int
) -> list[tuple[float, float]]:
    end_t_ns = item.last_t_ns if item.outcome_t_ns is None else item.outcome_t_ns
    east, north, _ = item.last_position_enu
    timed = [(origin_t_ns + t_s * 1e9, *place) for t_s, *place in path]
    timed.append((float(item.last_t_ns), east, north))
    return [(e, n) for t_ns, e, n in timed if t_ns <= end_t_ns and isfinite(e) and isfinite(n)]


def _shape(zone: Zone) -> shapely.Geometry:
    if zone.corners_enu:
        return shapely.Polygon(zone.corners_enu)
    return shapely.Point(zone.centre_enu).buffer(zone.radius_m)
