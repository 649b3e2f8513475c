"""Simple polygons in the horizontal plane: inside, distance, smallest enclosing circle."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def contains(corners: ArrayLike, points: ArrayLike) -> NDArray[np.bool_]:
    """Which of the points (…, 2) lie inside the simple polygon (k, 2)."""
    point = np.asarray(points, float)
    return np.asarray(shapely.contains_xy(shapely.Polygon(np.asarray(corners)), point[..., 0], point[..., 1]))


def distance(corners: ArrayLike, points: ArrayLike) -> Array:
    """Distance (…,) from points (…, 2) to the polygon (k, 2), 0 inside; units of the input."""
    point = np.asarray(points, float)
    return np.asarray(shapely.distance(shapely.Polygon(np.asarray(corners)), shapely.points(point)))


def enclosing_circle(corners: ArrayLike) -> tuple[tuple[float, float], float]:
    """Centre and radius of the smallest circle around the points (k, 2)."""
    polygon = shapely.Polygon(np.asarray(corners, float))
    centre = shapely.centroid(shapely.minimum_bounding_circle(polygon))
    return (float(centre.x), float(centre.y)), float(shapely.minimum_bounding_radius(polygon))
