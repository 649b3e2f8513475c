"""Fits of one flight by the plots of each sensor alone, where those of several sensors do not fit together.

A clock or a direction that is off and not yet known puts the plots of a fast object hundreds of metres
apart. No fall goes through both; through those of each sensor one does, and which of them is right nobody
can say: the better known is taken, as wide as they differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from marsad.model.ballistic import GRAVITY_MPS2, FitVerdict
from marsad.tracking.ballistic.judging import Fit, FitJudge, bound
from marsad.tracking.ballistic.memory import PlotMemory
from marsad.tracking.ballistic.trajectory import STATES

Array = NDArray[np.float64]
SENSORS_MAX = 4
RESIDUAL_MAX = 1.3  # squared errors by what is expected: plots of one flight have about 1
SEEN_WITHIN_S = 3.0  # a sensor that saw it longer ago says nothing of it now
NS_PER_S = 1_000_000_000


@dataclass
class _Alone:
    """The plots of one sensor, and the fit of them."""

    memory: PlotMemory
    fit: Fit


@dataclass
class Apart:
    """The plots of one track by sensor, of at most `SENSORS_MAX`. Pickles."""

    _by_sensor: dict[str, _Alone] = field(default_factory=dict)

    def add(self, sensor_id: str, t_ns: int, plot: Array, room: int) -> None:
        """Remember a plot; those of sensors beyond the limit are left out."""
        one = self._by_sensor.get(sensor_id)
        if one is None:
            if len(self._by_sensor) >= SENSORS_MAX:
                return
            one = self._by_sensor[sensor_id] = _Alone(PlotMemory.of(room), Fit.none(0))
        one.memory.add(t_ns, plot)

    def fit(self, together: Fit, judge: FitJudge, memory_s: float) -> Fit:
        """The fit of a track: that of all its plots, or where they do not fit together of those of one sensor
        by which it falls."""
        if len(self._by_sensor) < 2 or not _disagrees(together):
            return together
        for one in self._by_sensor.values():
            newest_ns = int(one.memory.t_ns[one.memory.count - 1]) if one.memory.count else 0
            if newest_ns > one.fit.t_ns:
                one.memory.forget_before(newest_ns - round(memory_s * NS_PER_S))
                one.fit = judge.fit(one.memory, one.fit)
        falls = [
            one.fit
            for one in self._by_sensor.values()
            if one.fit.verdict is FitVerdict.BALLISTIC
            and together.t_ns - one.fit.t_ns <= round(SEEN_WITHIN_S * NS_PER_S)
        ]
        return widened(falls) if falls else together


def _disagrees(fit: Fit) -> bool:
    """Whether no one flight goes through the plots, neither a fall nor a straight one."""
    if fit.verdict not in (FitVerdict.UNDECIDED, FitVerdict.UNSTEADY, FitVerdict.BURNING):
        return False
    return fit.cut > 0 or fit.residual > RESIDUAL_MAX


def widened(falls: Sequence[Fit]) -> Fit:
    """The best known of some fits of one flight, with as much more error as the others lie beyond theirs."""
    best = min(falls, key=lambda one: float(np.trace(one.covariance[3:6, 3:6])))
    covariance = best.covariance.copy()
    for other in falls:
        if other is best:
            continue
        apart = carried(other.mean, (best.t_ns - other.t_ns) / NS_PER_S) - best.mean
        square = float(apart @ np.linalg.solve(best.covariance + other.covariance, apart))
        if square > bound(STATES, 0.99):
            covariance += (1 - STATES / square) * np.outer(apart, apart)
    return replace(best, covariance=covariance)


def carried(mean: Array, seconds: float) -> Array:
    """A state (7,) some seconds on or back, without drag: good for `SEEN_WITHIN_S`."""
    at = mean.copy()
    at[:3] += seconds * mean[3:6]
    at[2] -= GRAVITY_MPS2 * seconds**2 / 2
    at[5] -= GRAVITY_MPS2 * seconds
    return at
