"""A site's procedures in its own frame, out of its settings."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.model.procedure import Ground, Path, PathPoint, Procedure, ProcedureUse
from marsad.site.procedure_settings import AreaSettings, CorridorSettings, RunwaySettings, ends_of

Array = NDArray[np.float64]

_CROSSING_M = 15.0  # height over the threshold at which a glide path passes it
_SLACK_M = 30.0  # of height near the ground: screens, flares, errors of a site's own height
_FLATTER_DEG, _STEEPER_DEG = 0.8, 1.5  # glide paths flown by hand and without guidance
_FINAL_SPREAD_DEG, _FINAL_HALF_M = 2.5, 120.0  # a localiser's full scale
_LEVEL_SLACK_M = 50.0  # below the height in which aircraft fly level to the glide path
_CLIMB_DEG, _STEEP_CLIMB_DEG = 1.5, 15.0
_DEPARTURE_SPREAD_DEG, _DEPARTURE_HALF_M = 10.0, 150.0
_LIFT_OFF_M = 300.0  # above the far end of the runway, after a short take-off
_BESIDE_M = 30.0  # of a runway: turn-offs, errors of what sees it
_ABOVE_RUNWAY_M = 40.0
_TAXI_MPS = 130.0
_CIRCLE_CORNERS = 32  # half a percent short of the circle, which no pilot knows so well
_BOTH_WAYS = ("helicopter route", "transit")


def site_procedures(
    runways: Sequence[RunwaySettings],
    corridors: Sequence[CorridorSettings],
    areas: Sequence[AreaSettings],
    frame: LocalFrame,
) -> tuple[Procedure, ...]:
    """All procedures of a site; a runway gives finals and departure climbs at its ends, and itself."""
    of_runways = [procedure for runway in runways for procedure in _of_runway(runway, frame)]
    return (
        *of_runways,
        *(_corridor(corridor, frame) for corridor in corridors),
        *(_area(area, frame) for area in areas),
    )


def _of_runway(runway: RunwaySettings, frame: LocalFrame) -> list[Procedure]:
    thresholds = _enu(runway.thresholds, frame)
    ends, heights = ends_of(runway), runway.threshold_heights_m
    found = []
    for number, end in enumerate(ends):
        if runway.ends_in_use and end not in runway.ends_in_use:
            continue
        here, there = thresholds[number], thresholds[1 - number]
        low_high = heights[number], heights[1 - number]
        found.append(_procedure(runway, ProcedureUse.FINAL, _final(runway, here, there, low_high[0]), end))
        climb = _climb(runway, here, there, low_high)
        found.append(_procedure(runway, ProcedureUse.DEPARTURE_CLIMB, climb, end))
    found.append(_procedure(runway, ProcedureUse.RUNWAY, _strip(runway, thresholds)))
    return found


def _procedure(runway: RunwaySettings, use: ProcedureUse, shape: Path, end: str = "") -> Procedure:
    low_mps, high_mps = {
        ProcedureUse.FINAL: runway.final_speed_mps,
        ProcedureUse.DEPARTURE_CLIMB: runway.departure_speed_mps,
    }.get(use, (0.0, _TAXI_MPS))
    name = f"runway:{runway.runway_id}" + (f":{use.value.replace(' ', '-')}:{end}" if end else "")
    return Procedure(name, runway.name_en, runway.name_ar, use, shape, low_mps, high_mps, end)


def _final(runway: RunwaySettings, here: Array, there: Array, threshold_m: float) -> Path:
    """From far out to the threshold `here`, and on to where the wheels touch, towards `there`."""
    out = _unit(here - there)
    flat, glide, steep = np.tan(
        np.radians([runway.glide_deg - _FLATTER_DEG, runway.glide_deg, runway.glide_deg + _STEEPER_DEG])
    ).tolist()
    level_m = runway.intercept_m - _LEVEL_SLACK_M
    joined_m = (level_m + _SLACK_M - _CROSSING_M) / flat  # where the lower edge leaves the level
    points = []
    for away_m in sorted({runway.final_m, min(joined_m, runway.final_m), 0.0, -300.0}, reverse=True):
        ahead_m = max(away_m, 0.0)
        low_m = min(_CROSSING_M - _SLACK_M + flat * ahead_m, level_m)
        points.append(
            _point(
                here + away_m * out,
                _FINAL_HALF_M + float(np.tan(np.radians(_FINAL_SPREAD_DEG))) * ahead_m,
                threshold_m + low_m,
                threshold_m + _CROSSING_M + _SLACK_M + steep * ahead_m,
                threshold_m + (_CROSSING_M + glide * ahead_m if away_m >= 0 else 0.0),
            )
        )
    return Path(tuple(points))


def _climb(runway: RunwaySettings, here: Array, there: Array, heights_m: tuple[float, float]) -> Path:
    """From the threshold `here` over `there` and out; who still rolls is on the runway itself."""
    length_m = float(np.hypot(*(there - here)))
    far = there + runway.departure_m * _unit(there - here)
    spread_m = float(np.tan(np.radians(_DEPARTURE_SPREAD_DEG))) * runway.departure_m
    low_m = float(np.tan(np.radians(_CLIMB_DEG))) * runway.departure_m - _SLACK_M
    high_m = _LIFT_OFF_M + float(np.tan(np.radians(_STEEP_CLIMB_DEG))) * (runway.departure_m + length_m)
    half_m = runway.width_m / 2 + _BESIDE_M
    return Path(
        (
            _point(here, half_m, heights_m[0] - _SLACK_M, heights_m[0] + _ABOVE_RUNWAY_M),
            _point(there, _DEPARTURE_HALF_M, heights_m[1] - _SLACK_M, heights_m[1] + _LIFT_OFF_M),
            _point(far, _DEPARTURE_HALF_M + spread_m, heights_m[1] + low_m, heights_m[1] + high_m),
        )
    )


def _strip(runway: RunwaySettings, thresholds: Array) -> Path:
    """The runway itself, and as much before each threshold as aircraft line up on."""
    half_m = runway.width_m / 2 + _BESIDE_M
    return Path(
        tuple(
            _point(place, half_m, height_m - _SLACK_M, height_m + _ABOVE_RUNWAY_M)
            for place, height_m in zip(thresholds, runway.threshold_heights_m, strict=True)
        ),
        both_ways=True,
    )


def _corridor(corridor: CorridorSettings, frame: LocalFrame) -> Procedure:
    low_m, high_m = corridor.height_m
    half_m = corridor.width_m / 2
    points = tuple(_point(place, half_m, low_m, high_m) for place in _enu(corridor.points, frame))
    return Procedure(
        f"corridor:{corridor.corridor_id}",
        corridor.name_en,
        corridor.name_ar,
        ProcedureUse(corridor.use),
        Path(points, corridor.use in _BOTH_WAYS),
        *corridor.speed_mps,
        hours=tuple(_hours(text) for text in corridor.hours),
    )


def _area(area: AreaSettings, frame: LocalFrame) -> Procedure:
    if area.centre is not None and area.radius_m is not None:
        angle = np.arange(_CIRCLE_CORNERS) * (2 * np.pi / _CIRCLE_CORNERS)
        outline = _enu([area.centre], frame) + area.radius_m * np.stack([np.sin(angle), np.cos(angle)], 1)
    else:
        outline = _enu(area.corners, frame)
    corners = tuple((float(east), float(north)) for east, north in outline)
    return Procedure(
        f"area:{area.area_id}",
        area.name_en,
        area.name_ar,
        ProcedureUse(area.use),
        Ground(corners, *area.height_m),
        *area.speed_mps,
        hours=tuple(_hours(text) for text in area.hours),
    )


def _hours(text: str) -> tuple[int, int]:
    """Seconds of the local day that "06:00-22:30" begins and ends with."""
    begin, end = (
        3600 * int(hours) + 60 * int(minutes)
        for hours, minutes in (part.split(":") for part in text.split("-"))
    )
    return begin, end


def _point(
    place: Array, half_width_m: float, low_m: float, high_m: float, nominal_m: float | None = None
) -> PathPoint:
    east_m, north_m = place.tolist()
    return PathPoint(east_m, north_m, half_width_m, float(low_m), float(high_m), nominal_m)


def _enu(corners: Sequence[tuple[float, float]], frame: LocalFrame) -> Array:
    """East and north (k, 2) of places on the ground."""
    latitude, longitude = np.array(corners, float).T
    return np.asarray(frame.enu_from_geodetic(latitude, longitude, frame.height_m)[:, :2])


def _unit(direction: Array) -> Array:
    return np.asarray(direction / np.hypot(*direction))
