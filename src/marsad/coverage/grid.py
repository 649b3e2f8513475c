"""The places that coverage is worked out at: bearings and distances around the zones of a site."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from marsad.model.site import Site, Zone

Array = NDArray[np.float64]
_CIRCLE_CORNERS = 64


@dataclass(frozen=True)
class Protected:
    """The ground that is protected: the convex hull of zones, seen from its middle.

    centre_enu   (east, north) m of the site frame, inside the hull
    corners_enu  (k, 2) m of the hull, () where there is no zone: then a point
    """

    centre_enu: tuple[float, float]
    corners_enu: tuple[tuple[float, float], ...] = ()

    def edge_m(self, bearing_rad: Array) -> Array:
        """How far (b,) from the middle the edge is on each bearing, m."""
        if not self.corners_enu:
            return np.zeros(len(bearing_rad))
        corner = np.array(self.corners_enu) - self.centre_enu
        toward = np.stack([np.sin(bearing_rad), np.cos(bearing_rad)], axis=-1)
        along = np.roll(corner, -1, axis=0) - corner
        # from the middle t·toward meets corner + s·along, 0 ≤ s ≤ 1, on just one side of a convex hull
        cross = toward[:, None, 0] * along[None, :, 1] - toward[:, None, 1] * along[None, :, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            far = (corner[:, 0] * along[:, 1] - corner[:, 1] * along[:, 0]) / cross
            part = (corner[None, :, 0] * toward[:, None, 1] - corner[None, :, 1] * toward[:, None, 0]) / cross
        meets = (part >= -1e-9) & (part <= 1 + 1e-9) & (far >= 0)
        return np.asarray(np.where(meets, far, 0.0).max(axis=1))


def protected(zones: tuple[Zone, ...]) -> Protected:
    """What zones protect together; the site's reference point where there are none."""
    if not zones:
        return Protected((0.0, 0.0))
    turn = np.linspace(0, 2 * np.pi, _CIRCLE_CORNERS, endpoint=False)
    points: list[tuple[float, float]] = []
    for zone in zones:
        if zone.corners_enu:
            points += zone.corners_enu
        else:
            east, north = zone.centre_enu
            points += [
                (east + zone.radius_m * float(sin), north + zone.radius_m * float(cos))
                for sin, cos in zip(np.sin(turn), np.cos(turn), strict=True)
            ]
    hull = shapely.MultiPoint(points).convex_hull
    corners = shapely.get_coordinates(hull)[:-1]
    return Protected((hull.centroid.x, hull.centroid.y), tuple((float(e), float(n)) for e, n in corners))


def protected_of(site: Site) -> Protected:
    """What a site protects."""
    return protected(site.zones)


@dataclass(frozen=True)
class PolarGrid:
    """Rings about the middle of what is protected.

    bearings   how many, the first due north, clockwise
    ring_m     width of a ring; places are in the middle of theirs
    rings      how many, from the middle outward
    """

    around: Protected
    bearings: int
    ring_m: float
    rings: int

    @cached_property
    def bearing_rad(self) -> Array:
        """(b,) from true north, clockwise."""
        return np.asarray(np.arange(self.bearings) * (2 * np.pi / self.bearings), float)

    @cached_property
    def distance_m(self) -> Array:
        """(r,) from the middle."""
        return np.asarray((np.arange(self.rings) + 0.5) * self.ring_m, float)

    @cached_property
    def edge_m(self) -> Array:
        """(b,) of what is protected."""
        return self.around.edge_m(self.bearing_rad)

    @cached_property
    def to_go_m(self) -> Array:
        """(b, r) from each place to the edge; negative inside."""
        return np.asarray(self.distance_m[None, :] - self.edge_m[:, None])

    @cached_property
    def east_m(self) -> Array:
        """(b, r) in the site frame."""
        return np.asarray(
            self.around.centre_enu[0] + np.sin(self.bearing_rad)[:, None] * self.distance_m[None, :]
        )

    @cached_property
    def north_m(self) -> Array:
        """(b, r) in the site frame."""
        return np.asarray(
            self.around.centre_enu[1] + np.cos(self.bearing_rad)[:, None] * self.distance_m[None, :]
        )
