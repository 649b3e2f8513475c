"""The ground that a procedure lies over, for drawing it."""

import numpy as np
import shapely
from numpy.typing import NDArray

from marsad.model.procedure import Path, Procedure

Array = NDArray[np.float64]


def procedure_outline(procedure: Procedure) -> Array:
    """The corners (k,2) of a procedure's ground in the site's ENU frame, in order, not closed."""
    if isinstance(procedure.shape, Path):
        return _between_sides(procedure.shape)
    return np.array(procedure.shape.corners_enu, float)


def _between_sides(path: Path) -> Array:
    """The ground between both sides of a path."""
    points = np.array([(point.east_m, point.north_m) for point in path.points])
    half = np.array([point.half_width_m for point in path.points])
    if np.ptp(half) == 0:
        ground = shapely.LineString(points).buffer(half[0], cap_style="flat", join_style="mitre")
        if isinstance(ground, shapely.Polygon):
            return np.array(ground.exterior.coords[:-1], float)
    step = np.gradient(points, axis=0)
    along = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    across = half[:, None] * np.stack([-along[:, 1], along[:, 0]], axis=-1)
    return np.vstack([points + across, (points - across)[::-1]])
