"""A site's procedures: the ways that aircraft fly there, and the places where they are used to fly.

Heights are above the site's reference point, along the curved Earth: what an altimeter tells, less the
height of the ground. Courses and places are in the site's ENU frame.
"""

from dataclasses import dataclass
from enum import StrEnum


class ProcedureUse(StrEnum):
    """What flies there. The first three come from a runway."""

    FINAL = "final"
    DEPARTURE_CLIMB = "departure climb"
    RUNWAY = "runway"
    HELICOPTER_ROUTE = "helicopter route"
    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    TRANSIT = "transit"
    HOLDING = "holding"
    LANDING_PLACE = "landing place"
    CIRCUIT = "circuit"
    GLIDING = "gliding"
    OWN_DRONES = "own drones"


@dataclass(frozen=True, slots=True)
class PathPoint:
    """A point of a path; between two of them everything changes evenly.

    half_width_m      how far to either side of the path still belongs to it
    low_m, high_m     the heights that belong to it
    nominal_m         the height meant to be flown there, None where any between low_m and high_m is
    """

    east_m: float
    north_m: float
    half_width_m: float
    low_m: float
    high_m: float
    nominal_m: float | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A way, in the order in which it is flown; both_ways: or against it.

    points   at least two, no two of them in a row at one place
    """

    points: tuple[PathPoint, ...]
    both_ways: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """A place: the ground that an outline encloses, between two heights; any course belongs to it.

    corners_enu   ((east_m, north_m), …), simple, not closed, at least 3
    """

    corners_enu: tuple[tuple[float, float], ...]
    low_m: float
    high_m: float


@dataclass(frozen=True, slots=True)
class Procedure:
    """One way or place where a kind of flight is usual.

    procedure_id      such as "corridor:river" or "runway:15-33:final:15", once in a site
    name_en, name_ar  what people call the runway, the corridor or the area
    shape             where
    low_mps, high_mps ground speeds that belong to it
    end               of a final or departure climb: which end of the runway, as pilots call the direction
                      in which it is flown ("15"); otherwise ""
    hours             ((from_s, until_s), …) of the local day, until_s <= from_s passes midnight; () always
    """

    procedure_id: str
    name_en: str
    name_ar: str
    use: ProcedureUse
    shape: Path | Ground
    low_mps: float
    high_mps: float
    end: str = ""
    hours: tuple[tuple[int, int], ...] = ()
