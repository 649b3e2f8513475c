"""What flies: the physical constants of each kind of object that the sensors can notice.

Figures are public orders of magnitude: radar cross-sections from the 24 GHz surveys of small
drones and birds (IEICE ComEX 9(7) 2020; Rahman & Robertson, IET RSN 2019), the rest rounded
encyclopaedic values. A scenario may override any of them for one object.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import radians


class ObjectKind(StrEnum):
    """What an object of a scenario really is."""

    ONE_WAY_DRONE = "one_way_drone"
    SMALL_FIXED_WING = "small_fixed_wing"
    MULTIROTOR = "multirotor"
    AIRLINER = "airliner"
    TRANSPORT = "transport"
    LIGHT_AIRCRAFT = "light_aircraft"
    HELICOPTER = "helicopter"
    GLIDER = "glider"
    BALLOON = "balloon"
    PHANTOM = "phantom"
    SMALL_BIRD = "small_bird"
    LARGE_BIRD = "large_bird"
    MORTAR_ROUND = "mortar_round"
    SHORT_ROCKET = "short_rocket"
    MEDIUM_ROCKET = "medium_rocket"
    LONG_ROCKET = "long_rocket"
    DEBRIS = "debris"


@dataclass(frozen=True, slots=True)
class Physique:
    """The constants of one kind.

    threat_class        what a perfect classifier would call it, of THREAT_CLASSES
    rcs_dbsm            median of the mean radar cross-section over individuals
    rcs_spread_db       one-sigma spread of that mean between individuals
    size_m              largest visible dimension, for cameras
    turn_rate_radps     the tightest turn its planned path takes
    acceleration_mps2   how it speeds up from and slows to a standstill
    gate_m              a track further away than this is not on it
    rotors              blades that a radar can see turning
    """

    threat_class: str
    rcs_dbsm: float
    rcs_spread_db: float
    size_m: float
    turn_rate_radps: float
    acceleration_mps2: float
    gate_m: float
    rotors: bool = False


PHYSIQUES = {
    ObjectKind.ONE_WAY_DRONE: Physique("owa", -5.0, 2.0, 2.5, radians(6.0), 2.0, 300.0),
    ObjectKind.SMALL_FIXED_WING: Physique("fixedwing_small", -12.0, 2.0, 1.5, radians(12.0), 2.0, 150.0),
    ObjectKind.MULTIROTOR: Physique("multirotor", -15.0, 3.0, 0.35, radians(45.0), 2.5, 150.0, rotors=True),
    ObjectKind.AIRLINER: Physique("crewed", 20.0, 3.0, 40.0, radians(1.5), 0.7, 500.0),
    ObjectKind.TRANSPORT: Physique("crewed", 18.0, 3.0, 30.0, radians(3.0), 0.7, 500.0),
    ObjectKind.LIGHT_AIRCRAFT: Physique("crewed", 5.0, 3.0, 9.0, radians(6.0), 1.0, 300.0),
    ObjectKind.HELICOPTER: Physique("crewed", 8.0, 3.0, 14.0, radians(6.0), 1.5, 300.0, rotors=True),
    ObjectKind.GLIDER: Physique("crewed", 2.0, 3.0, 15.0, radians(15.0), 0.5, 300.0),
    ObjectKind.BALLOON: Physique("balloon", -12.0, 3.0, 1.5, radians(20.0), 0.5, 150.0),
    # nothing but a transponder's word: no radar sees it, no camera
    ObjectKind.PHANTOM: Physique("crewed", -200.0, 0.0, 0.001, radians(6.0), 1.0, 300.0),
    ObjectKind.SMALL_BIRD: Physique("bird", -33.0, 4.0, 0.3, radians(60.0), 3.0, 150.0),
    ObjectKind.LARGE_BIRD: Physique("bird", -18.0, 3.0, 1.2, radians(40.0), 3.0, 150.0),
    # assumed cross-sections, nose on; what falls does not turn, nor stand still
    ObjectKind.MORTAR_ROUND: Physique("ballistic", -20.0, 2.0, 0.5, radians(6.0), 1.0, 500.0),
    ObjectKind.SHORT_ROCKET: Physique("ballistic", -17.0, 2.0, 0.9, radians(6.0), 1.0, 500.0),
    ObjectKind.MEDIUM_ROCKET: Physique("ballistic", -12.0, 2.0, 2.9, radians(6.0), 1.0, 500.0),
    ObjectKind.LONG_ROCKET: Physique("ballistic", -8.0, 2.0, 5.0, radians(6.0), 1.0, 500.0),
    ObjectKind.DEBRIS: Physique("ballistic", -20.0, 3.0, 0.5, radians(6.0), 1.0, 500.0),
}
FALLING = frozenset(kind for kind, it in PHYSIQUES.items() if it.threat_class == "ballistic")
"""What flies by no route: salvos fire it."""


@dataclass(frozen=True, slots=True)
class RoundClass:
    """A class of rounds: rounded encyclopaedic values, for simulation only.

    speed_mps    least and most, at the muzzle or at burn-out
    usual_mps    unless a scenario says otherwise
    beta_kgpm2   m / (Cd A)
    burn_s       assumed; 0 = fired from a barrel
    high         by the steeper path, unless a scenario says otherwise
    """

    speed_mps: tuple[float, float]
    usual_mps: float
    beta_kgpm2: float
    burn_s: float
    high: bool


ROUND_CLASSES = {
    ObjectKind.MORTAR_ROUND: RoundClass((70.0, 325.0), 230.0, 3_500.0, 0.0, True),
    ObjectKind.SHORT_ROCKET: RoundClass((350.0, 400.0), 400.0, 5_000.0, 1.0, False),
    ObjectKind.MEDIUM_ROCKET: RoundClass((600.0, 700.0), 690.0, 9_000.0, 2.0, False),
    ObjectKind.LONG_ROCKET: RoundClass((700.0, 1_000.0), 950.0, 10_000.0, 4.0, False),
}
