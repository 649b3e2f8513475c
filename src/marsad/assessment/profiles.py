"""The classes of objects: what each means, and how each flies."""

from collections.abc import Iterator

from pydantic import Field

from marsad.model.settings import Finding, Settings, check, skipping_unknown
from marsad.model.threat import THREAT_CLASSES

Band = tuple[float, float, float]
"""(low, high, softness): flat between low and high, Gaussian shoulders of that width outside."""


class ClassWeights(Settings):
    """What being of a class means for the threat score."""

    prior_db: float = Field(ge=-40, le=40, description="hostility of the class by itself, decibans")
    severity: float = Field(ge=0, le=1, description="what a hit would mean, 1 = the worst")
    dash_mps: float = Field(gt=0, description="speed it can reach in a dash; for the earliest arrival")
    wander_deg: float = Field(ge=0, lt=90, description="how far it strays from its present course")
    margin_m: float = Field(ge=0, description="a miss by less than this still counts as a hit")


def _weights(
    prior_db: float, severity: float, dash_mps: float, wander_deg: float, margin_m: float
) -> ClassWeights:
    return ClassWeights(
        prior_db=prior_db, severity=severity, dash_mps=dash_mps, wander_deg=wander_deg, margin_m=margin_m
    )


class FlightProfile(Settings):
    """One way in which objects of a class fly: bands of what a tracker can see.

    A class may have several profiles (an airliner and a helicopter are both crewed). The
    shares of all profiles are the prior class mix of an object nobody has identified.
    """

    class_name: str = Field(description="the class of object that flies so")
    share: float = Field(gt=0, description="prior share among unidentified objects; normalised")
    speed_mps: Band = Field(description="speed in three dimensions")
    height_m: Band = Field(description="height above the site")
    climb_mps: Band = Field(description="vertical speed")
    wander_deg: Band = Field(description="circular spread of the course over some ten seconds")
    climb_acceleration_mps2: Band = Field(description="vertical acceleration, -9.8 in free fall")

    @check
    def _known_class(self) -> Iterator[Finding]:
        if self.class_name not in THREAT_CLASSES:
            sentence = f"class {self.class_name!r} is none of {', '.join(THREAT_CLASSES)}"
            yield Finding(("class_name",), sentence)

    @check
    def _bands_in_order(self) -> Iterator[Finding]:
        for name in ("speed_mps", "height_m", "climb_mps", "wander_deg", "climb_acceleration_mps2"):
            with skipping_unknown:
                low, high, softness = getattr(self, name)
                if not (low < high and softness > 0):
                    sentence = f"{name} is {[low, high, softness]}: low must be below high, softness above 0"
                    yield Finding((name,), sentence)

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands in the order of the features of ``classes.Features``."""
        return (
            self.speed_mps,
            self.height_m,
            self.climb_mps,
            self.wander_deg,
            self.climb_acceleration_mps2,
        )


def _profile(name: str, share: float, *bands: Band) -> FlightProfile:
    speed, height, climb, wander, fall = bands
    return FlightProfile(
        class_name=name,
        share=share,
        speed_mps=speed,
        height_m=height,
        climb_mps=climb,
        wander_deg=wander,
        climb_acceleration_mps2=fall,
    )


_LEVEL_FLIGHT: Band = (-2, 2, 2)
PROFILES: tuple[FlightProfile, ...] = (
    # Propeller one-way attack drones: 40-60 m/s cruise, straight; open reports of 2019-2024.
    _profile("owa", 0.09, (33, 62, 4), (20, 500, 100), (-8, 4, 3), (0, 6, 4), _LEVEL_FLIGHT),
    _profile("owa", 0.02, (33, 75, 6), (300, 3000, 300), (-25, 6, 4), (0, 8, 4), (-6, 4, 2)),
    # Jet-driven ones are rarer and lower than airliners of that speed.
    _profile("owa", 0.005, (90, 220, 15), (20, 1000, 150), (-30, 10, 5), (0, 6, 4), (-6, 4, 2)),
    # Muzzle or burn-out speeds 70-900 m/s, research/domain table of point-mass rockets.
    _profile("ballistic", 0.02, (75, 700, 12), (-50, 10000, 500), (-400, 400, 30), (0, 4, 4), (-22, -7, 2)),
    _profile("fixedwing_small", 0.07, (12, 33, 3), (20, 600, 80), (-5, 5, 2), (0, 90, 6), _LEVEL_FLIGHT),
    # Multirotors: on their way, hovering, and flown by hand. What small drones and birds tell by the
    # straightness of their flight is weighed apart, see flight_character.
    _profile("multirotor", 0.10, (4, 23, 2), (10, 150, 40), (-4, 6, 2), (0, 90, 6), _LEVEL_FLIGHT),
    _profile("multirotor", 0.08, (0, 3, 1), (3, 150, 40), (-4, 6, 2), (0, 180, 6), _LEVEL_FLIGHT),
    _profile("multirotor", 0.04, (1, 15, 2), (3, 150, 40), (-4, 6, 2), (0, 90, 6), (-3, 3, 2)),
    # …and high, to look from there or to dive.
    _profile("multirotor", 0.02, (0, 23, 2), (100, 1000, 100), (-8, 6, 3), (0, 90, 6), (-3, 3, 2)),
    _profile("unknown", 0.02, (0, 300, 50), (0, 10000, 500), (-50, 50, 20), (0, 90, 20), (-4, 4, 1.5)),
    # Airliners and jets en route, arriving and departing; light aircraft and helicopters.
    _profile("crewed", 0.10, (60, 290, 20), (1500, 13000, 400), (-18, 20, 4), (0, 12, 5), _LEVEL_FLIGHT),
    _profile("crewed", 0.06, (55, 140, 10), (100, 2000, 150), (-8, 15, 3), (0, 15, 5), _LEVEL_FLIGHT),
    # …and on final: low, slow for their kind, straight, sinking towards a runway that a zone may hold.
    _profile("crewed", 0.05, (50, 90, 6), (0, 900, 60), (-6, 3, 2), (0, 8, 4), _LEVEL_FLIGHT),
    _profile("crewed", 0.05, (18, 85, 6), (40, 600, 60), (-8, 8, 3), (0, 25, 6), _LEVEL_FLIGHT),
    _profile("crewed", 0.06, (18, 85, 6), (300, 2500, 150), (-8, 8, 3), (0, 25, 6), _LEVEL_FLIGHT),
    _profile("crewed", 0.01, (0, 20, 4), (5, 600, 60), (-5, 5, 2), (0, 100, 20), _LEVEL_FLIGHT),
    _profile("balloon", 0.03, (0, 12, 3), (20, 10000, 200), (-1, 6, 1), (0, 40, 10), (-1, 1, 1)),
    # Gulls, pigeons, raptors. Their share is what a radar over open ground sees low and slow: many birds
    # a day, few drones a year.
    _profile("bird", 2.20, (4, 22, 2), (0, 200, 60), (-4, 4, 2), (0, 90, 6), (-3, 3, 2)),
    # Storks, cranes, eagles: by day in rising air, and gliding on from it.
    _profile("bird", 0.80, (4, 22, 2), (150, 1500, 150), (-4, 4, 2), (0, 90, 6), (-3, 3, 2)),
)

CLASS_WEIGHTS: dict[str, ClassWeights] = {
    "owa": _weights(0, 1.0, 60, 4, 50),
    "ballistic": _weights(20, 1.0, 400, 0, 0),
    "fixedwing_small": _weights(-5, 0.8, 30, 8, 50),
    "multirotor": _weights(-6, 0.7, 20, 12, 50),
    "unknown": _weights(-8, 0.6, 40, 10, 50),
    "crewed": _weights(-20, 0.5, 120, 3, 100),
    "balloon": _weights(-20, 0.1, 8, 20, 0),
    "bird": _weights(-30, 0.05, 15, 25, 0),
}
