"""What every document tells of one incident, worked out once.

Report, statement, summary, terminal and console draw from here, so that a time, a count or an outcome in
one of them is the same in all. Nothing here is in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

import shapely

from marsad.model.incident import Incident, IncidentObject, Outcome, SeriesFacts
from marsad.model.site import Mode, Site, Zone

Groups = tuple[tuple[Outcome, tuple[IncidentObject, ...]], ...]
_ORDER = (Outcome.STOPPED, Outcome.MISSED, Outcome.LANDED, Outcome.LEFT, Outcome.UNKNOWN)


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
    outcome_times_t_ns   when objects were stopped, missed, landed or left, earliest first
    entered    per object the zones it was tracked into, up to its outcome
    """

    incident: Incident
    site: Site
    mark: Mark
    outcome: Outcome | None
    groups: Groups
    outcome_times_t_ns: tuple[int, ...]
    entered: tuple[tuple[str, ...], ...]

    @property
    def closed_otherwise(self) -> bool:
        """Whether a person closed the incident with an outcome that its objects do not bear out."""
        closed = self.incident.closed_t_ns is not None
        return closed and self.incident.outcome is not self.outcome

    @property
    def stopped_inside(self) -> tuple[IncidentObject, ...]:
        """Those that were stopped, but only after they had been tracked into a zone."""
        return tuple(
            item
            for item, zones in zip(self.incident.objects, self.entered, strict=True)
            if zones and item.outcome is Outcome.STOPPED
        )


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
        entered=zones_entered(incident, site),
    )


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


def summary_of(account: Account, series: SeriesFacts, record_sha256: str = "") -> dict[str, Any]:
    """The account as plain data, for a file that machines read; what is not known is None."""
    incident = account.incident
    return {
        "id": incident.incident_id,
        "version": incident.version,
        "site": account.site.site_id,
        "mode": account.mark.value,
        "opened_t_ns": incident.opened_t_ns,
        "closed_t_ns": incident.closed_t_ns,
        "outcome": account.outcome and account.outcome.value,
        "closed_as": None if incident.closed_t_ns is None else incident.outcome.value,
        "outcomes": {outcome.value: len(items) for outcome, items in account.groups},
        "outcome_times_t_ns": list(account.outcome_times_t_ns),
        "objects": len(incident.objects),
        "stopped": incident.stopped,
        "zones_entered": [list(zones) for zones in account.entered],
        "zones_warned": list(dict.fromkeys(warning.zone_id for warning in incident.warnings)),
        "casualties": incident.casualties.status.value,
        "damage": incident.damage.status.value,
        "claim": incident.claim.status.value,
        "head_count_complete": incident.accounted,
        "record_sha256": record_sha256 or None,
        "series": {
            "counted": series.counted,
            "previous_id": series.previous_id or None,
            "previous_site_id": series.previous_site_id or None,
            "gap_s": series.gap_s if isfinite(series.gap_s) else None,
            "within_48_h": series.within_48_h,
            "within_30_days": series.within_30_days,
            "site_within_30_days": series.site_within_30_days,
            "total": series.total,
            "site_total": series.site_total,
            "first_t_ns": series.first_t_ns,
            "repeat_sites": [list(pair) for pair in series.repeat_sites],
            "hours_local": list(series.hours_local),
        },
    }
