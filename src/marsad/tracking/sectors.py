"""Where a sensor's false plots are: a road, trees, a wind farm, and a quiet rest.

The sensor's false plots per scan are one number, spread evenly over what it measures (`existence`). This
says how many times as dense they are in each sector: (a + n) / (a + n̄), with the exponentially forgotten
count n of plots in the sector that nothing explains, its mean n̄ over all sectors, and the strength a of
a Gamma prior of mean one (the posterior mean of a Poisson rate: Gelman et al., Bayesian Data Analysis,
3rd ed., §2.6). So sectors with few plots keep to the mean, and the mean of all sectors is one.

Sectors are equal parts of what the sensor covers: azimuth times range for sensors with a place
(by area where it reports positions), else a grid of squares over the ground that repeats itself. That grid
does not know where the sensor's sight ends; a square half outside would look quiet, so that there only
sectors denser than the mean are believed.
"""

from math import isfinite, tau

import numpy as np
from numpy.typing import NDArray

from marsad.model.sensor import Sensor
from marsad.tracking.compiled import both, twin_of
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]

AZIMUTHS, RINGS = 16, 4
SIDE = 16  # squares per side of the grid, twice the extent: what repeats is out of sight
ACROSS = 8  # squares per extent
EXTENT_MIN_M = 1.0


def sector_geometry(sensor: Sensor, settings: TrackingSettings) -> Array:
    """What sectors of a sensor are (7,): placed or not, place east and north, least and greatest range,
    start and width of the azimuths; of a sensor without place the width of a square instead of ranges."""
    cover = sensor.coverage
    reach = cover.range_max_m if isfinite(cover.range_max_m) else settings.range_unknown_m
    near = min(cover.range_min_m, 0.99 * reach)
    width = min(cover.azimuth_width_rad, tau)
    if sensor.position_enu is None:
        side = max(np.sqrt(width / 2 * (reach**2 - near**2)), EXTENT_MIN_M) / ACROSS
        return np.array([0.0, 0.0, 0.0, side, side, 0.0, tau])
    east, north, _ = sensor.position_enu
    return np.array([1.0, east, north, near, reach, cover.azimuth_from_rad, max(width, 1e-3)])


def sector_counts(sensor: Sensor) -> Array:
    """The counts a sensor starts with: nothing known, zero everywhere."""
    return np.zeros(SIDE * SIDE if sensor.position_enu is None else AZIMUTHS * RINGS)


def sectors(values: Array, polar: bool, geometry: Array) -> Index:
    """Column (azimuth or east) and row (ring or north) of each plot's sector (m, 2); -1: not measured."""
    placed, east, north, near, reach, azimuth_from, width = geometry
    if placed == 0:
        return np.asarray(np.floor(values[:, :2] / near).astype(np.int64) % SIDE)
    if polar:
        azimuth, ring = values[:, 1], (values[:, 0] - near) / (reach - near)
    else:
        across, ahead = values[:, 0] - east, values[:, 1] - north
        azimuth = np.arctan2(across, ahead)
        ring = (across**2 + ahead**2 - near**2) / (reach**2 - near**2)
    turned = (azimuth - azimuth_from) % tau / width
    column = np.where(np.isnan(turned), -1, np.clip(np.nan_to_num(turned) * AZIMUTHS, 0, AZIMUTHS - 1))
    row = np.where(np.isnan(ring), -1, np.clip(np.nan_to_num(ring) * RINGS, 0, RINGS - 1))
    return np.stack([column, row], -1).astype(np.int64)


@twin_of(sectors)
def sectors_compiled(values: Array, polar: bool, geometry: Array) -> Index:
    """The twin of `sectors`."""
    where = np.empty((len(values), 2), np.int64)
    if geometry[0] == 0:
        for j in range(len(values)):
            for a in range(2):
                where[j, a] = int(np.floor(values[j, a] / geometry[3])) % 16  # SIDE
        return where
    near, reach = geometry[3], geometry[4]
    for j in range(len(values)):
        if polar:
            azimuth, ring = values[j, 1], (values[j, 0] - near) / (reach - near)
        else:
            across, ahead = values[j, 0] - geometry[1], values[j, 1] - geometry[2]
            azimuth = np.arctan2(across, ahead)
            ring = (across**2 + ahead**2 - near**2) / (reach**2 - near**2)
        where[j, 0], where[j, 1] = -1, -1
        if not np.isnan(azimuth):
            turned = (azimuth - geometry[5]) % (2 * np.pi) / geometry[6]
            where[j, 0] = int(min(max(turned * 16, 0.0), 15.0))  # AZIMUTHS
        if not np.isnan(ring):
            where[j, 1] = int(min(max(ring * 4, 0.0), 3.0))  # RINGS
    return where


def sector_factors(where: Index, placed: bool, counts: Array, prior: float) -> Array:
    """How many times as dense as on average false plots are where each plot is, (m,).

    where (m, 2) as from `sectors`, of a sensor with a place or not; prior: strength a, in plots. Of plots
    that lack range or azimuth, the mean over what they lack.
    """
    column, row = where.T
    rows = RINGS if placed else SIDE
    # of the repeating grid only the squares of one extent are expected to have any
    expected = counts.sum() / (len(counts) if placed else ACROSS * ACROSS)
    ratio = ((prior + counts) / (prior + expected)).reshape(-1, rows)
    if not placed:
        ratio = np.maximum(ratio, 1.0)
    full = ratio[column, row]
    full = np.where(column < 0, ratio.mean(0)[row], np.where(row < 0, ratio.mean(1)[column], full))
    return np.asarray(np.where((column < 0) & (row < 0), ratio.mean(), full))


@twin_of(sector_factors)
def sector_factors_compiled(where: Index, placed: bool, counts: Array, prior: float) -> Array:
    """The twin of `sector_factors`."""
    rows = 4 if placed else 16  # RINGS, SIDE
    columns = len(counts) // rows
    total = 0.0
    for k in range(len(counts)):
        total += counts[k]
    scale = 1 / (prior + total / (len(counts) if placed else 64))  # ACROSS squared
    result = np.empty(len(where))
    for j in range(len(where)):
        column, row = where[j, 0], where[j, 1]
        if column >= 0 and row >= 0:
            result[j] = (prior + counts[column * rows + row]) * scale
        else:
            first, last = (column, column + 1) if column >= 0 else (0, columns)
            inner, outer = (row, row + 1) if row >= 0 else (0, rows)
            found = 0.0
            for a in range(first, last):
                for b in range(inner, outer):
                    found += counts[a * rows + b]
            result[j] = (prior + found / ((last - first) * (outer - inner))) * scale
        if not placed:
            result[j] = max(result[j], 1.0)
    return result


def learn_sectors(where: Index, placed: bool, counts: Array, false: Array, memory_scans: float) -> Array:
    """The counts after one complete scan, whose plots (m,) were false with the given probability.

    Plots that lack range or azimuth are of no sector: real objects explain them as little as
    false ones do until a track fits them.
    """
    column, row = where.T
    known = (column >= 0) & (row >= 0)
    rows = RINGS if placed else SIDE
    seen = np.bincount((column * rows + row)[known], false[known], len(counts))
    return np.asarray(counts * (1 - 1 / memory_scans) + seen)


@twin_of(learn_sectors)
def learn_sectors_compiled(
    where: Index, placed: bool, counts: Array, false: Array, memory_scans: float
) -> Array:
    """The twin of `learn_sectors`."""
    rows, kept = 4 if placed else 16, 1 - 1 / memory_scans  # RINGS, SIDE
    result = np.empty(len(counts))
    for k in range(len(counts)):
        result[k] = counts[k] * kept
    for j in range(len(where)):
        if where[j, 0] >= 0 and where[j, 1] >= 0:
            result[where[j, 0] * rows + where[j, 1]] += false[j]
    return result


@both
def unexplained(values: Array, track: Index, plot: Index, probability: Array, confirmed: Index) -> Array:
    """That each plot (m,) with a range is of no confirmed track, by pairs (E,): for partial scans.

    How much the sensor of such scans has not yet seen nobody knows, and no miss ends what false plots start:
    young tracks and new objects would explain all of them. What is real is confirmed soon.
    """
    false = np.where(np.isnan(values[:, 0]), 0.0, 1.0)
    for e in range(len(track)):
        if confirmed[track[e]] > 0:
            false[plot[e]] = max(false[plot[e]] - probability[e], 0.0)
    return false
