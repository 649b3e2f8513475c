"""What was foretold when people were first warned, as it is kept beside what came."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ForeseenImpact:
    """Where one object was predicted to come down when people were first warned of it.

    t_ns           when it was predicted
    impact_t_ns    when it was to come down
    place_enu      where, on the ground, m
    semi_major_m, semi_minor_m   one sigma of the place along the axes of its ellipse
    orientation_rad              of the long axis, from north to the east
    """

    t_ns: int
    impact_t_ns: int
    place_enu: tuple[float, float, float]
    semi_major_m: float
    semi_minor_m: float
    orientation_rad: float
