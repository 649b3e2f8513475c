"""Routes: from waypoints to a flyable path of straight legs, round turns and steady speeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame, rotation_enu_from_ecef
from marsad.simulate.trajectory import Trajectory, hermite

Array = NDArray[np.float64]
KNOT_S = 0.5  # a turn at 6°/s and 50 m/s is then true to a millimetre
CLOSEST_WAYPOINTS_M = 1.0


class RouteError(ValueError):
    """The waypoints cannot be flown; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Turning:
    """A waypoint to fly through.

    east_m, north_m   in the site's horizontal plane
    height_m          above the ellipsoid
    speed_mps         speed when passing it
    hold_s            > 0: stop there for so long
    """

    east_m: float
    north_m: float
    height_m: float
    speed_mps: float
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A straight leg (curvature 0) or an arc, from station_m on."""

    station_m: float
    length_m: float
    start: Array
    heading_rad: float
    curvature: float  # 1/m, positive to the right


def fly(
    points: Sequence[Turning],
    frame: LocalFrame,
    turn_rate_radps: float,
    acceleration_mps2: float,
    depart_s: float = 0.0,
) -> Trajectory:
    """The trajectory through the waypoints: fly-by turns, height monotone between waypoints.

    Between two waypoints the acceleration is constant. Raises RouteError where a turn is tighter
    than turn_rate_radps allows at that speed, or two waypoints coincide.
    """
    if len(points) < 2:
        raise RouteError("a route needs two waypoints at least")
    xy = np.array([(point.east_m, point.north_m) for point in points])
    pieces, stations = _pieces(xy, points, turn_rate_radps)
    t, station, speed = _timetable(points, stations, pieces, acceleration_mps2)
    height, slope = profile(stations, np.array([point.height_m for point in points]), station)
    plane, heading = _places(pieces, station)
    velocity = np.stack([np.sin(heading) * speed, np.cos(heading) * speed], axis=-1)
    return raised(frame, t + depart_s, plane, velocity, height, slope * speed)


def profile(stations: Array, heights: Array, station: Array) -> tuple[Array, Array]:
    """Height and slope (k,) at path lengths: smooth, and monotone between waypoints.

    Source: Fritsch and Butland, "A method for constructing local monotone piecewise cubic
    interpolants", SIAM J. Sci. Stat. Comput. 5 (1984): the slope at an inner waypoint is the
    weighted harmonic mean of the slopes on either side, 0 where they differ in sign.
    """
    step = np.diff(stations)
    rise = np.diff(heights) / step
    slope = np.concatenate([rise[:1], np.zeros(len(heights) - 2), rise[-1:]])
    before, after = rise[:-1], rise[1:]
    same = before * after > 0
    one, two = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    slope[1:-1][same] = (one + two)[same] / (one[same] / before[same] + two[same] / after[same])
    row = np.clip(np.searchsorted(stations, station, side="right") - 1, 0, len(step) - 1)
    height, gradient = hermite(
        station,
        stations[row],
        stations[row + 1],
        heights[row, None],
        heights[row + 1, None],
        slope[row, None],
        slope[row + 1, None],
    )
    return height[:, 0], gradient[:, 0]


def raised(
    frame: LocalFrame, t_s: Array, plane: Array, velocity: Array, height_m: Array, climb_mps: Array
) -> Trajectory:
    """A trajectory whose ellipsoidal height is height_m while it moves in the site's plane.

    plane, velocity (k, 2) east and north. A hundred kilometres out the earth has dropped by 784 m:
    "up" in the site frame is not height.
    """
    up = np.asarray(height_m, float) - frame.height_m
    for _ in range(4):
        latitude, longitude, height = frame.geodetic_from_enu(np.column_stack([plane, up]))
        up = up + (height_m - height)
    latitude, longitude = np.radians(latitude), np.radians(longitude)
    normal = (
        np.stack(
            [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)],
            axis=-1,
        )
        @ rotation_enu_from_ecef(
            float(np.radians(frame.latitude_deg)), float(np.radians(frame.longitude_deg))
        ).T
    )
    up_velocity = (climb_mps - (normal[:, :2] * velocity).sum(-1)) / normal[:, 2]
    return Trajectory(t_s, np.column_stack([plane, up]), np.column_stack([velocity, up_velocity]))


def _pieces(xy: Array, points: Sequence[Turning], turn_rate_radps: float) -> tuple[list[_Piece], Array]:
    """Legs and arcs in order, and the path length at which each waypoint is passed."""
    leg = np.diff(xy, axis=0)
    length = np.hypot(leg[:, 0], leg[:, 1])
    if np.any(length < CLOSEST_WAYPOINTS_M):
        first = int(np.argmax(length < CLOSEST_WAYPOINTS_M))
        raise RouteError(
            f"waypoints {first + 1} and {first + 2} are {length[first]:.2f} m apart: at least 1 m"
        )
    heading = np.arctan2(leg[:, 0], leg[:, 1])
    turn = np.zeros(len(xy))
    turn[1:-1] = (np.diff(heading) + np.pi) % (2 * np.pi) - np.pi
    turn[[point.hold_s > 0 for point in points]] = 0.0  # it stops there and turns on the spot
    speed = np.array([point.speed_mps for point in points])
    radius = speed / turn_rate_radps
    cut = radius * np.tan(
        np.minimum(np.abs(turn), np.pi * 0.95) / 2
    )  # from the waypoint to where the arc begins
    for row in range(1, len(xy) - 1):
        room = min(length[row - 1] - cut[row - 1], length[row] - (cut[row + 1] if row + 2 < len(xy) else 0))
        if abs(turn[row]) > np.pi * 0.95 or cut[row] > room:
            turning = f"turning by {np.degrees(abs(turn[row])):.0f}° at {speed[row]:.0f} m/s"
            if abs(turn[row]) > np.pi * 0.95:
                why = (
                    "is turning back on the spot, which no arc does: let it stop there (hold_s), or go round"
                )
            else:
                why = f"needs {cut[row]:.0f} m of leg on either side, there are {max(room, 0):.0f} m"
            raise RouteError(f"waypoint {row + 1}: {turning} {why}")
    pieces: list[_Piece] = []
    stations = [0.0]
    station, start = 0.0, xy[0]
    for row in range(len(leg)):
        straight = length[row] - cut[row] - cut[row + 1]
        pieces.append(_Piece(station, straight, start, heading[row], 0.0))
        station += straight
        corner = np.array([np.sin(heading[row]), np.cos(heading[row])])
        start = xy[row + 1] - corner * cut[row + 1]
        arc = abs(turn[row + 1]) * radius[row + 1]
        stations.append(station + arc / 2)
        if arc > 0:
            curvature = np.sign(turn[row + 1]) / radius[row + 1]
            pieces.append(_Piece(station, arc, start, heading[row], curvature))
            station += arc
            onward = np.array([np.sin(heading[row + 1]), np.cos(heading[row + 1])])
            start = xy[row + 1] + onward * cut[row + 1]
    return pieces, np.array(stations)


def _speeds(
    points: Sequence[Turning], stations: Array, acceleration_mps2: float
) -> list[tuple[float, float, float]]:
    """(path length, speed, hold) at every place where the acceleration changes."""
    marks: list[tuple[float, float, float]] = []
    for row, point in enumerate(points):
        here = float(stations[row])
        if point.hold_s <= 0:
            marks.append((here, point.speed_mps, 0.0))
            continue
        run = point.speed_mps**2 / (2 * acceleration_mps2)
        before = min(run, (here - stations[row - 1]) / 2) if row else 0.0
        after = min(run, (stations[row + 1] - here) / 2) if row + 1 < len(points) else 0.0
        if before > 0:
            marks.append((here - before, float(np.sqrt(2 * acceleration_mps2 * before)), 0.0))
        marks.append((here, 0.0, point.hold_s))
        if after > 0:
            marks.append((here + after, float(np.sqrt(2 * acceleration_mps2 * after)), 0.0))
    return marks


def _timetable(
    points: Sequence[Turning], stations: Array, pieces: list[_Piece], acceleration_mps2: float
) -> tuple[Array, Array, Array]:
    """Times, path lengths and speeds of the knots, dense enough for the curve between them."""
    borders = np.array([piece.station_m for piece in pieces[1:]])
    t_all, s_all, v_all = [0.0], [0.0], [0.0]
    marks = _speeds(points, stations, acceleration_mps2)
    v_all[0] = marks[0][1]
    if marks[0][2] > 0:
        t_all.append(marks[0][2])
        s_all.append(0.0)
        v_all.append(0.0)
    for (s0, v0, _), (s1, v1, hold_s) in pairwise(marks):
        if s1 - s0 < 1e-9:
            continue
        acceleration = (v1**2 - v0**2) / (2 * (s1 - s0))
        stops = np.concatenate([borders[(borders > s0 + 1e-6) & (borders < s1 - 1e-6)], [s1]]) - s0
        begun, begun_s = t_all[-1], 0.0
        for stop in stops:
            until = _time_over(float(stop), v0, acceleration)
            tau = np.linspace(begun_s, until, max(1, int(np.ceil((until - begun_s) / KNOT_S))) + 1)[1:]
            t_all.extend((begun + tau).tolist())
            s_all.extend((s0 + v0 * tau + acceleration * tau**2 / 2).tolist())
            v_all.extend((v0 + acceleration * tau).tolist())
            begun_s = until
        if hold_s > 0:
            t_all.append(t_all[-1] + hold_s)
            s_all.append(s_all[-1])
            v_all.append(0.0)
    return np.array(t_all), np.array(s_all), np.array(v_all)


def _time_over(distance_m: float, speed_mps: float, acceleration_mps2: float) -> float:
    """Time to cover a distance from a speed under constant acceleration."""
    end = float(np.sqrt(max(speed_mps**2 + 2 * acceleration_mps2 * distance_m, 0.0)))
    return 2 * distance_m / (speed_mps + end)


def _places(pieces: list[_Piece], station: Array) -> tuple[Array, Array]:
    """Positions (k, 2) and headings (k,) at path lengths."""
    begin = np.array([piece.station_m for piece in pieces])
    row = np.clip(np.searchsorted(begin, station + 1e-9, side="right") - 1, 0, len(pieces) - 1)
    start = np.array([piece.start for piece in pieces])[row]
    heading = np.array([piece.heading_rad for piece in pieces])[row]
    curvature = np.array([piece.curvature for piece in pieces])[row]
    along = station - begin[row]
    swept = curvature * along
    # chord of the arc: length · sinc(half the angle), along the mean heading; a straight leg is the limit
    chord = along * np.sinc(swept / (2 * np.pi))
    middle = heading + swept / 2
    return start + chord[:, None] * np.stack([np.sin(middle), np.cos(middle)], axis=-1), heading + swept
