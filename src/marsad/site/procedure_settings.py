"""Settings of a site's procedures: runways, corridors and areas where aircraft are used to fly."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from marsad.geo.local import LocalFrame
from marsad.model.settings import Finding, Settings, Words, check
from marsad.site.drawn_place import (
    RADIUS_M_MAX,
    Corner,
    Identifier,
    first_far,
    outline_findings,
    polygon_findings,
)

_LENGTH_M_MIN, _LENGTH_M_MAX = 150.0, 6_000.0
_TURNED_DEG_MAX = 45.0  # true and magnetic north differ by less wherever people fly

Height = Annotated[float, Field(ge=-500, le=20_000)]
Speed = Annotated[float, Field(ge=0, le=400)]
End = Annotated[
    str,
    Field(pattern=r"^(0[1-9]|[12][0-9]|3[0-6])[LRC]?$"),
    Words('01 to 36, the direction in which it is flown, with L, R or C if need be, such as "15" or "33L"'),
]
Hours = Annotated[
    str,
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
    Words('from and until in local time, such as "06:00-22:00" or, past midnight, "22:00-06:00"'),
]
_HOURS = "When it is used, local time; not given: always."
_HEIGHTS = "Lowest and highest height flown there, above the site."
_SPEEDS = "Lowest and highest speed over ground flown there."


class RunwaySettings(Settings):
    """A runway; its final approaches and departures at both ends come from its two thresholds."""

    runway_id: Identifier = Field(description="Short name, used in messages of machines.")
    name_en: str = Field(description='Name as people know it, in English, such as "Runway 15/33".')
    name_ar: str = Field(description="Name as people know it, in Arabic.")
    thresholds: tuple[Corner, Corner] = Field(
        description="[latitude, longitude] in degrees of both: first that of the end named first, "
        "where who lands in that direction comes in."
    )
    threshold_heights_m: tuple[Height, Height] = Field(
        (0.0, 0.0), description="Heights of both thresholds above the site, in the same order."
    )
    ends: tuple[End, End] | None = Field(
        None, description="Names of both ends, in the same order; default: from the true direction."
    )
    ends_in_use: list[End] = Field(
        [], max_length=2, description="Ends that are landed on and departed from; not given: both."
    )
    width_m: float = Field(60.0, ge=10, le=200, description="Width of the runway with its shoulders.")
    glide_deg: float = Field(3.0, ge=2, le=8, description="Angle of the glide path.")
    final_m: float = Field(
        20_000.0, ge=1_000, le=60_000, description="How far out the final approach begins."
    )
    intercept_m: float = Field(
        600.0,
        ge=100,
        le=3_000,
        description="Lowest height above the threshold in which aircraft fly level until they meet the "
        "glide path.",
    )
    departure_m: float = Field(
        12_000.0, ge=1_000, le=60_000, description="How far out departures keep to the runway's line."
    )
    final_speed_mps: tuple[Speed, Speed] = Field(
        (50.0, 140.0), description="Lowest and highest speed over ground on the final approach."
    )
    departure_speed_mps: tuple[Speed, Speed] = Field(
        (50.0, 200.0), description="Lowest and highest speed over ground after take-off."
    )

    @check
    def _length(self) -> Iterator[Finding]:
        length_m, _ = _along(self.thresholds)
        if not _LENGTH_M_MIN <= length_m <= _LENGTH_M_MAX:
            yield Finding(
                ("thresholds",),
                f"the thresholds are {length_m:,.0f} m apart; a runway is {_LENGTH_M_MIN:,.0f} to "
                f"{_LENGTH_M_MAX:,.0f} m long, and each is [latitude, longitude]",
            )

    @check
    def _ends_point_along(self) -> Iterator[Finding]:
        if self.ends is None:
            return
        _, bearing_deg = _along(self.thresholds)
        for number, end in enumerate(self.ends):
            flown_deg = (bearing_deg + 180.0 * number) % 360.0
            if abs((10.0 * int(end[:2]) - flown_deg + 180.0) % 360.0 - 180.0) > _TURNED_DEG_MAX:
                sentence = (
                    f"ends: {end} is flown at about {10 * int(end[:2])} degrees, but from threshold "
                    f"{number + 1} to the other it is {flown_deg:.0f}; are the thresholds swapped?"
                )
                yield Finding(("ends",), sentence)
                return

    @check
    def _ends_known(self) -> Iterator[Finding]:
        names = ends_of(self)
        for number, end in enumerate(self.ends_in_use):
            if end not in names:
                sentence = f"{end} is no end of this runway; they are {names[0]} and {names[1]}"
                yield Finding(("ends_in_use", number), sentence)

    @check
    def _final_speeds(self) -> Iterator[Finding]:
        yield from _band(self.final_speed_mps, "final_speed_mps")

    @check
    def _departure_speeds(self) -> Iterator[Finding]:
        yield from _band(self.departure_speed_mps, "departure_speed_mps")


class CorridorSettings(Settings):
    """A way that aircraft fly, along a line of points."""

    corridor_id: Identifier = Field(description="Short name, used in messages of machines.")
    name_en: str = Field(description="Name as people know it, in English.")
    name_ar: str = Field(description="Name as people know it, in Arabic.")
    use: Literal["helicopter route", "arrival", "departure", "transit"] = Field(
        description="What flies there. Arrivals and departures fly in the order of the points, the others "
        "both ways."
    )
    points: list[Corner] = Field(
        min_length=2, max_length=200, description="[latitude, longitude] in degrees, in the order flown."
    )
    width_m: float = Field(gt=0, le=50_000, description="From one side to the other.")
    height_m: tuple[Height, Height] = Field(description=_HEIGHTS)
    speed_mps: tuple[Speed, Speed] = Field(description=_SPEEDS)
    hours: list[Hours] = Field([], max_length=10, description=_HOURS)

    @check
    def _points_apart(self) -> Iterator[Finding]:
        for number, (one, other) in enumerate(zip(self.points, self.points[1:], strict=False)):
            if one == other:
                sentence = f"number {number + 2} stands where number {number + 1} does"
                yield Finding(("points", number + 1), sentence)

    @check
    def _heights(self) -> Iterator[Finding]:
        yield from _band(self.height_m, "height_m")

    @check
    def _speeds(self) -> Iterator[Finding]:
        yield from _band(self.speed_mps, "speed_mps")


class AreaSettings(Settings):
    """A place where aircraft are used to fly, by its corners or by centre and radius."""

    area_id: Identifier = Field(description="Short name, used in messages of machines.")
    name_en: str = Field(description="Name as people know it, in English.")
    name_ar: str = Field(description="Name as people know it, in Arabic.")
    use: Literal["holding", "landing place", "circuit", "gliding", "own drones"] = Field(
        description="What flies there."
    )
    corners: list[Corner] = Field(
        [], max_length=200, description="[latitude, longitude] in degrees, in order around it, not closed."
    )
    centre: Corner | None = Field(
        None, description="[latitude, longitude] in degrees of a round area's centre."
    )
    radius_m: float | None = Field(None, gt=0, le=RADIUS_M_MAX, description="Radius of a round area.")
    height_m: tuple[Height, Height] = Field(description=_HEIGHTS)
    speed_mps: tuple[Speed, Speed] = Field(description=_SPEEDS)
    hours: list[Hours] = Field([], max_length=10, description=_HOURS)

    @check
    def _one_shape(self) -> Iterator[Finding]:
        yield from outline_findings(self)

    @check
    def _polygon(self) -> Iterator[Finding]:
        yield from polygon_findings(self)

    @check
    def _heights(self) -> Iterator[Finding]:
        yield from _band(self.height_m, "height_m")

    @check
    def _speeds(self) -> Iterator[Finding]:
        yield from _band(self.speed_mps, "speed_mps")


ProcedureSettings = RunwaySettings | CorridorSettings | AreaSettings
RECORDS: dict[str, type[RunwaySettings] | type[CorridorSettings] | type[AreaSettings]] = {
    "runway": RunwaySettings,
    "corridor": CorridorSettings,
    "area": AreaSettings,
}


def ends_of(runway: Any) -> tuple[str, str]:
    """The names of a runway's ends: those given, or those of its true direction."""
    if runway.ends is not None:
        return runway.ends[0], runway.ends[1]
    _, bearing_deg = _along(runway.thresholds)
    number = round(bearing_deg / 10.0) % 36 or 36
    return f"{number:02d}", f"{(number + 17) % 36 + 1:02d}"


def places_of(kind: str, record: Any) -> tuple[str, list[Corner]]:
    """The setting that says where a runway, corridor or area is, and its coordinates."""
    name = {"runway": "thresholds", "corridor": "points"}.get(kind, "corners")
    if corners := list(getattr(record, name)):
        return name, corners
    return "centre", [record.centre] if record.centre else []


def far_off(kind: str, record: Any, frame: LocalFrame) -> Finding | None:
    """A Finding if any of the coordinates of a runway, corridor or area is too far off to be meant."""
    name, corners = places_of(kind, record)
    far = first_far(corners, frame)
    if far is None:
        return None
    swapped = abs(far[1]) <= 90 and first_far([(far[1], far[0])], frame) is None
    ask = "latitude and longitude look swapped" if swapped else "is it [latitude, longitude]?"
    sentence = (
        f"{name}: {far[0]}, {far[1]} is more than 100 km from the site at {frame.latitude_deg}, "
        f"{frame.longitude_deg}; {ask}"
    )
    return Finding((name,), sentence)


def _along(thresholds: tuple[Corner, Corner]) -> tuple[float, float]:
    """Length (m) and true bearing (deg) from the first threshold to the second."""
    (latitude, longitude), (to_latitude, to_longitude) = thresholds
    east, north, _ = LocalFrame(latitude, longitude).enu_from_geodetic(to_latitude, to_longitude, 0.0)
    return float(np.hypot(east, north)), float(np.degrees(np.arctan2(east, north)) % 360.0)


def _band(band: tuple[float, float], name: str) -> Iterator[Finding]:
    if band[0] >= band[1]:
        yield Finding((name,), f"{name} is [{band[0]:g}, {band[1]:g}]; the lower comes first")
