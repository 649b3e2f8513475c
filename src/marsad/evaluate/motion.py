"""Figures of how something flies, as a sensor with one fix a second would find them.

Defined once, for recordings and for what the simulator flies alike: positions are averaged to one a
second; figures over ten seconds are of windows in which it never flies slower than 2 m/s.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WINDOW_S = 10
MOVES_MPS = 2.0
STANDS_MPS = 1.0
LEG_RAD = float(np.radians(10.0))


@dataclass(frozen=True, slots=True)
class MotionFigures:
    """Medians of one flight; NaN where it has no window for them.

    speed_mps             over ground
    hover_share           of the time, slower than 1 m/s
    speed_sd_mps          standard deviation of the speed within ten seconds
    turn_deg_per_s        mean amount of turning within ten seconds
    height_sd_m           standard deviation of the height within ten seconds
    straight_s            longest leg whose headings stay within 10 degrees to either side of their middle
    """

    speed_mps: float
    hover_share: float
    speed_sd_mps: float
    turn_deg_per_s: float
    height_sd_m: float
    straight_s: float


def motion_figures(t_s: Array, position: Array) -> MotionFigures:
    """The figures of a flight: times (k,), rising, and positions (k, 3) m; gaps in it are no motion."""
    parts = [part for part in _seconds(t_s, position) if len(part) > WINDOW_S + 1]
    speeds, windows, straight_s = [], [], 0
    for part in parts:
        step = np.diff(part[:, :2], axis=0)
        speed, heading = np.hypot(step[:, 0], step[:, 1]), np.unwrap(np.arctan2(step[:, 0], step[:, 1]))
        speeds.append(speed)
        windows.append(_windows(speed, heading, part[:-1, 2]))
        straight_s = max(straight_s, _straight_s(speed, heading))
    if not parts:
        return MotionFigures(*[float("nan")] * 6)
    all_speeds, found = np.concatenate(speeds), np.concatenate(windows)
    middle = np.median(found, axis=0) if len(found) else np.full(3, np.nan)
    return MotionFigures(
        speed_mps=float(np.median(all_speeds)),
        hover_share=float(np.mean(all_speeds < STANDS_MPS)),
        speed_sd_mps=float(middle[0]),
        turn_deg_per_s=float(middle[1]),
        height_sd_m=float(middle[2]),
        straight_s=float(straight_s),
    )


def _seconds(t_s: Array, position: Array) -> list[Array]:
    """Means of every second (k, 3), split where a second is empty."""
    number = np.floor(t_s - t_s[0]).astype(np.int64)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    count = np.diff(np.append(first, len(number)))
    mean = np.add.reduceat(position, first, axis=0) / count[:, None]
    return list(np.split(mean, np.flatnonzero(np.diff(number[first]) > 1) + 1))


def _windows(speed: Array, heading: Array, height: Array) -> Array:
    """Speed's spread, turning and height's spread (k, 3) of every ten seconds on the move."""
    view = np.lib.stride_tricks.sliding_window_view
    speeds, headings, heights = (view(values, WINDOW_S) for values in (speed, heading, height))
    turning = np.abs(np.degrees(np.diff(headings, axis=1))).mean(1)
    figures = np.column_stack([speeds.std(1), turning, heights.std(1)])
    return np.asarray(figures[speeds.min(1) > MOVES_MPS])


def _straight_s(speed: Array, heading: Array) -> int:
    """The longest run of seconds on the move whose headings differ by twice the leg's angle at most."""
    best = begin = 0
    for end in range(len(speed)):
        if speed[end] < MOVES_MPS:
            begin = end + 1
            continue
        while np.ptp(heading[begin : end + 1]) > 2 * LEG_RAD:
            begin += 1
        best = max(best, end + 1 - begin)
    return best
