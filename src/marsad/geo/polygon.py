"""Simple polygons in the horizontal plane: inside, distance, smallest enclosing circle."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
_ARC_PARTS = 3  # of each quarter circle
_ARC = float(np.sqrt(np.pi / 6 / np.sin(np.pi / 6)))  # a polygon so much wider has the area of its circle
_DISC_PARTS = 48


def contains(corners: ArrayLike, points: ArrayLike) -> NDArray[np.bool_]:
    """Which of the points (…, 2) lie inside the simple polygon (k, 2)."""
    point = np.asarray(points, float)
    return np.asarray(shapely.contains_xy(shapely.Polygon(np.asarray(corners)), point[..., 0], point[..., 1]))


def distance(corners: ArrayLike, points: ArrayLike) -> Array:
    """Distance (…,) from points (…, 2) to the polygon (k, 2), 0 inside; units of the input."""
    point = np.asarray(points, float)
    return np.asarray(shapely.distance(shapely.Polygon(np.asarray(corners)), shapely.points(point)))


def grown(corners: ArrayLike, by: float) -> Array:
    """Outline (k, 2) of a polygon and all that is that near to it: closed, counterclockwise.

    Its arcs are polygons of the same area as the arcs, to a hundredth of `by`.
    """
    area = shapely.Polygon(np.asarray(corners, float)).buffer(by * _ARC, quad_segs=_ARC_PARTS)
    return np.asarray(shapely.orient_polygons(area).exterior.coords, float)


def disc(centre: ArrayLike, radius: float) -> Array:
    """Outline (k, 2) of a disc: closed, counterclockwise."""
    turn = np.linspace(0.0, 2 * np.pi, _DISC_PARTS + 1)
    wide = radius * float(np.sqrt(2 * np.pi / _DISC_PARTS / np.sin(2 * np.pi / _DISC_PARTS)))
    return np.asarray(centre, float) + wide * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def enclosing_circle(corners: ArrayLike) -> tuple[tuple[float, float], float]:
    """Centre and radius of the smallest circle around the points (k, 2)."""
    polygon = shapely.Polygon(np.asarray(corners, float))
    centre = shapely.centroid(shapely.minimum_bounding_circle(polygon))
    return (float(centre.x), float(centre.y)), float(shapely.minimum_bounding_radius(polygon))
