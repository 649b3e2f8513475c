"""A scan made ready for the kernels: usable rows only, every value with an error, bounded."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement, Scan
from marsad.tracking.existence import SensorModel
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# one-sigma errors below these would make covariances singular
POLAR_FLOOR = np.array([0.01, 1e-6, 1e-6, 1e-3])
POSITION_FLOOR = np.array([0.01, 0.01, 0.01, 1e-3, 1e-3, 1e-3])
# and values beyond these are no measurements of anything near a site
POLAR_LIMIT = np.array([1e7, 4 * np.pi, np.pi / 2, 1e5])
POSITION_LIMIT = np.array([1e7, 1e7, 1e7, 1e5, 1e5, 1e5])
POLAR_CEILING = np.array([1e6, np.pi, np.pi, 1e4])
POSITION_CEILING = np.array([1e6, 1e6, 1e6, 1e4, 1e4, 1e4])
POLAR_DEFAULT = np.array([10.0, 0.01, 0.01, 0.5])


@dataclass(frozen=True)
class Plots:
    """Usable plots of one scan: values, sigmas (m, K) as `measurement` wants; row (m,) in the scan."""

    sensor_id: str
    t_ns: int
    polar: bool
    values: Array
    sigmas: Array
    labels: tuple[str, ...]
    row: Index
    partial: bool

    def __len__(self) -> int:
        return len(self.row)

    @property
    def kind(self) -> Measurement:
        """How the values are to be read."""
        return Measurement.POLAR if self.polar else Measurement.POSITION

    @property
    def ranged(self) -> NDArray[np.bool_]:
        """Which plots say how far the object is (m,)."""
        return ~np.isnan(self.values[:, 0]) if self.polar else np.ones(len(self), np.bool_)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return self.values.nbytes + self.sigmas.nbytes + self.row.nbytes + 64 * len(self.labels)


def prepare(
    scan: Scan, model: SensorModel, settings: TrackingSettings, count: Callable[[str, int], None]
) -> Plots:
    """The scan's plots; what cannot be used is left out and counted by `count(reason, number)`."""
    values = np.asarray(scan.values, float).reshape(-1, 6)
    sigmas = np.asarray(scan.sigmas, float).reshape(-1, 6)
    polar = scan.measurement == Measurement.POLAR
    columns = _columns(polar, settings.dimensions)
    values, sigmas = values[:, columns].copy(), sigmas[:, columns].copy()
    if polar and settings.dimensions == 2:
        values[:, 2] = np.nan
    limit = (POLAR_LIMIT if polar else POSITION_LIMIT)[columns]
    usable = ~(np.abs(values) > limit).any(1) & ~np.isnan(values).all(1)
    if polar:
        # a plot must at least say where to look
        usable &= ~(np.isnan(values[:, 0]) & np.isnan(values[:, 1]))
        usable &= ~(values[:, 0] <= 0)
    else:
        usable &= ~np.isnan(values[:, :2]).any(1)
    rows = np.flatnonzero(usable)
    count("unusable_plots", len(values) - len(rows))
    if len(rows) > settings.max_plots:
        count("plots_dropped", len(rows) - settings.max_plots)
        # an even sample, so that no sector of a sorted scan goes blind
        rows = rows[np.linspace(0, len(rows) - 1, settings.max_plots).astype(np.int64)]
    values, sigmas = values[rows], _errors(values[rows], sigmas[rows], polar, model, settings)
    labels = tuple(scan.labels) if len(scan.labels) == len(usable) and any(scan.labels) else ()
    labels = tuple(labels[row] for row in rows) if labels else ()
    return Plots(scan.sensor_id, scan.t_ns, polar, values, sigmas, labels, rows, scan.partial)


def _columns(polar: bool, dimensions: int) -> list[int]:
    if polar:
        return [0, 1, 2, 3]
    return [0, 1, 3, 4] if dimensions == 2 else [0, 1, 2, 3, 4, 5]


def _errors(
    values: Array, sigmas: Array, polar: bool, model: SensorModel, settings: TrackingSettings
) -> Array:
    """Given errors where they make sense, else the sensor's, else common ones; NaN with the value."""
    own = np.array(model.sensor.sigmas, float)
    own = np.where(np.isfinite(own) & (own > 0), own, POLAR_DEFAULT)
    if polar:
        fallback, floor, ceiling = own, POLAR_FLOOR, POLAR_CEILING
    else:
        fallback = np.array([own[0]] * 3 + [settings.velocity_sigma_mps] * 3)
        columns = _columns(False, settings.dimensions)
        fallback, floor, ceiling = fallback[columns], POSITION_FLOOR[columns], POSITION_CEILING[columns]
    given = np.isfinite(sigmas) & (sigmas > 0)
    return np.where(np.isnan(values), np.nan, np.clip(np.where(given, sigmas, fallback), floor, ceiling))
