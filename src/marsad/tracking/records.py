"""What a scan is folded in with, and what comes of it: records of numbers, as kernels take and give them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings.memory import Bearings
from marsad.tracking.relinking.contending import Contention
from marsad.tracking.ties import Ties
from marsad.tracking.weighing import Weighed

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Store(NamedTuple):
    """A block of tracks as `store` lays it out, with room for `rows`, `used` of them in use, at t_ns."""

    block: Array
    rows: int
    used: int
    models: int
    sensors: int
    t_ns: int


class Look(NamedTuple):
    """One scan and its sensor, as numbers.

    values, sigmas (m, K)   usable plots; polar: how they are to be read; partial: no plot is no
                            evidence of absence
    share                   of what the sensor covers, that the scan looked at, for counting false plots
    ties                    how it hangs together with earlier ones of its sensor
    gates (K+1,)            squared gates by how many numbers a plot has
    sectors, geometry       where its false plots are: see `sectors`
    false_plots             of a scan
    undetected              objects per m² it could have seen and has not
    log_spans, facts, speeds  what `origins` wants
    origin, rotation        the sensor's place and axes; placed: whether the place is known
    limits                  of its coverage, as `existence.detection_probability` wants them
    horizon, notch          what hides objects from it: see `hiding`
    column                  its column in the tracks' visibility
    visibility (S,)         of a new track, by all sensors
    period_ns               its time between two looks
    able                    probability that an object can be seen by its principle at all
    """

    t_ns: int
    values: Array
    sigmas: Array
    polar: bool
    partial: bool
    share: float
    ties: Ties
    gates: Array
    sectors: Array
    false_plots: float
    undetected: float
    log_spans: Array
    facts: Array
    speeds: Array
    geometry: Array
    origin: Array
    rotation: Array
    placed: bool
    limits: Array
    horizon: Array
    notch: float
    column: int
    visibility: Array
    period_ns: int
    able: float


class Claims(NamedTuple):
    """What labels of plots say before any measurement, all (m,).

    owner   row of the track a plot's label is bound to, -1 none; bit of the label's system
    named   whether the plot has a label
    """

    owner: Index
    bit: Index
    named: Flags


class Played(NamedTuple):
    """Plots that started a track when the scan was played before (ascending), their ids, and the next id."""

    plot: Index
    track_id: Index
    next_id: int


class Found(NamedTuple):
    """What one scan says about the tracks at its time, and about every plot.

    block, rows, used           the tracks, predicted, as in `Store`
    expected, cross, spread     of them in measurement space
    track, plot, density        gated pairs, density (E, M) under each motion model
    weighed                     the probabilities
    background (m,)             density of false plots and new objects where each plot lies
    modes (m, M)                of a new object
    where (m, 2)                the sector of each plot
    detect (n,)                 that the sensor reports each, if it can see it now
    hidden (n,)                 that the notch hides a track that exists and made no plot; empty: no notch
    own (k,), owner (m,)        pairs more likely than not; the row per plot, -1 none
    claimed (m,)                the row that has each plot in the likeliest event or so, -1 none
    broken, fresh               plots whose label contradicts where its track is; labels without a track
    lost_id                     tracks that no plot fits and that a miss ends: they are left out of all this
    narrowed                    how often gates were halved
    """

    block: Array
    rows: int
    used: int
    expected: Array
    cross: Array
    spread: Array
    track: Index
    plot: Index
    density: Array
    weighed: Weighed
    background: Array
    modes: Array
    where: Index
    detect: Array
    hidden: Array
    own: Index
    owner: Index
    claimed: Index
    broken: Index
    fresh: Flags
    lost_id: Index
    narrowed: int


class Folded(NamedTuple):
    """Tracks after a scan, and what happened.

    used                        of the rows of the block that was given
    own, probability            which tracks have which plots: ids and plots (2, k), (k,)
    owner_id, claimed_id (m,)   the track per plot, 0 none; the one that has it in the likeliest event or so
    broken                      plots whose label contradicts where its track is
    born (2, b)                 plots that started a track, and its id
    merged (2, t)               tracks that were found to be one: ids of those that stay, of those that go
    dropped_id                  tracks that are no more
    sectors                     of the sensor, with what was learned
    false_plots                 expected number of false plots
    narrowed, surplus           how often gates were halved; tracks dropped because there were too many
    buried                      tracks dropped because they were under ground
    bearings                    those remembered, and those of the scan; contention: who contends now
    crossing (2, c)             pairs of them that may cross: `fresh` and `older` of `Sight`
    compared                    what the look teaches of how looks hang together: see `ties.compare_looks`
    """

    used: int
    own: Index
    probability: Array
    owner_id: Index
    claimed_id: Index
    broken: Index
    born: Index
    merged: Index
    dropped_id: Index
    sectors: Array
    false_plots: float
    narrowed: int
    surplus: int
    buried: int
    bearings: Bearings
    contention: Contention
    crossing: Index
    compared: Array
