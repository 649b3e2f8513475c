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

    def plane(self, latitude_deg: float, longitude_deg: float) -> Array:
        """East and north of a place, m."""
        frame = self.layout.frame
        return np.asarray(frame.enu_from_geodetic(latitude_deg, longitude_deg, frame.height_m)[:2])


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
