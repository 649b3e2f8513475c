"""What is allowed in a site's settings and still worth a word to whoever wrote them."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import numpy as np
import shapely

from marsad.feeds.settings import SbsSettings
from marsad.model.authority import CONFIRMED_DAYS
from marsad.model.procedure import Path, PathPoint, Procedure, ProcedureUse
from marsad.model.reason import Reason
from marsad.model.site import Site, Zone
from marsad.model.threat import Level
from marsad.site.settings import SiteSettings

_UNDER_M = 3_000.0  # before a threshold: nearer in, landing aircraft are low


def advice(settings: SiteSettings) -> list[Reason]:
    """What whoever wrote the settings should know; nothing of it keeps a site from running."""
    site = settings.build_site()
    found = [reason for zone in site.zones for reason in _under_finals(zone, site)]
    hears_aircraft = any(isinstance(feed, SbsSettings) for feed in settings.feed)
    if hears_aircraft and site.zones and not site.procedures:
        found.append(Reason("station.advice.no_procedure"))
    return found


def card_advice(settings: SiteSettings, today: date) -> list[Reason]:
    """What is worth a word about the authority card on a day: nobody has gone through it, or long ago."""
    card = settings.authority
    if not card.person and not card.duty:
        return []
    if card.confirmed_on is None:
        return [Reason("station.advice.card_never_confirmed")]
    age_days = (today - card.confirmed_on).days
    return [Reason("station.advice.card_old", (("age_days", age_days),))] if age_days > CONFIRMED_DAYS else []


def release_advice(settings: SiteSettings) -> list[Reason]:
    """Which rules of release leave a deputy less than their time before an alarm goes out unasked."""
    warn_s = settings.assessment.levels.warn_time_s
    found = []
    for number, rule in enumerate(settings.release, 1):
        outputs = [one for one in settings.output if not rule.outputs or one.name in rule.outputs]
        waits = rule.people and (not rule.stages or Level.WARN.name in rule.stages)
        delivery_s = max((one.delivery_s for one in outputs if Level.WARN.name in one.stages), default=None)
        if not waits or delivery_s is None:
            continue
        asked_s = rule.decide_within_s + rule.deputy_within_s
        # with no more time left than this, nobody is asked any longer
        there_s = max(warn_s - delivery_s - rule.decide_within_s, 0.0)
        if asked_s > there_s:
            numbers = (("asked_s", asked_s), ("warn_s", warn_s), ("there_s", there_s))
            found.append(Reason("station.advice.release_too_long", (("rule", float(number)), *numbers)))
    return found


def _under_finals(zone: Zone, site: Site) -> Iterator[Reason]:
    """Each final whose last kilometres pass over a zone."""
    shape = _shape(zone)
    for procedure in site.procedures:
        if procedure.use != ProcedureUse.FINAL or not isinstance(procedure.shape, Path):
            continue
        passing = shapely.intersection(shape, _near(procedure.shape))
        if passing.is_empty:
            continue
        threshold = _threshold(procedure)
        line = shapely.LineString([(point.east_m, point.north_m) for point in procedure.shape.points[:-1]])
        along = shapely.line_locate_point(line, shapely.centroid(passing))
        yield Reason(
            "station.advice.under_final",
            (
                ("zone_id", zone.zone_id),
                ("procedure_id", procedure.procedure_id),
                ("distance_m", float(shapely.distance(passing, shapely.Point(threshold)))),
                ("height_m", _nominal_m(procedure.shape, float(along))),
            ),
        )


def _near(path: Path) -> shapely.Geometry:
    """The ground under the last kilometres before the threshold, which is the last point but one."""
    before, threshold = path.points[-3], path.points[-2]
    out = np.array([before.east_m - threshold.east_m, before.north_m - threshold.north_m])
    length_m = float(np.hypot(*out))
    part = min(_UNDER_M / length_m, 1.0)
    far_half = threshold.half_width_m + part * (before.half_width_m - threshold.half_width_m)
    along = out / length_m
    across = np.array([-along[1], along[0]])
    here = np.array([threshold.east_m, threshold.north_m])
    there = here + part * out
    return shapely.Polygon(
        [
            here + threshold.half_width_m * across,
            there + far_half * across,
            there - far_half * across,
            here - threshold.half_width_m * across,
        ]
    )


def _threshold(procedure: Procedure) -> tuple[float, float]:
    assert isinstance(procedure.shape, Path)
    point = procedure.shape.points[-2]
    return point.east_m, point.north_m


def _nominal_m(path: Path, along_m: float) -> float:
    """The height meant to be flown so far along a path."""
    for one, other in pairwise(path.points):
        length_m = float(np.hypot(other.east_m - one.east_m, other.north_m - one.north_m))
        if along_m <= length_m:
            return _height(one, other, along_m / length_m)
        along_m -= length_m
    return _height(path.points[-2], path.points[-1], 1.0)


def _height(one: PathPoint, other: PathPoint, part: float) -> float:
    low_m, high_m = one.nominal_m or 0.0, other.nominal_m or 0.0
    return low_m + part * (high_m - low_m)


def _shape(zone: Zone) -> shapely.Geometry:
    if zone.corners_enu:
        return shapely.Polygon(zone.corners_enu)
    return shapely.Point(zone.centre_enu).buffer(zone.radius_m)
