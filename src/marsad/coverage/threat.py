"""How each kind of intruder comes: how fast, and at which heights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.model.ballistic import GRAVITY_MPS2
from marsad.model.intruder import ThreatKind

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Threat:
    """How an intruder comes: level at its speed, or in free fall.

    speed_mps  over the ground, toward the site; 0 where it stands
    flight_m   how far a rocket flies over the ground, thrown at 45°; 0 for what flies level
    """

    kind: ThreatKind
    speed_mps: float
    flight_m: float = 0.0

    @property
    def falls(self) -> bool:
        """Whether it comes by a throw, not at a height."""
        return self.flight_m > 0

    def height_m(self, to_go_m: Array, level_m: float) -> Array:
        """Height (…,) above where it arrives, m, so far from there; NaN where it is not yet, or no more.

        A throw at 45° without air: h = x (1 - x / R). Air would lower the far half, where it climbs.
        """
        if not self.falls:
            return np.full(np.shape(to_go_m), level_m)
        on_its_way = (to_go_m >= 0) & (to_go_m < self.flight_m)
        return np.where(on_its_way, to_go_m * (1 - to_go_m / self.flight_m), np.nan)

    def climb_mps(self, to_go_m: Array) -> Array:
        """Vertical speed (…,), m/s, up positive."""
        if not self.falls:
            return np.zeros(np.shape(to_go_m))
        return np.asarray(-self.speed_mps * (1 - 2 * to_go_m / self.flight_m))


ROCKET_FLIGHT_M = 8_000.0
THREATS = {
    # speeds: the dash of each class in the assessment's own table (assessment/classes.py)
    ThreatKind.MULTIROTOR: Threat(ThreatKind.MULTIROTOR, 20.0),
    ThreatKind.FIXED_WING: Threat(ThreatKind.FIXED_WING, 30.0),
    ThreatKind.ONE_WAY: Threat(ThreatKind.ONE_WAY, 60.0),
    ThreatKind.HOVERING: Threat(ThreatKind.HOVERING, 0.0),
    # a short rocket: 40 s in the air
    ThreatKind.ROCKET: Threat(
        ThreatKind.ROCKET, float(np.sqrt(GRAVITY_MPS2 * ROCKET_FLIGHT_M / 2)), ROCKET_FLIGHT_M
    ),
}
