"""The last plots of every object by every sensor, to compare plots of other sensors with.

One row per track and sensor. keys (R, 4): track id, sensor row, time (ns), the sensors it was
compared with as bits: each plot is compared with each other sensor once, so that differences to
the same sensor are independent. recent (R, WIDTH): place, its covariance and its slope by range,
azimuth, elevation; the track's velocity from before this plot, its covariance, and the density of
its acceleration; the correction it had. A velocity that knew the plot would be correlated with
its error, and the clock offset, which is the product of both, biased.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.registration.pairs import Pairs, Subject, lever_of, place_of, polar_frame

Array = NDArray[np.float64]
Index = NDArray[np.int64]

TRACK, SENSOR, TIME, SPENT = range(4)
WIDTH = 38


class Flight(NamedTuple):
    """Tracks in space before a scan: state (k, 6), cov (k, 6, 6), acceleration density (k,)."""

    state: Array
    cov: Array
    noise: Array


def rows_of(wanted: Index, track_id: Index) -> Index:
    """Row of each wanted id among track_id (any order), -1 where it is not there."""
    if len(track_id) == 0:
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(track_id, kind="stable")
    at = order[np.minimum(np.searchsorted(track_id, wanted, sorter=order), len(order) - 1)]
    return np.where(track_id[at] == wanted, at, -1)


def located(values: Array, sigmas: Array, subject: Subject, flight: Flight) -> Array:
    """Rows (k, WIDTH) of plots (k, 3); without range or azimuth the place is NaN.

    A height that was not measured is the track's.
    """
    if subject.polar:
        seen, _, lever = polar_frame(flight.state[:, :3], subject.origin, subject.rotation)
        blind = np.isnan(values[:, 2])
        height_sigma = np.sqrt(flight.cov[:, 2, 2]) / seen[:, 0]
        polar = np.where(blind[:, None] & [False, False, True], seen, values)
        errors = np.where(blind[:, None] & [False, False, True], height_sigma[:, None], sigmas)
        place = place_of(polar, subject.origin, subject.rotation)
        _, _, lever = polar_frame(np.nan_to_num(place), subject.origin, subject.rotation)
        spread = lever * errors[:, None, :]
        cov = spread @ np.swapaxes(spread, -1, -2)
    else:
        blind = np.isnan(values)
        place = np.where(blind, flight.state[:, :3], values)
        errors = np.where(blind, np.sqrt(np.diagonal(flight.cov[:, :3, :3], axis1=1, axis2=2)), sigmas)
        cov = errors[:, :, None] ** 2 * np.eye(3)
        lever = lever_of(place, subject)
    flat = [place, cov.reshape(-1, 9), lever.reshape(-1, 9)]
    motion = [flight.state[:, 3:], flight.cov[:, 3:, 3:].reshape(-1, 9), flight.noise[:, None]]
    motion.append(np.tile(subject.correction, (len(place), 1)))
    return np.concatenate(flat + motion, 1)


def matches(keys: Index, track_id: Index, sensor: int, t_ns: int, age_ns: int) -> tuple[Index, Index, Array]:
    """Rows to compare plots of these tracks with: index of the plot, of the row, and the crowd.

    The crowd is the number of sensors with a recent plot of the same object.
    """
    order = np.argsort(keys[:, TRACK], kind="stable")
    sorted_id = keys[order, TRACK]
    first, last = np.searchsorted(sorted_id, track_id), np.searchsorted(sorted_id, track_id, "right")
    count = last - first
    plot = np.repeat(np.arange(len(track_id)), count)
    row = order[np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)]
    near = (np.abs(t_ns - keys[row, TIME]) <= age_ns) & (keys[row, SENSOR] != sensor)
    plot, row = plot[near], row[near]
    crowd = np.bincount(plot, minlength=len(track_id))[plot].astype(float)
    fresh = (keys[row, SPENT] >> sensor) & 1 == 0
    return plot[fresh], row[fresh], crowd[fresh]


def paired(values: Array, sigmas: Array, t_ns: int, keys: Index, recent: Array, crowd: Array) -> Pairs:
    """Pairs of plots (E, 3) at t_ns with rows (E, …)."""
    dt = np.asarray((t_ns - keys[:, TIME]) * 1e-9, float)
    drift = np.asarray(recent[:, 33] * np.abs(dt) ** 3 / 3, float)
    place, place_cov, lever, velocity, velocity_cov = np.split(recent[:, :33], [3, 12, 21, 24], 1)
    return Pairs(
        *(values, sigmas, keys[:, SENSOR]),
        *(place, place_cov.reshape(-1, 3, 3), lever.reshape(-1, 3, 3)),
        *(velocity, velocity_cov.reshape(-1, 3, 3), dt, drift, crowd, recent[:, 34:38]),
    )


def remembered(
    keys: Index, recent: Array, new_keys: Index, new_recent: Array, oldest_ns: int, plots_max: int
) -> tuple[Index, Array]:
    """The memory with new rows in place of older ones of the same track and sensor; bounded."""
    stay = keys[:, TIME] >= oldest_ns
    if len(new_keys):
        stay &= (keys[:, SENSOR] != new_keys[0, SENSOR]) | ~np.isin(keys[:, TRACK], new_keys[:, TRACK])
    keys = np.concatenate([keys[stay], new_keys])[-plots_max:]
    return keys, np.concatenate([recent[stay], new_recent])[-plots_max:]
