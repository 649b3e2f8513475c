"""The zones of a site as arrays, ready for geometry over tracks × zones."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marsad.geo import polygon
from marsad.model.site import Site

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ZoneShapes:
    """z zones, circles and polygons mixed.

    zone_ids                z identifiers, in the site's order
    centre    (z,2)         of the circle or of the polygon's enclosing circle, m ENU
    radius    (z,)          m
    value     (z,)          0..1; a zone of value 0 takes no part in scores and warnings
    restricted (z,)         bool
    circles, polygons       rows of the zones of each kind
    corners   (q,k,2)       of the polygons, padded by repeating the last corner
    """

    zone_ids: tuple[str, ...]
    centre: Array
    radius: Array
    value: Array
    restricted: NDArray[np.bool_]
    circles: NDArray[np.int64]
    polygons: NDArray[np.int64]
    corners: Array

    def __len__(self) -> int:
        return len(self.zone_ids)

    @cached_property
    def discs(self) -> Array:
        """[east, north, radius] (z,3) of each circle, or of the polygon's enclosing circle."""
        return np.concatenate([self.centre, self.radius[:, None]], axis=1)

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """Row (z,) of each zone's corners, -1 if it is round."""
        found = np.full(len(self), -1)
        found[self.polygons] = np.arange(len(self.polygons))
        return found

    def grown(self, buffer_m: float) -> Array:
        """Outlines (z,k,2) of the zones with that much around them: closed, counterclockwise, padded."""
        if buffer_m not in self._grown:
            rings = [self._ring(row, buffer_m) for row in range(len(self))]
            most = max(map(len, rings), default=4)
            padded = [np.concatenate([ring, np.repeat(ring[-1:], most - len(ring), 0)]) for ring in rings]
            self._grown[buffer_m] = np.array(padded).reshape(len(self), most, 2)
        return self._grown[buffer_m]

    @cached_property
    def _grown(self) -> dict[float, Array]:
        return {}

    def _ring(self, row: int, buffer_m: float) -> Array:
        if (place := self.owner[row]) >= 0:
            return polygon.grown(self.corners[place], buffer_m)
        return polygon.disc(self.centre[row], float(self.radius[row]) + buffer_m)

    @staticmethod
    def of(site: Site) -> "ZoneShapes":
        """The shapes of a site's zones."""
        zones = site.zones
        polygons = [row for row, zone in enumerate(zones) if zone.corners_enu]
        most = max((len(zones[row].corners_enu) for row in polygons), default=3)
        corners = np.empty((len(polygons), most, 2))
        for place, row in enumerate(polygons):
            own = zones[row].corners_enu
            corners[place] = own + (own[-1],) * (most - len(own))
        return ZoneShapes(
            tuple(zone.zone_id for zone in zones),
            np.array([zone.centre_enu for zone in zones], float).reshape(-1, 2),
            np.array([zone.radius_m for zone in zones], float),
            np.array([zone.value for zone in zones], float),
            np.array([zone.restricted for zone in zones], bool),
            np.array([row for row, zone in enumerate(zones) if not zone.corners_enu], np.int64),
            np.array(polygons, np.int64),
            corners,
        )
