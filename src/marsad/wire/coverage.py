"""What sensors see of the air by kind of intruder, and the gaps."""

from typing import Literal

from typing_extensions import TypedDict

from marsad.wire.tracks import Reason

ThreatKindName = Literal["multirotor", "fixed_wing", "one_way", "hovering", "rocket"]


class CoverageBand(TypedDict):
    """What is seen of an intruder at one height above the ground; height_m None where it says nothing.

    area: polygons of rings of [longitude_deg, latitude_deg]. warning_s: by sector, the first centred on
    north; None where what is asked about stands still.
    """

    height_m: float | None
    area: list[list[list[list[float]]]]
    warning_s: list[float] | None


class CoverageHole(TypedDict):
    """Bearings on which the warning is too short; label is where its name goes, area as in `CoverageBand`."""

    what: Reason
    from_deg: float
    to_deg: float
    height_m: float | None
    warning_s: float | None
    area: list[list[list[list[float]]]]
    label: list[float]


class CoverageOpening(TypedDict):
    """A hole that is there because sensors are silent; since_t_ms None where none of them was ever heard."""

    what: Reason
    since_t_ms: int | None
    sensor_ids: list[str]


class CoverageMap(TypedDict):
    """What the sensors of the site see now, all that live taken together, of one kind of intruder.

    sectors: the rings of the parts of a ring, one for each warning_s; labels: a place outside of it for every
    sixth. wanted_s: less warning than that is a hole.
    """

    threat: ThreatKindName
    speed_mps: float
    wanted_s: float
    bands: list[CoverageBand]
    holes: list[CoverageHole]
    openings: list[CoverageOpening]
    sectors: list[list[list[float]]]
    labels: list[list[float]]
