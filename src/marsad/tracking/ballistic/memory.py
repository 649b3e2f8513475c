"""The plots of one fast track that are remembered, in the order of their times."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Sensor
from marsad.tracking.ballistic.trajectory import AXES, COLUMNS, ORIGIN, POLAR, SIGMAS, TIME, VALUES
from marsad.tracking.plots import POLAR_DEFAULT, POLAR_FLOOR

Array = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass
class PlotMemory:
    """At most so many plots as there is room. Pickles.

    t_ns    (room,)     their times
    plots   (room, 20)  as `trajectory` has them, but for the time
    count   how many of these are in use
    from_ns older ones are of another flight, as under thrust, and stay out
    """

    t_ns: Times
    plots: Array
    count: int = 0
    from_ns: int = field(default=-(2**62))

    @staticmethod
    def of(room: int) -> "PlotMemory":
        """An empty memory."""
        return PlotMemory(np.zeros(room, np.int64), np.empty((room, COLUMNS)))

    def add(self, t_ns: int, plot: Array) -> None:
        """Put a plot in its place; the oldest goes where there is no room."""
        if t_ns < self.from_ns:
            return
        place = int(np.searchsorted(self.t_ns[: self.count], t_ns, "right"))
        if self.count == len(self.t_ns):
            if place == 0:
                return
            self.t_ns[: place - 1], self.plots[: place - 1] = self.t_ns[1:place], self.plots[1:place]
            place -= 1
        else:
            after = slice(place, self.count), slice(place + 1, self.count + 1)
            self.t_ns[after[1]], self.plots[after[1]] = (
                self.t_ns[after[0]].copy(),
                self.plots[after[0]].copy(),
            )
            self.count += 1
        self.t_ns[place], self.plots[place] = t_ns, plot

    def forget_before(self, t_ns: int) -> None:
        """Only plots from this time on are of this flight."""
        self.from_ns = max(self.from_ns, t_ns)
        self._keep(self.t_ns[: self.count] >= self.from_ns)

    def strike(self, row: int) -> None:
        """A plot is of something else."""
        kept = np.ones(self.count, bool)
        kept[row] = False
        self._keep(kept)

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        count = int(kept.sum())
        if count < self.count:
            self.t_ns[:count] = self.t_ns[: self.count][kept]
            self.plots[:count] = self.plots[: self.count][kept]
            self.count = count

    def window(self) -> Array:
        """The plots (k, 20) with their times in seconds after the newest."""
        plots = self.plots[: self.count].copy()
        times = self.t_ns[: self.count]
        plots[:, TIME] = (times - times[-1]) * 1e-9 if self.count else 0.0
        return plots


def plots_of(scan: Scan, rows: list[int], sensor: Sensor, axes: Array) -> Array:
    """Rows of a scan as plots (k, 20); those without a range, or without a place, are all NaN.

    axes (3, 3)  of the sensor, see `marsad.model.detection.Pose`
    """
    found = np.full((len(rows), COLUMNS), np.nan)
    values, sigmas = np.asarray(scan.values, float)[rows, :3], np.asarray(scan.sigmas, float)[rows, :3]
    polar = scan.measurement == Measurement.POLAR
    own = np.array(sensor.sigmas[:3])
    own = np.where(np.isfinite(own) & (own > 0), own, POLAR_DEFAULT[:3])
    own = own if polar else np.full(3, own[0])
    sigmas = np.where(np.isfinite(sigmas) & (sigmas > 0), sigmas, own)
    sigmas = np.maximum(sigmas, POLAR_FLOOR[:3] if polar else POLAR_FLOOR[0])
    if polar and scan.pose is None and sensor.position_enu is None:
        return found
    whole = np.isfinite(values[:, :2]).all(axis=1)
    found[:, VALUES:SIGMAS], found[:, SIGMAS:POLAR], found[:, POLAR] = values, sigmas, float(polar)
    found[:, ORIGIN:AXES] = sensor.position_enu or 0.0
    found[:, AXES:] = axes.ravel()
    if scan.pose is not None:
        found[:, ORIGIN:AXES] = scan.pose.position_enu
        found[:, AXES:] = scan.pose.rotation_enu_from_sensor.ravel()
    found[~whole] = np.nan
    return found
