"""The ground of a raid: a shipped site with its zones, seen as places to reach."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.geo.polygon import contains
from marsad.model.site import Zone
from marsad.simulate import scenario
from marsad.simulate.layout import Layout, load_layout

Array = NDArray[np.float64]
STEP_M = 10.0
FARTHEST_M = 15_000.0


@dataclass(frozen=True)
class FinalPath:
    """A published final: the threshold crossed, the other one beyond it, both (2,) m, and the glide."""

    threshold: Array
    other: Array
    glide_deg: float

    @property
    def along(self) -> Array:
        """The direction flown."""
        way = self.other - self.threshold
        return np.asarray(way / np.hypot(*way))

    def before(self, distance_m: float) -> Array:
        """The place (2,) so far before the threshold."""
        return np.asarray(self.threshold - distance_m * self.along)


@dataclass(frozen=True)
class Ground:
    """A site of the package."""

    name: str
    path: Path
    layout: Layout

    @property
    def zones(self) -> tuple[Zone, ...]:
        """What is protected."""
        return self.layout.site.zones

    def outermost_m(self, aim: Array, bearing_rad: float) -> float:
        """How far from a place, towards a bearing, the last zone ends that a straight way in meets."""
        distance = np.arange(0.0, FARTHEST_M, STEP_M)
        points = aim + distance[:, None] * np.array([np.sin(bearing_rad), np.cos(bearing_rad)])
        met = np.zeros(len(distance), bool)
        for zone in self.zones:
            met |= inside(zone, points)
        return float(distance[met].max(initial=0.0)) + STEP_M

    @property
    def finals(self) -> tuple[FinalPath, ...]:
        """The published approach paths: one to each end of each runway."""
        found = []
        for runway in self.layout.runways:
            for threshold, other in (runway.thresholds_enu, runway.thresholds_enu[::-1]):
                found.append(FinalPath(np.array(threshold), np.array(other), runway.glide_deg))
        return tuple(found)


def inside(zone: Zone, points: Array) -> NDArray[np.bool_]:
    """Which of the points (n, 2) lie within a zone."""
    if zone.corners_enu:
        return contains(zone.corners_enu, points)
    return np.asarray(np.hypot(*(points - zone.centre_enu).T) <= zone.radius_m)


@lru_cache(maxsize=16)
def ground_of(site: str) -> Ground:
    """The ground of a shipped site by its name."""
    path = Path(scenario.__file__).parent / "sites" / f"{site}.toml"
    return Ground(site, path, load_layout(path))
